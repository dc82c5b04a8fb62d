import { conninfoTo } from "../../libpq/registered.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { pauseSteps, restorePauses } from "../pause/steps.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { Expectation, Plan, Step } from "../plan/plan.ts";
import { byConsole, step, watchStep } from "../plan/step.ts";
import { ownWalOf } from "../rejoin/own-commits.ts";
import { rejoinSteps } from "../rejoin/steps.ts";
import type { Rejoin } from "../rejoin/wal-comparison.ts";
import { serviceCommand } from "../service/command.ts";
import type { DrillRoles } from "./checks.ts";
import { dropProbe } from "./probe.ts";

/** What the steps after the election need to know about the drill. */
export interface DrillEnd {
	readonly pausedBefore: Plan["pausedBefore"];
	/** Makes the keys of the steps differ from those of an earlier attempt, whose run directories exist. */
	readonly suffix: string;
}

/** The steps as forecast: a standby was promoted, and the old primary rejoins it. */
export function afterElection(
	facts: Facts,
	{ primary, winner, how, ...end }: Omit<DrillRoles, "others"> & DrillEnd,
): readonly Step[] {
	if (winner === null) return restorePauses(facts, end.pausedBefore, end.suffix);
	return [
		...rejoinOldPrimary(facts, primary, winner, how === "kill", end.suffix),
		...cleanUp(facts, primary, winner, end),
	];
}

/**
 * The steps by what is seen once the election is over, or when an interrupted drill is resumed.
 *
 * @param mayPause false once repmgrd was paused to read the cluster again.
 */
export function afterOutage(
	facts: Facts,
	drilledNodeId: number,
	end: DrillEnd,
	mayPause: boolean,
): readonly Step[] {
	const { nodes } = facts.snapshot;
	const old = nodeOf(facts, drilledNodeId);
	const primaries = nodes.filter(({ observed }) => observed.reachable && observed.role === "primary");
	const [primary] = primaries;
	const restored = restorePauses(facts, end.pausedBefore, end.suffix);
	if (old === null || primaries.length > 1) return restored;
	if (primary === old) return cleanUp(facts, old, old, end);
	if (primary !== undefined) {
		const look = hostOf(facts, old.nodeId).value?.look;
		const isBack = old.observed.reachable && old.observed.upstreamNodeId === primary.nodeId;
		const isStopped = look?.postmaster === false;
		const isCrashed = !(look?.controlData?.state ?? "shut down").startsWith("shut down");
		const steps = isBack || !isStopped ? [] : rejoinOldPrimary(facts, old, primary, isCrashed, end.suffix);
		return [...steps, ...cleanUp(facts, old, primary, end)];
	}
	return withoutPrimary(facts, old, end, mayPause);
}

/** The old primary becomes a standby of the new one; the operator has accepted the loss of what only it has. */
function rejoinOldPrimary(
	facts: Facts,
	old: NodeView,
	primary: NodeView,
	isCrashed: boolean,
	suffix: string,
): readonly Step[] {
	const rejoin: Rejoin = {
		node: old,
		primary,
		wal: { kind: "unknown", lossBytes: null, found: "", ownFrom: null },
		isRunning: false,
		isRecovered: isCrashed,
		isRewound: true,
		isDumped: false,
		own: ownWalOf(facts),
		conninfo: conninfoTo(primary.registered.conninfo),
	};
	// No dry run: there is no alternative, and it would take time.
	return rejoinSteps(facts, rejoin)
		.filter(({ key }) => key !== "dry-run")
		.map((step) => ({ ...step, key: `${step.key}${suffix}` }));
}

