import type { Inventory } from "../../model/inventory.ts";
import type { Configured, Message } from "../../text/message.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { parseInventory } from "../inventory.ts";
import { inventoryTemplate } from "../inventory-template.ts";
import type { InventoryQuestion } from "./question.ts";
import { inventoryQuestions } from "./questions.ts";
import {
	countOf,
	hasFitCount,
	hostsOf,
	type InventoryAnswers,
	TEMPLATES,
	templateOf,
	words,
} from "./templates.ts";

/** The answer that counts: the one given if it can be chosen, else the default. */
export function answerTo({ key, usual, choices }: InventoryQuestion, answers: InventoryAnswers): string {
	const given = answers[key] ?? "";
	if (given === "") return usual;
	if (choices === null || key === "postgresql.version") return given;
	return choices.some(({ value, unfit }) => value === given && unfit === null) ? given : usual;
}

/** The answer in words, for the summary. */
export function answerWords(question: InventoryQuestion, answers: InventoryAnswers): string {
	const answer = answerTo(question, answers);
	const chosen = question.choices?.find(({ value }) => value === answer);
	if (answer === "") return question.usualWords ?? "";
	return chosen === undefined || chosen.label === answer ? answer : chosen.label;
}

/** Keys of the file that belong to no section. */
const TOP_KEYS = ["authentication", "tls", "slots", "synchronous"];

/** The inventory file of these answers. */
export function inventoryText(answers: InventoryAnswers): string {
	const hosts = hostsOf(answers);
	const { shape } = templateOf(answers);
	const questions = inventoryQuestions(answers, null);
	const mode = questions.find(({ key }) => key === "failover.mode");
	const [attempts = "", seconds = ""] = (answers.detection || "3x5").split("x");
	const given = Object.fromEntries(
		questions
			.filter(({ key }) => key.includes(".") || TOP_KEYS.includes(key))
			.map((question) => [question, answerTo(question, answers)] as const)
			.filter(([{ usual }, answer]) => answer !== usual)
			.map(([{ key }, answer]) => [key, answer]),
	);
	return inventoryTemplate(hosts, shape, {
		cluster: answers.cluster || "main",
		names: words(answers.names ?? ""),
		ids: words(answers.ids ?? ""),
		given: {
			...given,
			...(mode !== undefined && { "failover.mode": answerTo(mode, answers) }),
			...{ "failover.attempts": attempts, "failover.interval_seconds": seconds },
		},
	});
}

/** The inventory of these answers, or what is wrong with them. */
export function inventoryOfAnswers(
	answers: InventoryAnswers,
	file: string,
	home: string,
): Configured<Inventory> {
	return parseInventory(inventoryText(answers), file, home);
}

/** Why this can't be the answer, beside the others; null: it can. */
export function answerProblem(
	answers: InventoryAnswers,
	key: string,
	answer: string,
	home: string,
): Message | null {
	const all = { ...answers, [key]: answer };
	const template = templateOf(all);
	const hosts = hostsOf(all);
	if (!hasFitCount(template, hosts.length)) {
		// Before the hosts are known nothing that needs them can be checked.
		if (key !== "hosts") return null;
		return {
			message: `${hosts.length === 0 ? "name the hosts" : `${hosts.length} hosts were named`}: this kind of cluster has ${countOf(template)}`,
		};
	}
	if ((key === "names" || key === "ids") && answer !== "" && words(answer).length !== hosts.length)
		return { message: `${words(answer).length} were given for ${hosts.length} hosts` };
	const listed = ["hosts", "names", "ids"].includes(key) ? words(answer) : [];
	const double = listed.find((word, index) => listed.indexOf(word) < index);
	if (double !== undefined) return { message: `"${double}" was given twice` };
	const [problem] = inventoryOfAnswers(all, "", home).problems ?? [];
	if (problem === undefined) return null;
	const { message, detail = "", hint = "" } = problem;
	return { message: sanitiseText(message), detail: sanitiseText(detail), hint: sanitiseText(hint) };
}

/** The first question whose answer is missing or does not fit the others; null: there is none. */
export function openQuestion(answers: InventoryAnswers, home: string): string | null {
	for (const key of ["hosts", "names", "ids"])
		if (answerProblem(answers, key, answers[key] ?? "", home) !== null) return key;
	return null;
}

function archiveAnswers(archive: Inventory["archive"]): InventoryAnswers {
	const { directory = null, command = "", restore = null } = archive ?? {};
	if (directory !== null) return { "archive.directory": directory };
	return { "archive.command": command, "archive.restore": restore ?? "" };
}

/** The answers that make exactly this file; null: it was written otherwise, or changed since. */
export function answersOf(text: string, file: string, home: string): InventoryAnswers | null {
	const { value } = parseInventory(text, file, home);
	if (value === undefined) return null;
	const { nodes, postgresql, failover, repmgr } = value;
	const { user, port, identity } = nodes[0]?.ssh ?? {};
	const said = {
		hosts: nodes.map(({ host }) => host).join(" "),
		names: nodes.map(({ name }) => name).join(" "),
		ids: nodes.map(({ id }) => id).join(" "),
		cluster: value.cluster,
		"ssh.user": user ?? "",
		"ssh.port": String(port ?? ""),
		"ssh.identity": identity ?? "",
		"postgresql.version": String(postgresql.version ?? ""),
		"postgresql.data_directory": postgresql.dataDirectory ?? "",
		"postgresql.port": String(postgresql.port),
		"postgresql.checksums": String(postgresql.checksums),
		"postgresql.locale": postgresql.locale,
		authentication: value.authentication,
		tls: value.tls ? "on" : "off",
		slots: String(value.slots),
		synchronous: value.synchronous ? "on" : "off",
		...archiveAnswers(value.archive),
		"failover.mode": failover.mode,
		detection: `${failover.attempts}x${failover.intervalSeconds}`,
		"repmgr.user": repmgr.user,
		"repmgr.database": repmgr.database,
		"console.user": value.console?.user ?? "",
	};
	for (const template of Object.keys(TEMPLATES)) {
		const all: InventoryAnswers = { ...said, template };
		if (inventoryText(all) !== text) continue;
		const usual = new Map(inventoryQuestions(all, null).map((question) => [question.key, question.usual]));
		return Object.fromEntries(
			Object.entries(all).filter(([key, answer]) => key === "template" || answer !== usual.get(key)),
		);
	}
	return null;
}
