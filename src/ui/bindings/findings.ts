import { type Finding, findingKey } from "../../model/finding.ts";
import { shellWords } from "../../text/shell.ts";
import { type Binding, type Reaction, screenIf, type UiContext } from "../context.ts";
import { findingPage } from "../screens/finding/finding-view.ts";
import { selectedFinding } from "../screens/findings/finding-lines.ts";
import { clampOffset } from "../window.ts";
import { emptyPrompt } from "./everywhere.ts";
import { movingBindings } from "./moving.ts";

const LIST = ["findings"] as const;
const ONE = ["finding"] as const;
const BOTH = ["findings", "finding"] as const;

/** Opening and reading what is wrong, and what can be done about it. */
export const FINDINGS: readonly Binding[] = [
	{
		id: "findings.open",
		keys: ["v"],
		label: "verdict",
		help: "Show what is wrong, on what evidence, what to do and what not to do.",
		screens: ["topology", "node"],
		run: () => ({ event: "open", screen: { screen: "findings", finding: null } }),
	},
	...movingBindings({ id: "findings", screens: LIST, unit: "finding", move: select }),
	{
		id: "finding.open",
		keys: ["enter", "right", "l"],
		label: "read",
		help: "Show the selected finding in full.",
		screens: LIST,
		disabled: noFinding,
		run: (context) => {
			const finding = shown(context);
			return (
				finding && {
					event: "open",
					screen: { screen: "finding", finding: findingKey(finding), offset: 0 },
				}
			);
		},
	},
	...movingBindings({ id: "finding", screens: ONE, unit: "line", move: scroll }),
	{
		id: "finding.acknowledge",
		keys: ["a"],
		label: "acknowledge",
		help: "Say that you know of this finding, with a note: it is dimmed until it worsens. Again: no longer.",
		screens: BOTH,
		disabled: noFinding,
		run: (context) => {
			const finding = shown(context);
			if (finding === null) return null;
			const key = findingKey(finding);
			const known = context.data.findingPeriods.get(key)?.acknowledgement ?? null;
			if (known === null) return { event: "prompt", prompt: { ...emptyPrompt("note", ""), subject: key } };
			context.session.store.acknowledge(key, null);
			return { event: "say", text: `no longer acknowledged: ${finding.code}`, isProblem: false };
		},
	},
	{
		id: "finding.copy",
		keys: ["y"],
		label: "copy command",
		help: "Copy the command that mends it to the clipboard (OSC 52).",
		screens: BOTH,
		disabled: noRemedy,
		run: copyRemedy,
	},
	{
		id: "finding.remedy",
		keys: ["enter"],
		label: "mend",
		help: "Make the plan of the operation that mends it; where this console has none, copy the command.",
		screens: ONE,
		disabled: noRemedy,
		run: (context) => {
			const intent = shown(context)?.remedy?.intent;
			if (intent === undefined) return copyRemedy(context);
			context.session.operationStore.ask(intent);
			return { event: "open", screen: { screen: "plan", offset: 0, showsAll: false } };
		},
	},
];

function noRemedy(context: UiContext): string | null {
	return noFinding(context) ?? (shown(context)?.remedy === null ? "no single command mends this" : null);
}

function copyRemedy(context: UiContext): Reaction {
	const remedy = shown(context)?.remedy ?? null;
	if (remedy === null) return null;
	const node = context.data.snapshot.nodes.find(({ nodeId }) => nodeId === remedy.nodeId);
	const command = shellWords(remedy.argv);
	context.copy(command);
	const where = `on ${remedy.host ?? node?.nodeName ?? `node ${remedy.nodeId}`} as ${remedy.user}`;
	return { event: "say", text: `copied, to be run ${where}: ${command}`, isProblem: false };
}

/** The finding that keys work on: the one shown alone, or the selected one. */
function shown(context: UiContext): Finding | null {
	const { findings } = context.data.snapshot;
	const one = screenIf(context, "finding");
	if (one !== null) return findings.find((finding) => findingKey(finding) === one.finding) ?? null;
	return selectedFinding(findings, screenIf(context, "findings")?.finding ?? null);
}

function noFinding(context: UiContext): string | null {
	return shown(context) === null ? "there is no finding" : null;
}

function select(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "findings");
	const { findings } = context.data.snapshot;
	const selected = selectedFinding(findings, screen?.finding ?? null);
	if (screen === null || selected === null) return null;
	const position = Math.max(0, Math.min(findings.length - 1, findings.indexOf(selected) + by));
	const target = findings[position];
	return target ? { event: "change", screen: { ...screen, finding: findingKey(target) } } : null;
}

function scroll(context: UiContext, by: number): Reaction {
	const screen = screenIf(context, "finding");
	if (screen === null) return null;
	const count = findingPage(context, screen.finding).length;
	const offset = clampOffset(screen.offset + by, count, context.bodyRows - 1);
	return { event: "change", screen: { ...screen, offset } };
}
