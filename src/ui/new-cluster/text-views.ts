import type { NewClusterWork, Proof } from "../../session/new-cluster.ts";
import { formatMessage } from "../../text/message.ts";
import { clampOffset } from "../scrolling.ts";
import { type StyledLine, styledLine, textIn } from "../text/styled-line.ts";
import type { SemanticRole } from "../theme/theme.ts";
import { asksForSudoPassword, lookLines, unknownKeys } from "./question-view.ts";
import type { Here } from "./state.ts";

type In<State extends NewClusterWork["state"]> = Extract<NewClusterWork, { state: State }>;

/** Everything that keeps the cluster from being made, with what to do. */
export function refusedLines(here: Here, { refusals, locked }: In<"refused">): readonly StyledLine[] {
	const { columns, state, cluster } = here;
	const text = textIn(columns);
	return [
		...text("nothing", 1, state.hasBegun ? "Nothing more was changed." : "Nothing was changed.", "title"),
		...refusals.flatMap((refusal, position) => [
			styledLine(`gap ${position}`, ""),
			...formatMessage(refusal)
				.split("\n")
				.flatMap((line, part) =>
					text(`refusal ${position} ${part}`, part === 0 ? 1 : 3, line, part === 0 ? "critical" : "plain"),
				),
		]),
		styledLine("gap end", ""),
		...(unknownKeys(state).length > 0
			? text("accept", 1, "If the fingerprints are those of the hosts: a accepts these keys.", "key")
			: []),
		...(asksForSudoPassword(state)
			? text("sudo", 1, "p takes the password for sudo: it is kept in memory only.", "key")
			: []),
		...(locked === null
			? text(
					"again",
					1,
					cluster.canAsk
						? "Correct it on the hosts, then press Enter; or press Esc to go back to the answers."
						: `Correct it on the hosts or in ${cluster.file}, then press Enter.`,
					"key",
				)
			: text(
					"take over",
					1,
					"If the other console does not run any more, press o to take over its work.",
					"key",
				)),
	];
}

/** The plan as the command prints it, with what a person should read first. */
export function planLines(
	{ columns, state }: Here,
	{ prepared, lines }: In<"planned">,
): readonly StyledLine[] {
	const text = textIn(columns);
	const { warnings, left, plan } = prepared;
	const done = plan.steps.filter(({ isDone }) => isDone).length;
	const isFirst = done === 0 && !state.hasBegun;
	return [
		...text(
			"count",
			1,
			left === 0
				? "Nothing is left to be done. Enter looks at the cluster again, and proves that it works."
				: `${left} steps are left${isFirst ? ". Nothing has been changed yet" : `, ${done} are done already. Nothing more is changed before you confirm`}. Read what would be done, then press Enter.`,
			"title",
		),
		...warnings.flatMap((warning, position) => text(`warning ${position}`, 1, `! ${warning}`, "warning")),
		...lines.flatMap((line, position) => {
			const [, indent = "", content = ""] = /^( *)(.*)$/s.exec(line) ?? [];
			return content === ""
				? [styledLine(`plan ${position}`, "")]
				: text(`plan ${position}`, 1 + indent.length, content, roleOf(indent.length, content));
		}),
	];
}

/** Of a line of the plan: a host, a step, or its commands and changes. */
function roleOf(indent: number, content: string): SemanticRole {
	if (indent === 0) return "title";
	if (indent < 6) return "key";
	return content.startsWith("-") ? "critical" : content.startsWith("+") ? "ok" : "plain";
}

/** Where the next host's part of the plan begins, below this line; the first one's at the end. */
export function nextHost(lines: readonly StyledLine[], offset: number): number {
	const begins = lines.flatMap(({ spans }, position) =>
		/^ On .*, as root/.test(spans[0]?.text ?? "") ? [position] : [],
	);
	return begins.find((position) => position > offset) ?? begins[0] ?? 0;
}

/** What was proved, and what to do now. */
export function proofLines(here: Here, work: In<"proving"> | In<"ended">): readonly StyledLine[] {
	const { columns } = here;
	const text = textIn(columns);
	const isOk = work.proofs.every((proof) => proof.isOk);
	const begin =
		work.state === "proving"
			? text(
					"proving",
					1,
					"The cluster is made. This console looks at it now: status, connections, configuration…",
					"title",
				)
			: isOk
				? text("ok", 1, "The cluster works, and this was proved:", "ok")
				: text("failed", 1, "The cluster is made, but not all of it could be proved:", "warning");
	return [
		...begin,
		styledLine("gap 1", ""),
		...work.proofs.flatMap((proof, position) => proofLine(proof, position, columns)),
		...(work.state === "proving"
			? []
			: [
					styledLine("gap 2", ""),
					...text("report", 1, work.report),
					...(work.watchLine === null
						? []
						: text("watch", 1, `Enter watches it now; later: ${work.watchLine}`, "key")),
				]),
	];
}

function proofLine({ title, isOk, found }: Proof, position: number, columns: number): readonly StyledLine[] {
	const [first, ...rest] = textIn(columns - 3)(`proof ${position}`, 0, `${title}. ${found}`);
	if (first === undefined) return [];
	const [mark, role] = isOk ? ([" ✓ ", "ok"] as const) : ([" ✗ ", "critical"] as const);
	return [
		{ ...first, spans: [{ text: mark, role }, ...first.spans] },
		...rest.map((line) => ({ ...line, spans: [{ text: "   ", role: "plain" as const }, ...line.spans] })),
	];
}

/** The text of the stage that is shown, or null: it has none. */
export function textOf(here: Here): readonly StyledLine[] | null {
	const { work } = here.state;
	switch (work.state) {
		case "refused":
			return refusedLines(here, work);
		case "planned":
			return planLines(here, work);
		case "proving":
		case "ended":
			return proofLines(here, work);
		case "surveying":
			return [
				...textIn(here.columns)(
					"surveying",
					1,
					"All hosts are read at once; nothing is changed. Where package lists are missing, this takes some seconds longer.",
					"muted",
				),
				styledLine("gap", ""),
				...lookLines(here),
			];
		default:
			return null;
	}
}

/** The part of a text that is on the screen. */
export function visiblePart(here: Here, lines: readonly StyledLine[]) {
	const top = clampOffset(here.ui.offset, lines.length, here.bodyRows);
	const visible = lines.slice(top, top + here.bodyRows);
	const note =
		visible.length === lines.length ? "" : `lines ${top + 1} to ${top + visible.length} of ${lines.length}`;
	return { visible, note };
}
