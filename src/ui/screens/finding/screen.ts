import { type Finding, findingKey } from "../../../model/finding.ts";
import type { LogEntry } from "../../../model/log-entry.ts";
import { formatTime } from "../../../text/format.ts";
import { shellWords } from "../../../text/shell.ts";
import type { Reaction, UiContext } from "../../context.ts";
import { open, openPrompt, say } from "../../reduce.ts";
import { textIn } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { FINDINGS } from "../findings/screen.tsx";
import { type FindingState, planState, type ScreenName, wizardState } from "../states.ts";
import { findingView } from "./finding-view.ts";

interface FindingModel extends Text {
	/** Null once it is over. */
	readonly finding: Finding | null;
}

const BOTH: readonly ScreenName[] = ["findings", "finding"];

/** One finding in full. */
export const FINDING = textScreen<FindingState, FindingModel>({
	name: "finding",
	title: "one finding",
	derive: ({ data, columns }, state) => {
		const finding = data.snapshot.findings.find((one) => findingKey(one) === state.finding) ?? null;
		return {
			finding,
			heading: "FINDING",
			lines:
				finding === null
					? textIn(columns)("over", 2, resolvedText(data.log, state.finding), "ok")
					: findingView(data, finding, columns, true),
		};
	},
	bindings: [
		{
			id: "finding.remedy",
			needsCluster: true,
			keys: ["enter"],
			label: "fix",
			help: "Plan the operation that fixes it, or open its form where it has to be chosen; or copy the command if the console has no such operation.",
			screens: ["finding"],
			disabled: (context: UiContext) =>
				findingOf(context)?.form === undefined ? noRemedy(context) : noFinding(context),
			run: (context: UiContext) => {
				const finding = findingOf(context);
				if (finding?.form !== undefined)
					return open(wizardState(finding.form, finding.remedy?.nodeId ?? null));
				const intent = finding?.remedy?.intent;
				if (intent === undefined) return copyRemedy(context);
				context.session.operationStore.ask(intent);
				return open(planState());
			},
		},
		{
			id: "finding.acknowledge",
			needsCluster: true,
			keys: ["a"],
			label: "acknowledge",
			help: "Acknowledge this finding with a note (dimmed until it worsens); press again to undo.",
			screens: BOTH,
			disabled: noFinding,
			run: (context) => {
				const finding = findingOf(context);
				if (finding === null) return null;
				const key = findingKey(finding);
				const known = context.data.findingPeriods.get(key)?.acknowledgement ?? null;
				if (known === null) return openPrompt("note", "", key);
				context.session.store.acknowledge(key, null);
				return say(`no longer acknowledged: ${finding.code}`);
			},
		},
		{
			id: "finding.copy",
			keys: ["y"],
			label: "copy command",
			help: "Copy the command that fixes it to the clipboard (OSC 52).",
			screens: BOTH,
			disabled: noRemedy,
			run: copyRemedy,
		},
	],
});

/** By the console's own event about its end. */
function resolvedText(log: readonly LogEntry[], key: string): string {
	const [code, node = ""] = key.split(" ");
	const end = log.findLast(
		({ source, event, nodeId, details }) =>
			source === "console" &&
			event === code &&
			String(nodeId ?? "") === node &&
			details.startsWith("over after"),
	);
	return end === undefined ? "resolved" : `resolved at ${formatTime(end.timestamp)} UTC, ${end.details}`;
}

/** The selected finding, or the one shown alone. */
function findingOf(context: UiContext): Finding | null {
	return FINDINGS.shown(context)?.model.list.item ?? FINDING.shown(context)?.model.finding ?? null;
}

function noFinding(context: UiContext): string | null {
	return findingOf(context) === null ? "there is no finding" : null;
}

function noRemedy(context: UiContext): string | null {
	return noFinding(context) ?? (findingOf(context)?.remedy === null ? "no single command fixes this" : null);
}

function copyRemedy(context: UiContext): Reaction {
	const remedy = findingOf(context)?.remedy ?? null;
	if (remedy === null) return null;
	const node = context.data.snapshot.nodes.find(({ nodeId }) => nodeId === remedy.nodeId);
	const command = shellWords(remedy.argv);
	context.copy(command);
	const where = `on ${remedy.host ?? node?.nodeName ?? `node ${remedy.nodeId}`} as ${remedy.user}`;
	return say(`copied, to be run ${where}: ${command}`);
}
