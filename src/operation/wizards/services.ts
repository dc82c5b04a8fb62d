import { current } from "../../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { asFound, nodeIdOf, nodeQuestion, type Wizard } from "./wizard.ts";

/** What runs on a host, and whether repmgrd may act. */
export const SERVICE_WIZARDS: readonly Wizard[] = [
	...(["pause", "unpause"] as const).map((kind): Wizard => {
		return {
			kind,
			title: `${kind} failover`,
			about:
				kind === "pause"
					? "repmgrd fails nothing over until it is unpaused, on every node: for maintenance."
					: "repmgrd may fail over again, on every node. A primary that is dead already is not failed over by it.",
			unfit: (snapshot) => unfitToSetPaused(snapshot, kind === "pause"),
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
				unfit: unfitToStart(observed),
			})),
		],
		intent: (answers) => ({ kind: "start", nodeId: nodeIdOf(answers) }),
	},
	{
		kind: "stop",
		title: "stop PostgreSQL",
		about: "Stops the server of a node, the wrong primary of a split brain above all.",
		questions: ({ nodes, findings }) => [
			nodeQuestion("node", "The node", asFound("stop", nodes, findings), ({ observed, registered }) => ({
				note: `registered as ${registered.type}, ${observed.role === "primary" ? "runs as a primary" : observed.status}`,
				unfit: observed.status === "stopped" ? "it is stopped" : null,
			})),
		],
		intent: (answers) => ({ kind: "stop", nodeId: nodeIdOf(answers) }),
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
	...(["repmgrd-start", "repmgrd-stop"] as const).map((kind): Wizard => {
		const isStart = kind === "repmgrd-start";
		return {
			kind,
			title: isStart ? "start repmgrd" : "stop repmgrd",
			about: isStart
				? "Starts the daemon of a node, so that it takes part in failovers."
				: "Stops the daemon of a node: it takes no part in failovers then.",
			questions: ({ nodes }) => [
				nodeQuestion("node", "The node", nodes, ({ registered, repmgrd, observed, state }) => ({
					note: `${registered.type}, repmgrd ${repmgrd.running === null ? "unknown" : repmgrd.running ? "runs" : "does not run"}`,
					unfit:
						repmgrd.running === isStart
							? isStart
								? "it runs"
								: "it does not run"
							: !observed.reachable && current(state.host) === null
								? `it is ${observed.status}, and its host does not answer either`
								: null,
				})),
			],
			intent: (answers) => ({ kind, nodeId: nodeIdOf(answers) }),
		};
	}),
];

/** Where no node tells, a plan would change nothing. */
function unfitToSetPaused({ nodes }: ClusterSnapshot, isPaused: boolean): string | null {
	const active = nodes.filter(({ registered }) => registered.active);
	const told = active.filter(({ repmgrd }) => repmgrd.paused !== null);
	if (told.length === 0) return "no node tells whether repmgrd is paused";
	const isDone = told.length === active.length && told.every(({ repmgrd }) => repmgrd.paused === isPaused);
	return isDone ? `repmgrd is paused ${isPaused ? "everywhere" : "nowhere"} already` : null;
}

/** Only a server that is seen not to run can be started; one that can't be reached may run. */
function unfitToStart({ reachable, status }: NodeView["observed"]): string | null {
	if (reachable) return "it runs";
	return status === "stopped" || status === "refusing" ? null : `it is ${status}, and may run`;
}
