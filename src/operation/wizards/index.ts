import type { ClusterSnapshot, NodeView } from "../../cluster/snapshot.ts";
import { byteCount, quoted } from "../../cluster/words.ts";
import { type Answers, nodeQuestion, type Question, type Wizard } from "./wizard.ts";

const standbysOf = ({ nodes }: ClusterSnapshot): readonly NodeView[] =>
	nodes.filter(({ registered }) => registered.type === "standby");

const nodeIdOf = (answers: Answers, key = "node"): number => Number(answers[key]);

const SIBLINGS_FOLLOW: Question = {
	key: "siblingsFollow",
	kind: "switch",
	title: "the other nodes follow the new primary",
	option: "--no-siblings-follow leaves them",
	isOn: true,
};

/** Everything that can be asked for, in the order of the menu. Fitness is what is seen at once; the plan looks closer. */
export const WIZARDS: readonly Wizard[] = [
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
				title: "the old primary may be rewound should it have gone past the new one",
				option: "--force-rewind",
				isOn: false,
			},
			{
				key: "acceptLostSlots",
				kind: "switch",
				title: "logical slots may stay behind, and their subscribers with them",
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
			nodeQuestion("node", "The new primary", byFitness(standbysOf(snapshot)), (node) => ({
				note: position(node),
				unfit: unfitToBePromoted(node, snapshot),
			})),
			SIBLINGS_FOLLOW,
			{
				key: "acceptLesser",
				kind: "switch",
				title: "although another standby has more WAL, which is lost then",
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
	...(["pause", "unpause"] as const).map((kind): Wizard => {
		return {
			kind,
			title: `${kind} failover`,
			about:
				kind === "pause"
					? "repmgrd fails nothing over until it is unpaused, on every node: for maintenance."
					: "repmgrd may fail over again, on every node. A primary that is dead already is not failed over by it.",
			questions: () => [{ key: "reason", kind: "text", title: "Why", empty: "is noted in the journal" }],
			intent: ({ reason }) => ({ kind, reason: String(reason ?? "") }),
		};
	}),
	{
		kind: "start",
		title: "start PostgreSQL",
		about: "Starts the server of a node that is stopped.",
		questions: ({ nodes }) => [
			nodeQuestion("node", "The node", nodes, ({ observed, registered }) => ({
				note: `${registered.type}, ${observed.status}`,
				unfit: observed.reachable ? "it runs" : null,
			})),
		],
		intent: (answers) => ({ kind: "start", nodeId: nodeIdOf(answers) }),
	},
	{
		kind: "restart",
		title: "restart PostgreSQL",
		about: "Restarts the server of a node; its connections drop.",
		questions: ({ nodes }) => [
			nodeQuestion("node", "The node", nodes, ({ observed, registered }) => ({
				note: `${registered.type}, ${observed.status}`,
				unfit: observed.reachable ? null : `it is ${observed.status}`,
			})),
		],
		intent: (answers) => ({ kind: "restart", nodeId: nodeIdOf(answers) }),
	},
	{
		kind: "drill",
		title: "failover drill",
		about:
			"The primary is taken away on purpose; what repmgrd makes of it is measured, held against the forecast, and put right again.",
		questions: ({ nodes, cluster }) => [
			nodeQuestion(
				"node",
				"The primary",
				nodes.filter(({ nodeId }) => nodeId === cluster.primaryNodeId),
				({ observed }) => ({ note: observed.status, unfit: null }),
			),
			{
				key: "how",
				kind: "choice",
				title: "How it is taken away",
				choices: [
					{ value: "stop", label: "stop", note: "PostgreSQL stops in good order", unfit: null },
					{
						value: "kill",
						label: "kill",
						note: "the postmaster is killed, as the OOM killer does it; commits may be lost",
						unfit: null,
					},
				],
			},
		],
		intent: (answers) => ({
			kind: "drill",
			nodeId: nodeIdOf(answers),
			how: answers.how === "kill" ? "kill" : "stop",
		}),
	},
	...(["repmgrd-start", "repmgrd-stop"] as const).map((kind): Wizard => {
		const isStart = kind === "repmgrd-start";
		return {
			kind,
			title: isStart ? "start repmgrd" : "stop repmgrd",
			about: isStart
				? "Starts the daemon of a node, so that it takes part in failovers."
				: "Stops the daemon of a node: it takes no part in failovers then.",
			questions: ({ nodes }) => [
				nodeQuestion("node", "The node", nodes, ({ registered, repmgrd }) => ({
					note: `${registered.type}, repmgrd ${repmgrd.running === null ? "unknown" : repmgrd.running ? "runs" : "does not run"}`,
					unfit: repmgrd.running === isStart ? (isStart ? "it runs" : "it does not run") : null,
				})),
			],
			intent: (answers) => ({ kind, nodeId: nodeIdOf(answers) }),
		};
	}),
];

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
	if (cluster.primaryNodeId === null) return "no primary is seen that it could take over from";
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
