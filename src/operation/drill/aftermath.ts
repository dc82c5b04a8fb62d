import { conninfoTo } from "../../libpq/registered.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { restorePausesTo, setPaused } from "../pause/steps.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { Expectation, Plan, Step } from "../plan/plan.ts";
import { byConsole, step, watchStep } from "../plan/step.ts";
import { rejoinSteps } from "../rejoin/steps.ts";
import type { Rejoin } from "../rejoin/wal-comparison.ts";
import type { DrillRoles } from "./checks.ts";
import { dropProbe } from "./probe.ts";

/** What must be known of a drill to bring the cluster back. */
export interface DrillEnd {
	readonly pausedBefore: Plan["pausedBefore"];
	/** Makes the steps' keys others than those of an earlier attempt, whose runs are over. */
	readonly suffix: string;
}

/** The way back as it is foreseen: somebody was promoted, the old primary has to follow it. */
export function afterElection(
	facts: Facts,
	{ primary, winner, how, ...end }: Omit<DrillRoles, "others"> & DrillEnd,
): readonly Step[] {
	if (winner === null) return restorePausesTo(end.pausedBefore, facts, end.suffix);
	return [
		...comeBack(facts, primary, winner, how === "kill", end.suffix),
		...cleanUp(facts, primary, winner, end),
	];
}

/**
 * The way back by what is seen once the election is over, or when an interrupted drill is taken up.
 *
 * @param mayPause repmgrd was not paused for a second look yet.
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
	const restored = restorePausesTo(end.pausedBefore, facts, end.suffix);
	if (old === null || primaries.length > 1) return restored;
	if (primary === old) return cleanUp(facts, old, old, end);
	if (primary !== undefined) {
		const look = hostOf(facts, old.nodeId).value?.look;
		const isBack = old.observed.reachable && old.observed.upstreamNodeId === primary.nodeId;
		const isStopped = look?.postmaster === false;
		const isCrashed = !(look?.controlData?.state ?? "shut down").startsWith("shut down");
		const steps = isBack || !isStopped ? [] : comeBack(facts, old, primary, isCrashed, end.suffix);
		return [...steps, ...cleanUp(facts, old, primary, end)];
	}
	return withoutPrimary(facts, old, end, mayPause);
}

/** The old primary becomes a standby of the new one; what of it was not received is known by now to be given up. */
function comeBack(
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
		conninfo: conninfoTo(primary.registered.conninfo),
	};
	// There is no other way than this one: repmgr's trial would only take time.
	return rejoinSteps(facts, rejoin)
		.filter(({ key }) => key !== "dry-run")
		.map((step) => ({ ...step, key: `${step.key}${suffix}` }));
}

/** What is left once there is a primary, whoever it is. */
function cleanUp(facts: Facts, old: NodeView, primary: NodeView, end: DrillEnd): readonly Step[] {
	const { suffix } = end;
	const common = { settleSeconds: 0, runs: "always", rejoinLogOn: null } as const;
	return [
		{
			...common,
			key: `measure${suffix}`,
			title: `end the writes, and count on ${quoted(primary)} which of them are missing`,
			...byConsole(primary),
			expects: [],
			verification: "it could be counted",
			wayBack: "Nothing to go back from.",
		},
		dropProbe(facts, primary, suffix),
		...restorePausesTo(end.pausedBefore, facts, suffix),
		{
			...common,
			key: `health${suffix}`,
			title: "see every server in its place again",
			...byConsole(primary),
			expects: inPlace(facts, old, primary),
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

function inPlace({ snapshot, survey }: Facts, old: NodeView, primary: NodeView): readonly Expectation[] {
	const others = snapshot.nodes.filter(
		({ nodeId, registered }) =>
			nodeId !== primary.nodeId && registered.active && registered.type !== "witness",
	);
	return [
		{ kind: "primary", nodeId: primary.nodeId },
		...others.map(({ nodeId, registered: { upstreamNodeId } }): Expectation => {
			// One that cascades stays where it is, unless it was under a node whose part has changed.
			const isElsewhere =
				upstreamNodeId !== null && ![old.nodeId, primary.nodeId, nodeId].includes(upstreamNodeId);
			return { kind: "streaming", nodeId, fromNodeId: isElsewhere ? upstreamNodeId : primary.nodeId };
		}),
		// A drill is made only where none is missing: what the host shows of it is enough.
		...snapshot.nodes
			.filter(({ nodeId }) => survey.nodes.get(nodeId)?.host.value?.look.repmgrd)
			.map(({ nodeId }): Expectation => ({ kind: "repmgrd", nodeId, isRunning: true })),
	];
}

/**
 * Nobody was promoted, and nobody accepts writes. The old primary may start again if nobody else can become one meanwhile:
 * repmgrd is paused first, and then it is looked again.
 */
function withoutPrimary(facts: Facts, old: NodeView, end: DrillEnd, mayPause: boolean): readonly Step[] {
	const restored = restorePausesTo(end.pausedBefore, facts, end.suffix);
	const unpaused = facts.snapshot.nodes.filter(
		({ repmgrd, observed }) => observed.reachable && repmgrd.paused === false,
	);
	const again = [startAgain(facts, old, end.suffix), ...cleanUp(facts, old, old, end)];
	if (unpaused.length > 0) {
		if (!mayPause) return restored;
		const pauses = unpaused.map((node) => {
			const step = setPaused(facts, node, true, "in order");
			return { ...step, key: `${step.key}${end.suffix}` };
		});
		return [...pauses, secondLook(old, end.suffix), ...again];
	}
	return nobodyElseCanBe(facts, old) ? again : restored;
}

/** All others answer as standbys, and no postmaster runs on the old one's host. */
function nobodyElseCanBe(facts: Facts, old: NodeView): boolean {
	const members = facts.snapshot.nodes.filter((node) => node !== old && node.registered.type !== "witness");
	const areStandbys = members.every(({ observed }) => observed.reachable && observed.role === "standby");
	return areStandbys && hostOf(facts, old.nodeId).value?.look.postmaster === false;
}

function secondLook(old: NodeView, suffix: string): Step {
	return step({
		key: `second-look${suffix}`,
		title: "see that nobody was promoted while repmgrd was paused",
		...byConsole(old),
		verification: "all others answer as standbys",
		looksAgain: true,
	});
}

function startAgain(facts: Facts, old: NodeView, suffix: string): Step {
	return step({
		key: `start-again${suffix}`,
		title: `start ${quoted(old)} again, as the primary that it was`,
		command: repmgr(facts, old, ["node", "service", "--action=start"]),
		expects: [{ kind: "primary", nodeId: old.nodeId }],
		settleSeconds: 120,
		verification: `${quoted(old)} is the only primary`,
		wayBack: "See its log for why it does not start; promote a standby if it can't.",
	});
}
