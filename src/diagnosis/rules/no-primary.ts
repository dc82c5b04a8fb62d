import { lastLsn, timelineWords } from "../../assess/positions.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { failoverOf, isPlannedStop } from "../failover.ts";
import { between, lossOf, writesWithout } from "../lost-primary.ts";
import { nodeById } from "../members.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence, type World } from "../world.ts";

/**
 * NO_PRIMARY: no node accepts writes, and no narrower code says why: all nodes that answer are in recovery (a primary
 * that came back with a standby.signal, a demotion without a promotion), or the primary itself reports that it is
 * starting or stopping. `unknown` with nodes that can't be read: one of them may be the primary.
 */
export const noPrimary: Rule = (world) => {
	const loss = lossOf(world);
	if (loss?.kind === "demoted") return [allInRecovery(world, loss.node?.nodeId ?? null)];
	if (loss?.kind !== "between" || isPlannedStop(world, loss) || failoverOf(world, loss).isUnderWay) return [];
	const { node } = loss;
	const { severity, text } = writesWithout(world, node);
	return [
		finding({
			code: "NO_PRIMARY",
			severity,
			node,
			message:
				severity === "critical"
					? `no node accepts writes: primary ${quoted(node)} ${between(node)}`
					: `no primary is seen: ${quoted(node)} ${between(node)}`,
			detail: `${text} It answers: ${node.fault?.message ?? "not yet"}.`,
			hint: "Crash recovery takes as long as the WAL since the last checkpoint takes to replay: follow its log. Promote a standby only if it does not come up.",
			evidence: [statusEvidence(node)],
			doNot: "Do not kill it while it recovers: recovery would start over.",
		}),
	];
};

function allInRecovery(world: World, registeredId: number | null) {
	const members = world.snapshot.nodes.filter(({ registered }) => registered.type !== "witness");
	const unread = members.filter(({ observed }) => !observed.reachable && observed.status !== "stopped");
	const read = members.filter(({ observed }) => observed.reachable);
	const evidence = read.map((node) =>
		evidenceOf(
			node,
			`pg_is_in_recovery() = true, timeline ${timelineWords(node.observed)}, WAL up to ${lastLsn(node) ?? "unknown"}`,
		),
	);
	if (unread.length > 0) {
		return finding({
			code: "NO_PRIMARY",
			severity: "unknown",
			message: `no primary is seen, but ${listed(unread.map(quoted))} can't be read`,
			detail: "One of them may be the primary.",
			hint: "Restore the connection to them first.",
			evidence,
			doNot: "Do not promote a standby.",
		});
	}
	const registered = nodeById(world, registeredId);
	const areTimelinesKnown = read.every(({ observed }) => observed.timeline !== null);
	const best = read.toSorted((a, b) => furthest(a, b, registered, areTimelinesKnown))[0];
	return finding({
		code: "NO_PRIMARY",
		severity: "critical",
		message: "no node accepts writes: all of them are in recovery",
		detail:
			registered === null
				? "No primary is registered."
				: `Registered as primary: ${quoted(registered)}, which is in recovery.`,
		hint: `Find out the cause first: a standby.signal in the data directory of a primary, or a switchover that stopped half way. ${best === undefined ? "" : `${quoted(best)} has ${read.length > 1 ? "as much WAL as any other" : "WAL"}, up to ${lastLsn(best) ?? "an unknown position"}: promote that one, then make the others follow it.`}`.trim(),
		evidence,
		doNot: "Do not promote two of them, and do not promote by hand while an unpaused repmgrd may do it.",
	});
}

/** By timeline and WAL; where these are equal, the registered primary first. */
function furthest(a: NodeView, b: NodeView, registered: NodeView | null, areTimelinesKnown: boolean): number {
	const byTimeline = areTimelinesKnown ? (b.observed.timeline ?? 0) - (a.observed.timeline ?? 0) : 0;
	const byWal = lsnDistanceBytes(lastLsn(a), lastLsn(b)) ?? 0;
	return byTimeline || byWal || Number(b === registered) - Number(a === registered);
}
