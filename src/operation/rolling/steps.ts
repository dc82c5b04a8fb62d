import type { RollingIntent, SwitchoverIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { siblingsOf } from "../checks/cluster.ts";
import { pauseSteps, setPaused } from "../pause/steps.ts";
import type { Facts } from "../plan/facts.ts";
import type { Expectation, Step } from "../plan/plan.ts";
import { byConsole, checkpointStep, step } from "../plan/step.ts";
import { serviceStep } from "../service/steps.ts";
import type { Roles } from "../switchover/checks.ts";
import { changePrimary, tryFirst } from "../switchover/switchover.ts";

/** The primary and the standby that takes over from it; the primary twice if no standby can. */
export interface Takeover {
	readonly primary: NodeView;
	readonly candidate: NodeView;
}

/** A server may need long to replay what it has received before it answers. */
const START_SECONDS = 300;
const WELL_SECONDS = 120;

export function switchoverOf({ nodeId, acceptLostSlots }: RollingIntent): SwitchoverIntent {
	return { kind: "switchover", nodeId, siblingsFollow: true, forceRewind: false, acceptLostSlots };
}

export function rolesOf(facts: Facts, { primary, candidate }: Takeover): Roles {
	return { primary, candidate, siblings: siblingsOf(facts, candidate, primary) };
}

/** The nodes in the order of their restarts: witnesses, standbys, the one that takes over last of them. */
export function inOrder(nodes: readonly NodeView[], { candidate, primary }: Takeover): readonly NodeView[] {
	const place = (node: NodeView): number =>
		node === primary ? 3 : node === candidate ? 2 : node.registered.type === "witness" ? 0 : 1;
	return nodes.toSorted((one, other) => place(one) - place(other) || one.nodeId - other.nodeId);
}

/** One node restarts, and the cluster has to be well before the next one does. */
export function restartSteps(facts: Facts, node: NodeView): readonly Step[] {
	return [
		{
			...serviceStep(facts, node, "restart"),
			key: `restart-${node.nodeId}`,
			settleSeconds: START_SECONDS,
			wayBack: `See its log for why it does not start. The other nodes are as they were.`,
		},
		wellStep(facts, node),
	];
}

/** Nobody has left its place, and the node's repmgrd runs again. */
function wellStep(facts: Facts, node: NodeView): Step {
	return step({
		key: `well-${node.nodeId}`,
		title: `see every node in its place after ${quoted(node)}`,
		...byConsole(node),
		expects: [...places(facts), ...repmgrdAgain(node)],
		settleSeconds: WELL_SECONDS,
		verification: "the primary is the only one, every standby streams from its upstream, repmgrd runs",
		wayBack: 'See "status". No further node is touched.',
	});
}

/** The primary is the only one, and every standby streams from its upstream. */
export function places({ snapshot }: Facts): readonly Expectation[] {
	const { primaryNodeId } = snapshot.cluster;
	return snapshot.nodes
		.filter(({ registered }) => registered.active && registered.type !== "witness")
		.map(({ nodeId, observed: { upstreamNodeId } }): Expectation => {
			return nodeId === primaryNodeId || upstreamNodeId === null
				? { kind: "primary", nodeId }
				: { kind: "streaming", nodeId, fromNodeId: upstreamNodeId };
		});
}

/** Its repmgrd runs, if it runs now. */
export function repmgrdAgain({ nodeId, repmgrd }: NodeView): readonly Expectation[] {
	return repmgrd.running === true ? [{ kind: "repmgrd", nodeId, isRunning: true }] : [];
}

/** The key of the step in which the console checks again what it checked before the first restart. */
export const READY = "ready";

export function tryTakeover(intent: RollingIntent, facts: Facts, takeover: Takeover): Step {
	return tryFirst(switchoverOf(intent), facts, rolesOf(facts, takeover));
}

/** The primary restarts by a switchover: it stops, and starts again as a standby. Pauses are restored by the plan. */
export function takeoverSteps(intent: RollingIntent, facts: Facts, takeover: Takeover): readonly Step[] {
	const { primary, candidate } = takeover;
	return [
		step({
			key: READY,
			title: `check again that ${quoted(candidate)} can take over`,
			...byConsole(candidate),
			verification: "no check of the switchover fails",
			wayBack: `${quoted(primary)} is the primary as before.`,
		}),
		checkpointStep(facts, primary, "so that its stop is quick"),
		...changePrimary(switchoverOf(intent), facts, rolesOf(facts, takeover)),
		...repmgrdAgain(primary).map((expected) =>
			step({
				key: `well-${primary.nodeId}`,
				title: `see repmgrd run on ${quoted(primary)} again`,
				...byConsole(primary),
				expects: [expected],
				settleSeconds: WELL_SECONDS,
				verification: "its server says so",
				wayBack: 'See "status".',
			}),
		),
	];
}

/** The primary restarts where it is, which repmgrd must not mistake for its end. Failover is on again before the next node. */
export function inPlaceSteps(facts: Facts, primary: NodeView): readonly Step[] {
	const paused = facts.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused === false);
	return [
		checkpointStep(facts, primary, "so that its stop is quick"),
		...pauseSteps(facts, paused),
		...restartSteps(facts, primary),
		...paused.map((node) => {
			const one = setPaused(facts, node, false);
			return { ...one, key: `${one.key}-then` };
		}),
	];
}
