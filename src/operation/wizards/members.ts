import { NO_PRIMARY, nodeIdOf, nodeQuestion, type Wizard } from "./wizard.ts";

/** What repmgr has written down, and a try of what it would do. */
export const MEMBER_WIZARDS: readonly Wizard[] = [
	{
		kind: "register",
		title: "register",
		about:
			"The row of a node in repmgr.nodes is written again, from what it is seen to be and from its repmgr.conf.",
		questions: ({ nodes, cluster }) => [
			nodeQuestion("node", "The node", nodes, ({ observed, registered }) => ({
				note: `registered as ${registered.type}, ${observed.role === null ? observed.status : `runs as ${observed.role}`}`,
				unfit: observed.reachable
					? cluster.primaryNodeId === null
						? NO_PRIMARY
						: null
					: `it is ${observed.status}`,
			})),
		],
		intent: (answers) => ({ kind: "register", nodeId: nodeIdOf(answers) }),
	},
	{
		kind: "witness-register",
		title: "register witness",
		about: "The witness is registered with the present primary, and copies repmgr.nodes from there.",
		questions: ({ nodes, cluster }) => [
			nodeQuestion(
				"node",
				"The witness",
				nodes.filter(({ registered }) => registered.type === "witness"),
				({ observed }) => ({
					note: observed.status,
					unfit: observed.reachable
						? cluster.primaryNodeId === null
							? NO_PRIMARY
							: null
						: `it is ${observed.status}`,
				}),
			),
		],
		intent: (answers) => ({ kind: "witness-register", nodeId: nodeIdOf(answers) }),
	},
	{
		kind: "unregister",
		title: "unregister",
		about: "The row of a node that is gone for good is taken out of repmgr.nodes.",
		questions: ({ nodes, cluster }) => [
			nodeQuestion("node", "The node", nodes, ({ nodeId, observed, registered }) => ({
				note: `registered as ${registered.type}, ${observed.status}`,
				unfit:
					nodeId === cluster.primaryNodeId
						? "it is the primary"
						: cluster.primaryNodeId === null
							? NO_PRIMARY
							: null,
			})),
		],
		intent: (answers) => ({ kind: "unregister", nodeId: nodeIdOf(answers) }),
	},
	{
		kind: "cleanup",
		title: "clean up history",
		about: "Old rows of repmgr's monitoring history (repmgr.monitoring_history) are deleted.",
		questions: () => [
			{
				key: "keepDays",
				kind: "choice",
				title: "What is kept",
				choices: [
					{ value: "30", label: "30 days", note: "", unfit: null },
					{ value: "7", label: "7 days", note: "", unfit: null },
					{ value: "1", label: "1 day", note: "", unfit: null },
					{ value: "0", label: "nothing", note: "", unfit: null },
				],
			},
		],
		intent: ({ keepDays }) => ({ kind: "cleanup", keepDays: Number(keepDays) }),
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
];
