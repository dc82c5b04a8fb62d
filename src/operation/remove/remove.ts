import type { RemoveIntent } from "../../model/intent.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { noOtherOperation, onePrimary } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile } from "../checks/hosts.ts";
import type { Operation } from "../operation.ts";
import { confValue, type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { Requested } from "../plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless, writablePrimary } from "../plan/refusal.ts";
import { nodeIdOf, otherNodeQuestion } from "../questions.ts";
import { downstreamChecks, leavesEnough, nodeChecks, noRowLeftUnder, slotIsDropped } from "./checks.ts";
import { dropSlots, moveDownstreams, type Removal, stopNode, unregisterNode } from "./steps.ts";

export const REMOVE: Operation<RemoveIntent> = {
	kind: "remove",
	title: "remove a node for good",
	about:
		"A standby or a witness leaves the cluster: what follows it gets another upstream, its repmgrd and its server stop, its row and its slot go. Its data stay on its host.",
	commandLine: {
		about: "take a standby or a witness out of the cluster: repmgrd, server, row and slot",
		takesNode: true,
		options: [
			{
				flags: "--keep-server",
				about: "leave its server running, as a standby that repmgr does not know; its slot stays, too",
				key: "keepServer",
			},
		],
	},
	questions: (snapshot) => [
		otherNodeQuestion(snapshot),
		{
			key: "keepServer",
			kind: "switch",
			title: "its server runs on",
			option: "--keep-server",
			isOn: false,
		},
	],
	intent: (values) => ({
		kind: "remove",
		nodeId: nodeIdOf(values),
		keepServer: values.keepServer === true,
	}),
	plan: planRemove,
};

function planRemove(intent: RemoveIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `remove ${quoted(node)}`;
	if (node.observed.role === "primary") {
		return refused(`${title} is refused: it runs as a primary`, {
			detail: "A server that accepts writes is not taken away.",
			hint: "Make another node the primary first: switchover --to NODE",
		});
	}
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	if (node.registered.type === "primary") {
		return refused(`${title} is refused: it is registered as a primary`, {
			detail: `${quoted(primary)} is the primary that is seen.`,
			hint: node.observed.reachable
				? `Register it as what it is first: register ${shellWords([node.nodeName])}`
				: `Register the real primary first: register ${shellWords([primary.nodeName])}; then: unregister ${shellWords([node.nodeName])}`,
		});
	}
	const removal = removalOf(intent, facts, node, primary);
	const { downstreams, stopsServer } = removal;
	const prerequisites = [
		noOtherOperation(facts),
		onePrimary(facts),
		canRunOn(facts, primary),
		hasConfigFile(facts, primary),
		...downstreamChecks(facts, removal),
		noRowLeftUnder(facts, removal),
		...nodeChecks(facts, removal),
		leavesEnough(facts, removal),
		slotIsDropped(facts, removal),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...moveDownstreams(facts, removal),
				...stopNode(facts, removal),
				unregisterNode(facts, removal),
				...dropSlots(facts, removal),
			],
			blastRadius: impact({
				dropped: stopsServer ? connectionsTo(facts, node) : "",
				reasoning: [
					downstreams.length === 0
						? ""
						: `${listed(downstreams.map(quoted))} will follow ${quoted(primary)}.`,
					`${quoted(node)} has no vote any more and takes no part in switchovers and failovers.`,
				]
					.filter((said) => said !== "")
					.join(" "),
			}),
			confirmation: { kind: "name", name: node.nodeName },
			afterwards: whatStays(facts, removal),
		}),
	);
}

/** What there is to do, by what is seen of the node. A host that is gone has nothing to stop. */
function removalOf({ keepServer }: RemoveIntent, facts: Facts, node: NodeView, primary: NodeView): Removal {
	const look = hostOf(facts, node.nodeId).value?.look;
	const { slotName, type } = node.registered;
	const { nodes } = facts.snapshot;
	const holders = nodes.filter(
		(other) =>
			other !== node &&
			// A witness is a cluster of its own: its slots have nothing to do with this one.
			other.registered.type !== "witness" &&
			current(other.state.server)?.slots.some((slot) => slot.slotName === slotName),
	);
	return {
		node,
		primary,
		downstreams: nodes.filter(
			(other) =>
				other !== node &&
				other.registered.type !== "witness" &&
				(other.observed.upstreamNodeId === node.nodeId ||
					(other.observed.upstreamNodeId === null && other.registered.upstreamNodeId === node.nodeId)),
		),
		hasRepmgrd: look?.repmgrd ? true : node.repmgrd.running === true,
		stopsServer: !keepServer && (node.observed.reachable || Boolean(look?.postmaster)),
		keepsServer: keepServer && node.observed.reachable,
		slot: type === "witness" || slotName === null ? null : { name: slotName, holders },
	};
}

function whatStays(facts: Facts, { node, keepsServer }: Removal): readonly string[] {
	const { nodeId, nodeName, registered } = node;
	const directory =
		confValue(facts, nodeId, "data_directory") ?? hostOf(facts, nodeId).value?.look.dataDirectory ?? null;
	const { configFile } = registered;
	return [
		`On the host of ${quoted(node)} stay: its data (${directory ?? "the data directory"}), ${configFile}, the units of its server and of repmgrd, which start with the host unless they are disabled (systemctl disable), its password files and SSH keys.`,
		"On the other hosts stay: its lines in pg_hba.conf and .pgpass, and its key in authorized_keys.",
		...(keepsServer
			? [`Its server runs on and holds its slot; drop that once the server is gone, or WAL piles up.`]
			: []),
		registered.type === "witness"
			? `To bring it back: start it, and on its host as the owner of the database: repmgr -f ${configFile} witness register -h PRIMARY`
			: `To bring it back: clone ${shellWords([registered.host ?? nodeName])} --config-file ${configFile}`,
	];
}
