import { clockOf } from "../../assess/clocks.ts";
import type { Finding } from "../../model/finding.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatSeconds } from "../../text/format.ts";
import { quoted } from "../words.ts";
import { consoleEvidence, evidenceOf, finding, type Rule, type World } from "../world.ts";

/** A host's clock minus this console's, known to within `tolerance`; both in seconds. */
interface Clock {
	readonly node: NodeView;
	readonly offset: number;
	readonly tolerance: number;
	readonly by: "sql" | "ssh";
}

/**
 * CLOCK_SKEW: the hosts' clocks differ. repmgr.events and the logs are then out of order, and a time lag measured by two
 * clocks and a recovery to a point in time are wrong. Each node is compared with the median; with fewer than three clocks
 * it is unknown which one is wrong. If the nodes agree with each other and not with this console, its own clock is wrong.
 */
export const clockSkew: Rule = (world) => {
	const limit = world.thresholds.clockSkewSeconds;
	const clocks = world.snapshot.nodes.flatMap(clockOfNode);
	const middle = medianOf(clocks.map(({ offset }) => offset));
	const widest = Math.max(0, ...clocks.map(({ tolerance }) => tolerance));
	// Of one clock and the console's it is unknown which one is wrong.
	if (middle === null || clocks.length < 2) return [];
	const [first, second] = clocks;
	if (clocks.length === 2 && first && second) {
		const apart = Math.abs(first.offset - second.offset);
		if (apart > limit + first.tolerance + second.tolerance) return [pair(first, second, apart)];
	}
	const wrong = clocks.filter(
		({ offset, tolerance }) => Math.abs(offset - middle) > limit + tolerance + widest,
	);
	if (wrong.length > 0) return wrong.map((clock) => one(clock, middle, clocks));
	return Math.abs(middle) > limit + widest ? [ours(world, middle, clocks)] : [];
};

function clockOfNode(node: NodeView): readonly Clock[] {
	const clock = clockOf(node);
	if (clock === null) return [];
	return [{ node, offset: clock.offsetMs / 1000, tolerance: clock.toleranceMs / 1000, by: clock.by }];
}

function medianOf(numbers: readonly number[]): number | null {
	const sorted = numbers.toSorted((a, b) => a - b);
	const half = sorted.length / 2;
	const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
	return low === undefined || high === undefined ? null : (low + high) / 2;
}

const CONSEQUENCES =
	"Events and logs of different nodes are out of order by that much; time lags and recovery to a point in time are wrong, too.";
const HINT = "Check on these hosts whether time is synchronised (timedatectl, chronyc tracking).";

function told({ node, offset, by }: Clock) {
	return evidenceOf(node, `its clock is ${signed(offset)} against this console's`, by);
}

function signed(seconds: number): string {
	return `${seconds < 0 ? "-" : "+"}${Math.abs(seconds).toFixed(1)} s`;
}

function one(clock: Clock, middle: number, clocks: readonly Clock[]): Finding {
	const apart = clock.offset - middle;
	return finding({
		code: "CLOCK_SKEW",
		severity: "notice",
		node: clock.node,
		message: `the clock of ${quoted(clock.node)} is ${formatSeconds(Math.abs(apart))} ${apart < 0 ? "behind" : "ahead of"} the other nodes' clocks`,
		detail: CONSEQUENCES,
		hint: HINT,
		evidence: [told(clock), ...clocks.filter((other) => other !== clock).map(told)],
		doNot: "Do not set the clock back in one step on a running server: let chrony or ntpd slew it.",
	});
}

function pair(first: Clock, second: Clock, apart: number): Finding {
	return finding({
		code: "CLOCK_SKEW",
		severity: "notice",
		message: `the clocks of ${quoted(first.node)} and ${quoted(second.node)} are ${formatSeconds(apart)} apart`,
		detail: CONSEQUENCES,
		hint: HINT,
		evidence: [told(first), told(second)],
		doNot: "Do not set a clock back in one step on a running server: let chrony or ntpd slew it.",
	});
}

function ours(world: World, middle: number, clocks: readonly Clock[]): Finding {
	return finding({
		code: "CLOCK_SKEW",
		severity: "notice",
		message: `this console's clock is ${formatSeconds(Math.abs(middle))} ${middle > 0 ? "behind" : "ahead of"} the cluster's`,
		detail:
			"The nodes agree with each other. Times recorded by this console don't match those in repmgr.events.",
		hint: "Check whether time is synchronised on the machine that this console runs on.",
		evidence: [
			consoleEvidence(world, "its own clock was compared with every node that answers"),
			...clocks.map(told),
		],
	});
}
