import type { BlastRadius, Plan, Step } from "../operation/plan/plan.ts";
import { shellWords } from "../text/shell.ts";
import { byteCount, listed, quoted } from "../text/words.ts";

/** The plan for somebody who carries it out by hand: Markdown, with the same commands. */
export function runbook(plan: Plan): string {
	const inOrder = plan.steps.filter(({ runs }) => runs === "in order");
	const always = plan.steps.filter(({ runs }) => runs === "always");
	return [
		`# ${plan.title[0]?.toUpperCase()}${plan.title.slice(1)}, cluster ${plan.cluster}`,
		"",
		`Made ${new Date(plan.madeAt).toISOString()} from what was seen then. Look again before you begin.`,
		"",
		"## Before",
		"",
		...plan.prerequisites.map(({ title, state, found, fix }) => {
			return `- [${state === "ok" ? "x" : " "}] ${state}: ${title}. ${found}${fix === null ? "" : ` *${fix}*`}`;
		}),
		"",
		"## What it costs",
		"",
		...costLines(plan.blastRadius, plan.nodes).map((line) => `- ${line}`),
		"",
		"## Steps",
		...inOrder.flatMap((step, index) => stepLines(`${index + 1}. ${step.title}`, step, plan)),
		...(always.length === 0
			? []
			: ["", "## In any case at the end, also after a failure", "", "Where it is not so already:"]),
		...always.flatMap((step) => stepLines(step.title, step, plan)),
		"",
	].join("\n");
}

function stepLines(
	heading: string,
	{ command, by, verification, wayBack }: Step,
	plan: Plan,
): readonly string[] {
	const node = plan.nodes.find(({ nodeId }) => nodeId === command.nodeId);
	const where = `On ${node === undefined ? `node ${command.nodeId}` : quoted(node)}, as ${command.user}:`;
	return [
		"",
		`### ${heading}`,
		"",
		...(by === "this console"
			? ["By whoever does it; nothing is run on a host."]
			: [where, "", "```sh", shellWords(command.argv), "```"]),
		"",
		`Done when: ${verification}.`,
		"",
		`The way back: ${wayBack}`,
	];
}

/** What is in for it, one thing a line. */
export function costLines(
	{ restarts, dropped, writeOutageSeconds, lossBytes, mayLoseMore, reasoning }: BlastRadius,
	nodes: Plan["nodes"],
): readonly string[] {
	const names = restarts.map((id) =>
		quoted(nodes.find(({ nodeId }) => nodeId === id) ?? { nodeName: String(id) }),
	);
	const outage = writeOutageSeconds;
	return [
		restarts.length === 0 ? "no server restarts" : `restarts: ${listed(names)}`,
		dropped === "" ? "no connection drops" : `dropped: ${dropped}`,
		outage === null
			? "no write outage of its own"
			: `write outage: about ${outage.from.toFixed(1)} to ${outage.to.toFixed(1)} s`,
		lossBytes === null
			? "committed WAL that may be lost: can't be told"
			: mayLoseMore
				? `committed WAL that may be lost: ${byteCount(lossBytes)}, and what was written since`
				: lossBytes === 0
					? "no committed WAL is lost"
					: `committed WAL that may be lost: ${byteCount(lossBytes)} at most`,
		...(reasoning === "" ? [] : [reasoning]),
	];
}