/** The steps that are left once there is a primary, old or new. */
function cleanUp(facts: Facts, old: NodeView, primary: NodeView, end: DrillEnd): readonly Step[] {
	const { suffix } = end;
	const common = { settleSeconds: 0, runs: "always", rejoinLogOn: null } as const;
	return [
		{
			...common,
			key: `measure${suffix}`,
			title: `end the writes, and count the missing ones on ${quoted(primary)}`,
			...byConsole(primary),
			expects: [],
			verification: "the count succeeds",
			wayBack: "Nothing to go back from.",
		},
		dropProbe(facts, primary, suffix),
		...restorePauses(facts, end.pausedBefore, suffix),
		{
			...common,
			key: `health${suffix}`,
			title: "see every server in its role again",
			...byConsole(primary),
			expects: rolesExpected(facts, old, primary),
			settleSeconds: 60,
			verification: `${quoted(primary)} is the only primary, all others follow it, repmgrd runs`,
			wayBack: 'See "status".',
			together: true,
		},
		...facts.snapshot.nodes
			.filter(({ registered }) => registered.active && registered.type === "witness")
			.map((node): Step => {
				const title = `see witness ${quoted(node)} registered under ${quoted(primary)}`;
				const { nodeId } = node;
				const step = watchStep(`witness-${nodeId}${suffix}`, title, node, {
					kind: "watching",
					nodeId,
					upstreamNodeId: primary.nodeId,
				});
				return { ...step, runs: "always", wayBack: `witness-register ${shellWords([node.nodeName])}` };
			}),
	];
}

function rolesExpected(
	{ snapshot, survey }: Facts,
	old: NodeView,
	primary: NodeView,
): readonly Expectation[] {
	const others = snapshot.nodes.filter(
		({ nodeId, registered }) =>
			nodeId !== primary.nodeId && registered.active && registered.type !== "witness",
	);
	return [
		{ kind: "primary", nodeId: primary.nodeId },
		...others.map(({ nodeId, registered: { upstreamNodeId } }): Expectation => {
			// A cascaded standby keeps its upstream, unless that is one of the two that changed roles.
			const isElsewhere =
				upstreamNodeId !== null && ![old.nodeId, primary.nodeId, nodeId].includes(upstreamNodeId);
			return { kind: "streaming", nodeId, fromNodeId: isElsewhere ? upstreamNodeId : primary.nodeId };
		}),
		// A drill requires that repmgrd runs on every node: those seen on their host are enough.
		...snapshot.nodes
			.filter(({ nodeId }) => survey.nodes.get(nodeId)?.host.value?.look.repmgrd)
			.map(({ nodeId }): Expectation => ({ kind: "repmgrd", nodeId, isRunning: true })),
	];
}

/**
 * No standby was promoted. The old primary starts again once no other node can become the primary: repmgrd is paused first, and
 * the cluster read again.
 */
function withoutPrimary(facts: Facts, old: NodeView, end: DrillEnd, mayPause: boolean): readonly Step[] {
	const restored = restorePauses(facts, end.pausedBefore, end.suffix);
	const reachable = facts.snapshot.nodes.filter(({ observed }) => observed.reachable);
	// A key of their own: the cleanup may pause the same node at the end.
	const pauses = pauseSteps(facts, reachable).map((one) => ({
		...one,
		key: `${one.key}-first${end.suffix}`,
	}));
	const again = [startAgain(facts, old, end.suffix), ...cleanUp(facts, old, old, end)];
	if (pauses.length > 0) return mayPause ? [...pauses, lookAgain(old, end.suffix), ...again] : restored;
	return noOtherCanBePrimary(facts, old) ? again : restored;
}

/** All others answer as standbys, and no postmaster runs on the old primary's host. */
function noOtherCanBePrimary(facts: Facts, old: NodeView): boolean {
	const members = facts.snapshot.nodes.filter((node) => node !== old && node.registered.type !== "witness");
	const areStandbys = members.every(({ observed }) => observed.reachable && observed.role === "standby");
	return areStandbys && hostOf(facts, old.nodeId).value?.look.postmaster === false;
}

function lookAgain(old: NodeView, suffix: string): Step {
	return step({
		key: `second-look${suffix}`,
		title: "see that no standby was promoted while repmgrd was being paused",
		...byConsole(old),
		verification: "all others answer as standbys",
		looksAgain: true,
	});
}

function startAgain(facts: Facts, old: NodeView, suffix: string): Step {
	return step({
		key: `start-again${suffix}`,
		title: `start ${quoted(old)} again as the primary`,
		command: serviceCommand(facts, old, "start"),
		expects: [{ kind: "primary", nodeId: old.nodeId }],
		settleSeconds: 120,
		verification: `${quoted(old)} is the only primary`,
		wayBack: "See its log for why it does not start; if it can't, promote a standby.",
	});
}
