import { SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_UNTRIED, SUDO_PASSWORD_WRONG } from "../../model/fault.ts";
import { answerTo, answerWords, type HostLook, type InventoryQuestion } from "../../session/new-cluster.ts";
import { formatMessage } from "../../text/message.ts";
import { listed } from "../../text/words.ts";
import { listOf } from "../list.ts";
import { fitText } from "../text/fit-text.ts";
import { type StyledLine, styledLine, textIn } from "../text/styled-line.ts";
import type { Prompt } from "../ui-state.ts";
import type { Here } from "./state.ts";

/** The choice that the cursor is on. */
export function choiceRow({ ui, state }: Here, question: InventoryQuestion): string {
	const can = (question.choices ?? []).filter(({ unfit }) => unfit === null);
	return can.find(({ value }) => value === ui.row)?.value ?? answerTo(question, state.answers);
}

/** One question: what it is about, its choices or the line to type in, and what the answer leads to. */
export function questionLines(here: Here, question: InventoryQuestion): readonly StyledLine[] {
	const { columns, ui, bodyRows } = here;
	const text = textIn(columns);
	const problem =
		ui.problem === null
			? []
			: formatMessage(ui.problem)
					.split("\n")
					.flatMap((line, position) => text(`problem ${position}`, 1, line, "warning"));
	const preview = question.choices === null ? question.preview(ui.line.text) : [];
	const about = [...text("about", 1, question.about, "muted"), styledLine("gap 1", "")];
	const answer = (hasNotes: boolean): readonly StyledLine[] => [
		...(question.choices === null
			? [typedLine(ui.line, columns), ...text("usual", 1, usualWords(question), "muted")]
			: choiceLines(here, question, hasNotes)),
		...problem,
	];
	const below = [
		...(question.key === "postgresql.version" ? lookLines(here) : []),
		...preview.map((line) => styledLine(line, `   ${line}`)),
		...(question.key === "template"
			? text(
					"first",
					1,
					"Nothing is changed on any host before you have seen the plan and typed the cluster's name. Every answer can be changed until then.",
					"muted",
				)
			: []),
	];
	const all = [...about, ...answer(true), ...(below.length === 0 ? [] : [styledLine("gap 2", ""), ...below])];
	if (all.length <= bodyRows) return all;
	// On a small screen only the choice under the cursor is explained, and what is below ends earlier.
	const short = [...about, ...answer(false), ...below];
	const focus = short.findIndex(({ key, isSelected }) => key === "typed" || isSelected === true);
	return short.length - below.length <= bodyRows
		? short.slice(0, bodyRows)
		: listOf(short, focus, bodyRows).visible;
}

function usualWords({ usual, usualWords }: InventoryQuestion): string {
	const what = usualWords ?? usual;
	return what === "" ? "Type the answer, then Enter." : `Enter alone: ${what}`;
}

/** The answer being typed, with a block as the cursor; of a long one the part around it. */
function typedLine({ text, cursor }: Prompt, columns: number): StyledLine {
	const room = columns - 5;
	const start = Math.max(0, cursor - room + 1);
	const [at = " "] = [...text.slice(cursor)];
	return {
		key: "typed",
		spans: [
			{ text: " > ", role: "key" },
			{ text: text.slice(start, cursor), role: "plain" },
			{ text: at, role: "selection" },
			{ text: text.slice(cursor + at.length, start + room), role: "plain" },
		],
	};
}

function choiceLines(here: Here, question: InventoryQuestion, hasAllNotes: boolean): readonly StyledLine[] {
	const { columns } = here;
	const choices = question.choices ?? [];
	const row = choiceRow(here, question);
	const width = Math.max(...choices.map(({ label }) => label.length));
	const notesBeside =
		columns - width - 8 >= Math.max(...choices.map(({ note, unfit }) => (unfit ?? note).length));
	const text = textIn(columns);
	return choices.flatMap(({ value, label, note, unfit }) => {
		const said = unfit === null ? note : `not possible: ${unfit}`;
		const line = (content: string): StyledLine => ({
			key: `choice ${value}`,
			...{ isSelected: unfit === null && value === row },
			spans: [{ text: fitText(content, columns - 1), role: unfit === null ? "plain" : "muted" }],
		});
		if (notesBeside) return [line(` ${label.padEnd(width)}   ${said}`)];
		const hasNote = hasAllNotes || value === row;
		return [line(` ${label}`), ...(hasNote ? text(`note ${value}`, 6, said, "muted") : [])];
	});
}

