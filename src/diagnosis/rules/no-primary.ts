import { listed, quoted, repmgrOn } from "../advice.ts";
import { lossOf } from "../lost-primary.ts";
import { nodeById } from "../members.ts";
import { failoverOf, isPlannedStop } from "../succession.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * NO_PRIMARY: no node accepts writes, and no narrower code says why: everybody who answers is in recovery (a
 * primary that came back with a standby.signal, a demotion that nobody followed up), or the primary says
 * itself that it is starting or stopping. With nodes that can't be read it is `unknown`: one of them may be it.
 */
export const noPrimary: Rule = (world) => {
	const loss = lossOf(world);
	if (loss?.kind === "demoted") return [nobody(world, loss.node?.nodeId ?? null)];
	if (loss?.kind !== "between" || isPlannedStop(world, loss) || failoverOf(world, loss).isUnderWay) return [];
	const { node } = loss;
	return [
		finding({
			code: "NO_PRIMARY",
			severity: "critical",
			node,
			message: `no node accepts writes: primary ${quoted(node)} is ${node.observed.status}`,
			detail: `It answers: ${node.fault?.message ?? "not yet"}.`,
			hint: "Crash recovery takes as long as the WAL since the last checkpoint takes to replay: follow its log. Promote a standby only if it does not come up.",
			evidence: [evidenceOf(node, node.fault?.message ?? node.observed.status)],
			doNot: "Do not kill it while it recovers: it would begin again.",
		}),
	];
};

function nobody(world: World, registeredId: number | null) {
	const members = world.snapshot.nodes.filter(({ registered }) => registered.type !== "witness");
	const unread = members.filter(({ observed }) => !observed.reachable && observed.status !== "stopped");
	const read = members.filter(({ observed }) => observed.reachable);
	const registered = nodeById(world, registeredId);
	return finding({
		code: "NO_PRIMARY",
		severity: unread.length === 0 ? "critical" : "unknown",
		message:
			unread.length === 0
				? "no node accepts writes: all of them are in recovery"
				: `no primary is seen, but ${listed(unread.map(quoted))} can't be read`,
		detail:
			unread.length === 0
				? `${registered === null ? "No primary is registered." : `Registered as primary: ${quoted(registered)}, which is in recovery.`} Nobody receives new WAL.`
				: "One of them may be the primary.",
		hint:
			unread.length === 0
				? "Compare what each one received, and promote the one that received most; then let the others follow it."
				: "Make them readable first.",
		evidence: read.map((node) =>
			evidenceOf(
				node,
				`pg_is_in_recovery() = true, timeline ${node.observed.timeline ?? "unknown"}, received up to ${node.observed.receiveLsn ?? "unknown"}`,
			),
		),
		remedy:
			read[0] === undefined ? null : repmgrOn(read[0], "see the cluster as repmgr does", "cluster", "show"),
		doNot:
			unread.length === 0
				? "Do not promote two of them, and do not promote before nobody's repmgrd is at it."
				: "Do not promote a standby.",
	});
}
