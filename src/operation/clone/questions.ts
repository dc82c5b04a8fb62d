import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { nodeQuestion, type Question, standbysOf } from "../questions.ts";

/** repmgr.conf of a new host, unless another path is given. */
export const DEFAULT_CONFIG_FILE = "/etc/repmgr.conf";

/** The questions of the form. */
export const cloneQuestions = (snapshot: ClusterSnapshot): readonly Question[] => [
	nodeOrNewHost(snapshot),
	{
		key: "newHost",
		kind: "text",
		title: "The new host, by its name or address for SSH",
		empty: "none",
	},
	{
		key: "configFile",
		kind: "text",
		title: "repmgr.conf there, which says which node it will be",
		empty: DEFAULT_CONFIG_FILE,
	},
	nodeQuestion(
		"upstream",
		"Its upstream, which is copied",
		upstreamsFirst(snapshot),
		({ observed: { role, status } }) => ({
			note: role === "primary" ? "the primary" : status,
			unfit: role === "primary" || status === "streaming" ? null : `it is ${status}`,
		}),
	),
	{
		key: "method",
		kind: "choice",
		title: "What is copied",
		choices: [
			{ value: "basebackup", label: "the upstream", note: "by pg_basebackup, now", unfit: null },
			{
				value: "barman",
				label: "the newest backup of Barman",
				note: "and its WAL since then",
				unfit: null,
			},
		],
	},
	{
		key: "barman",
		kind: "text",
		title: "Barman, for a copy from there, as HOST:SERVER",
		empty: "as repmgr.conf names it",
	},
	{
		key: "maxRate",
		kind: "text",
		title: "The most that is copied in a second: kB, or MB with the suffix M",
		empty: "no limit",
	},
	{
		key: "spreadCheckpoint",
		kind: "switch",
		title: "the copy waits for a spread checkpoint",
		option: "--spread-checkpoint",
		isOn: false,
	},
	{
		key: "discardOld",
		kind: "switch",
		title: "the old data directory is deleted, not kept",
		option: "--discard-old",
		isOn: false,
	},
];

/** The answer to "node" in place of a node's id. */
export const NEW_HOST = "new";

function nodeOrNewHost({ nodes, cluster }: ClusterSnapshot): Question {
	const question = nodeQuestion(
		"node",
		"The node",
		nodes.filter(
			({ nodeId, registered }) => nodeId !== cluster.primaryNodeId && registered.type !== "witness",
		),
		(node) => ({
			note: `registered as ${node.registered.type}, ${node.observed.role === "primary" ? "runs as a primary" : node.observed.status}`,
			unfit: node.observed.role === "primary" ? "it runs as a primary: stop it first" : null,
		}),
	);
	const fit = question.choices.filter(({ unfit }) => unfit === null);
	const newHost = {
		value: NEW_HOST,
		label: "a new host",
		note: "named below, with its repmgr.conf written",
		unfit: null,
	};
	return { ...question, choices: [...fit, newHost, ...question.choices.slice(fit.length)] };
}

/** The primary first, then the standbys. */
function upstreamsFirst(snapshot: ClusterSnapshot): readonly NodeView[] {
	const { primaryNodeId } = snapshot.cluster;
	return [
		...snapshot.nodes.filter(({ nodeId }) => nodeId === primaryNodeId),
		...standbysOf(snapshot).filter(({ nodeId }) => nodeId !== primaryNodeId),
	];
}