const codeOf = (look: HostLook): string | undefined =>
	look.state === "failed" ? look.fault.code : undefined;

/** Fingerprints of the keys that hosts never seen before have shown; none before all hosts were asked, and all can be compared. */
export function unknownKeys({ looks, acceptedHostKeys }: Here["state"]): readonly string[] {
	if (looks.some(({ state }) => state === "asked")) return [];
	return looks
		.flatMap((look) => (look.state === "failed" ? (look.fault.fingerprint ?? []) : []))
		.filter((fingerprint) => !acceptedHostKeys.includes(fingerprint));
}

/** sudo on some host wants a password, or another one. */
export function asksForSudoPassword({ looks }: Here["state"]): boolean {
	const asking: readonly unknown[] = [SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG, SUDO_PASSWORD_UNTRIED];
	return looks.some((look) => asking.includes(codeOf(look)));
}

/** What a survey has of each host. */
export function lookLines({ state, columns }: Pick<Here, "state" | "columns">): readonly StyledLine[] {
	const text = textIn(columns);
	const { looks } = state;
	const width = Math.max(...looks.map(({ node }) => node.length), 0);
	return [
		...(looks.length === 0 ? [] : text("looks", 1, "What the hosts say:", "muted")),
		...looks.flatMap((look): readonly StyledLine[] => {
			const line = (mark: string, role: "ok" | "key" | "critical", said: string): StyledLine => ({
				key: `look ${look.node}`,
				spans: [
					{ text: ` ${mark} `, role },
					{ text: `${look.node.padEnd(width)}  ${said}`, role: "plain" },
				],
			});
			if (look.state === "asked") return [line("▶", "key", "is asked…")];
			if (look.state === "failed") {
				const { message, detail = "", hint = "" } = look.fault;
				return [
					line("✗", "critical", message),
					...text(`look ${look.node} detail`, 5, detail === "" ? hint : detail, "muted"),
				];
			}
			const offers =
				look.versions.length === 0
					? "no PostgreSQL with repmgr in its package sources"
					: `PostgreSQL ${listed(look.versions.map(String))}`;
			return [line("✓", "ok", `${look.release || "an unknown system"}; ${offers}`)];
		}),
		...(asksForSudoPassword(state)
			? text("sudo", 1, "Press p to type the password for sudo: it is kept in memory only.", "warning")
			: []),
		...(unknownKeys(state).length > 0
			? text(
					"accept",
					1,
					"Compare the fingerprints with the hosts' own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub). If they are the same, press a to accept them.",
					"warning",
				)
			: []),
	];
}

/** The row of the summary that goes on. */
export const GO_ON = "go on";

/** All answers, each of which can be changed, and the row that goes on. */
export function summaryRows({ cluster }: Pick<Here, "cluster">): readonly string[] {
	return [...cluster.questions().map(({ key }) => key), GO_ON];
}

export function summaryRow(here: Here): string {
	return summaryRows(here).find((row) => row === here.ui.row) ?? GO_ON;
}

export function summaryLines(here: Here): readonly StyledLine[] {
	const { columns, cluster, state, bodyRows } = here;
	const questions = cluster.questions();
	const open = cluster.openQuestion();
	const row = summaryRow(here);
	const width = Math.max(...questions.map(({ label }) => label.length));
	const lines = [
		...questions.map((question): StyledLine => {
			const isOpen = question.key === open;
			const said = isOpen ? "an answer is missing" : answerWords(question, state.answers);
			return {
				key: question.key,
				isSelected: row === question.key,
				spans: [
					{ text: ` ${question.label.padEnd(width)}  `, role: "muted" },
					{ text: fitText(said, columns - width - 5), role: isOpen ? "warning" : "plain" },
				],
			};
		}),
		{
			key: GO_ON,
			isSelected: row === GO_ON,
			spans: [
				{
					text: fitText(` write ${cluster.file} and survey the hosts`, columns - 1),
					role: open === null ? ("key" as const) : ("muted" as const),
				},
			],
		},
	];
	const at = lines.findIndex(({ isSelected }) => isSelected);
	return listOf(lines, at, bodyRows).visible;
}
