import { byPromotionFitness } from "../../assess/promotion-order.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { byteCount, quoted } from "../../text/words.ts";
import {
	asFound,
	NO_PRIMARY,
	nodeIdOf,
	nodeQuestion,
	type Question,
	standbysOf,
	type Wizard,
} from "./wizard.ts";

const SIBLINGS_FOLLOW: Question = {
	key: "siblingsFollow",
	kind: "switch",
	title: "the other nodes follow the new primary",
	option: "else --no-siblings-follow",
	isOn: true,
};

/** Who is the primary, and who follows it. */
export const ROLE_WIZARDS: readonly Wizard[] = [
	{
		kind: "switchover",
		title: "switch over",
		about: "A standby becomes the primary, and the primary a standby. Writes stop for a moment.",
		questions: (snapshot) => [
			nodeQuestion("node", "The new primary", byFitness(standbysOf(snapshot)), (node) => ({
				note: position(node),
				unfit: unfitToTakeOver(node, snapshot),
			})),
			SIBLINGS_FOLLOW,
			{
				key: "forceRewind",
				kind: "switch",
				title: "the old primary may be rewound if it is ahead",
				option: "--force-rewind",
				isOn: false,
			},
			{
				key: "acceptLostSlots",
				kind: "switch",
				title: "logical slots may be left behind",
				option: "--accept-lost-slots",
				isOn: false,
			},
		],
		intent: (answers) => ({
			kind: "switchover",
			nodeId: nodeIdOf(answers),
			siblingsFollow: answers.siblingsFollow === true,
			forceRewind: answers.forceRewind === true,
			acceptLostSlots: answers.acceptLostSlots === true,
		}),
	},
	{
		kind: "promote",
		title: "promote",
		about:
			"A standby becomes the primary because the primary is lost. What it has not received is lost with it.",
		questions: (snapshot) => [
			nodeQuestion(
				"node",
				"The new primary",
				byPromotionFitness(standbysOf(snapshot), snapshot.nodes),
				(node) => ({
					note: position(node),
					unfit: unfitToBePromoted(node, snapshot),
				}),
			),
			SIBLINGS_FOLLOW,
			{
				key: "acceptLesser",
				kind: "switch",
				title: "although another has more WAL, which is lost",
				option: "--accept-lesser",
				isOn: false,
			},
		],
		intent: (answers) => ({
			kind: "promote",
			nodeId: nodeIdOf(answers),
			siblingsFollow: answers.siblingsFollow === true,
			acceptLesser: answers.acceptLesser === true,
		}),
	},
	{
		kind: "follow",
		title: "follow",
		about: "A running standby gets another upstream.",
		questions: (snapshot) => [
			nodeQuestion("node", "The standby", standbysOf(snapshot), (node) => ({
				note: upstreamNote(node, snapshot),
				unfit: node.observed.role === "standby" ? null : notSeenAs(node, "a standby"),
			})),
			nodeQuestion(
				"upstream",
				"Its new upstream",
				[
					...snapshot.nodes.filter(({ nodeId }) => nodeId === snapshot.cluster.primaryNodeId),
					...standbysOf(snapshot).filter(({ nodeId }) => nodeId !== snapshot.cluster.primaryNodeId),
				],
				(node) => ({
					note: node.observed.status,
					unfit:
						node.observed.role === "primary" || node.observed.status === "streaming"
							? null
							: `it is ${node.observed.status}`,
				}),
			),
		],
		intent: (answers) => ({
			kind: "follow",
			nodeId: nodeIdOf(answers),
			upstreamNodeId: nodeIdOf(answers, "upstream"),
		}),
	},
	{
		kind: "rejoin",
		title: "rejoin",
		about:
			"A node that was stopped, crashed or went its own way, mostly a former primary, becomes a standby of the primary.",
		questions: ({ nodes, cluster, findings }) => [
			nodeQuestion(
				"node",
				"The node",
				asFound("rejoin", nodes, findings).filter(
					({ nodeId, registered }) => nodeId !== cluster.primaryNodeId && registered.type !== "witness",
				),
				({ nodeId, observed, registered }) => ({
					note: `registered as ${registered.type}, ${observed.role === "primary" ? "runs as a primary" : observed.status}`,
					unfit:
						observed.role === "primary"
							? "it runs as a primary: stop it first"
							: observed.status === "streaming"
								? "it streams"
								: primariesBeside(nodeId, nodes) === 1
									? null
									: "not one primary is seen that it could follow",
				}),
			),
			{
				key: "forceRewind",
				kind: "switch",
				title: "it may be rewound: what only it has is lost then",
				option: "--force-rewind",
				isOn: false,
			},
			{
				key: "stopFirst",
				kind: "switch",
				title: "it may be stopped should it run",
				option: "--stop-first",
				isOn: false,
			},
		],
		intent: (answers) => ({
			kind: "rejoin",
			nodeId: nodeIdOf(answers),
			forceRewind: answers.forceRewind === true,
			stopFirst: answers.stopFirst === true,
		}),
	},
];

/** Primaries that are seen, but for this node. */
function primariesBeside(nodeId: number, nodes: readonly NodeView[]): number {
	return nodes.filter((other) => other.nodeId !== nodeId && other.observed.role === "primary").length;
}

/** Of those that stream the nearest to the primary first, then by priority, as repmgrd would. */
function byFitness(nodes: readonly NodeView[]): readonly NodeView[] {
	const behind = ({ observed }: NodeView): number => observed.lagBytes ?? Number.POSITIVE_INFINITY;
	return nodes.toSorted(
		(one, other) =>
			Math.sign(behind(one) - behind(other)) ||
			other.registered.priority - one.registered.priority ||
			one.nodeId - other.nodeId,
	);
}

/** "streaming, 0 B behind, priority 100, location dc1". */
function position({ observed, registered }: NodeView): string {
	return [
		observed.status,
		...(observed.lagBytes === null
			? observed.receiveLsn === null
				? []
				: [`received ${observed.receiveLsn}`]
			: [`${byteCount(observed.lagBytes)} behind`]),
		`priority ${registered.priority}`,
		`location ${registered.location}`,
	].join(", ");
}

function unfitToTakeOver(node: NodeView, { cluster }: ClusterSnapshot): string | null {
	if (cluster.primaryNodeId === null) return NO_PRIMARY;
	if (node.observed.status !== "streaming") return `it is ${node.observed.status}`;
	if (node.observed.upstreamNodeId !== cluster.primaryNodeId)
		return "it does not stream from the primary itself";
	return node.observed.replayPaused === true ? "its WAL replay is paused" : null;
}

function unfitToBePromoted(node: NodeView, { cluster, nodes }: ClusterSnapshot): string | null {
	const primary = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	if (primary !== undefined) return `${quoted(primary)} is a living primary: switch over instead`;
	return node.observed.role === "standby" ? null : notSeenAs(node, "a standby");
}

function upstreamNote({ observed }: NodeView, { nodes }: ClusterSnapshot): string {
	const upstream = nodes.find(({ nodeId }) => nodeId === observed.upstreamNodeId);
	return `${observed.status}${upstream === undefined ? "" : ` from ${upstream.nodeName}`}`;
}

function notSeenAs({ observed }: NodeView, what: string): string {
	return `it is not seen as ${what} (${observed.status})`;
}
