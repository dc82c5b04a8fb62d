import { fenceOf, fenceWords } from "../../assess/fence.ts";
import type { Intent } from "../../model/intent.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { canRunOn } from "../checks/hosts.ts";
import type { Operation } from "../operation.ts";
import { type Facts, fenceOn, hostOf, nodeOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion } from "../questions.ts";
import { unitCanBeUnmasked } from "./checks.ts";
import { removeNote, setReadOnly, unmaskUnit } from "./steps.ts";

type UnfenceIntent = Extract<Intent, { kind: "unfence" }>;

export const UNFENCE: Operation<UnfenceIntent> = {
	kind: "unfence",
	title: "unfence",
	about: "Takes back what keeps a node from being started or from accepting writes. It starts nothing.",
	commandLine: {
		about: "take back a fence: the mask of its unit, or the read-only setting; starts nothing",
		takesNode: true,
	},
	questions: ({ nodes, cluster }) => [
		nodeQuestion("node", "The node", nodes, (node) => {
			const fence = fenceOf(node.state.host.good?.value, node.nodeId, { cluster });
			return fence === null && !isReadOnly(node)
				? { note: "", unfit: "it is not seen to be fenced" }
				: { note: fence === null ? "it is read-only by default" : fenceWords(fence), unfit: null };
		}),
	],
	intent: (values) => ({ kind: "unfence", nodeId: nodeIdOf(values) }),
	plan: planUnfence,
};

function isReadOnly({ state }: NodeView): boolean {
	return current(state.server)?.readOnlyByDefault === true;
}

/** Whatever keeps the node is taken back, by whom it ever was; the file that says so goes last. */
function planUnfence(intent: UnfenceIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `unfence ${quoted(node)}`;
	const fence = fenceOn(facts, node);
	const host = hostOf(facts, node.nodeId);
	const isWritable = node.observed.role === "primary";
	const isLifted = isReadOnly(node) || (fence?.note?.how === "read-only" && node.observed.reachable);
	if (host.fault === undefined && fence === null && !isLifted) {
		return refused(`${title} is refused: it is not fenced`, {
			detail: "Its unit is not masked, it is not read-only by default, and no fence is noted on its host.",
		});
	}
	const prerequisites = [
		noOtherOperation(facts),
		canRunOn(facts, node),
		whoFencedIt(facts, node),
		...unitCanBeUnmasked(facts, node),
		...(fence?.note?.how === "read-only" ? [answers(node)] : []),
		...(isLifted && isWritable ? [noOtherAcceptsWrites(facts, node)] : []),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...(fence?.mask ? [unmaskUnit(facts, node, isLifted ? "unmask" : "unfence")] : []),
				...(isLifted ? [setReadOnly(facts, node, false)] : []),
				...(fence?.note ? [removeNote(facts, node)] : []),
			],
			blastRadius: impact({
				reasoning: isLifted && isWritable ? "It accepts writes again." : nextFor(facts, node),
			}),
			confirmation: { kind: "name", name: node.nodeName },
		}),
	);
}

function whoFencedIt(facts: Facts, node: NodeView): Prerequisite {
	const title = "why it is fenced is known";
	const fence = fenceOn(facts, node);
	const said =
		fence === null
			? "It is read-only by default, not by this console."
			: `${sentence({ message: fenceWords(fence) })}${fence.note?.kept ? ` Kept was ${fence.note.kept}.` : ""}`;
	return fence?.note
		? warning(title, said)
		: warning(title, said, "Find out who did it and why before you take it back.");
}

/** The setting is lifted by SQL. */
function answers(node: NodeView): Prerequisite {
	const title = `${quoted(node)} answers`;
	return node.observed.reachable
		? ok(title, "It does.")
		: failed(
				title,
				`It is ${node.observed.status}, and its read-only setting can only be lifted while it runs.`,
				"Start it or rejoin it first: either leaves it read-only.",
			);
}

/** Lifting the setting of one primary beside another would make a split brain again. */
function noOtherAcceptsWrites({ snapshot }: Facts, node: NodeView): Prerequisite {
	const title = "no other node accepts writes";
	const others = snapshot.nodes.filter((one) => one !== node && one.registered.type !== "witness");
	const primaries = others.filter((one) => one.observed.role === "primary" && !isReadOnly(one));
	if (primaries.length > 0) {
		return failed(
			title,
			`${listed(primaries.map(quoted))} ${primaries.length === 1 ? "does" : "do"}: this would be a split brain again.`,
			`To make ${quoted(node)} the primary, fence the other first; to make it a standby: stop ${shellWords([node.nodeName])}, then rejoin ${shellWords([node.nodeName])}, which also lifts the setting.`,
		);
	}
	const silent = others.filter(({ observed }) => !observed.reachable && observed.status !== "stopped");
	return silent.length === 0
		? ok(title, "All others answer, or are stopped.")
		: failed(
				title,
				`${listed(silent.map(quoted))} can't be asked whether ${silent.length === 1 ? "it was" : "they were"} promoted.`,
				"Bring them back first, or make sure that they are down.",
			);
}

/** What comes next for a node that stays as it is. */
function nextFor({ snapshot }: Facts, node: NodeView): string {
	if (node.observed.reachable) return "Its server goes on as it is.";
	const name = shellWords([node.nodeName]);
	const primary = snapshot.nodes.find((one) => one !== node && one.observed.role === "primary");
	const next =
		primary === undefined
			? `start ${name}, which refuses while another node may have been promoted.`
			: `rejoin ${name}, to make it a standby of ${quoted(primary)}. Until then nothing keeps it from coming back as a second primary, e.g. at the next boot: rejoin alone takes the mask back as well, and later.`;
	return `It stays stopped. Next: ${next}`;
}
