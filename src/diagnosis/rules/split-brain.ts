import { clientSessions, forkPoint, type Side, sideOf, sideWords } from "../../assess/sides.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDateTime } from "../../text/format.ts";
import { isWell, secondsAsIs } from "../grace.ts";
import { primariesSeen } from "../members.ts";
import { fenceServer } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, fenceEvidence, finding, type Rule, type World } from "../world.ts";

/**
 * SPLIT_BRAIN: more than one node out of recovery with the cluster's system identifier. Each accepts writes that the
 * others never get; a warning only, while all but one are read-only by default. `repmgr node check` on the newer one reports OK (seen with 5.3.3), and repmgr has no fencing (issues
 * #766, #439). A witness and another cluster's node don't count.
 */
export const splitBrain: Rule = (world) => {
	const primaries = primariesSeen(world);
	if (primaries.length < 2) return [];
	const names = listed(primaries.map(quoted));
	const fork = forkPoint(primaries);
	const sides = primaries.map((node) => sideOf(world.snapshot, node, fork));
	const writable = sides.filter(({ isReadOnly }) => !isReadOnly);
	const isHeld = writable.length < 2;
	const fenced = sides.filter(({ isReadOnly }) => isReadOnly).map(({ node }) => node);
	const keep = (isHeld && writable[0]) || worthKeeping(world, sides);
	const others = sides.filter((side) => side !== keep).map(({ node }) => node);
	const [other] = others;
	const otherNames = listed(others.map(quoted));
	const summary = `${sides.map((side) => `${quoted(side.node)} ${sideWords(side)}`).join("; ")}.`;
	return [
		finding({
			code: "SPLIT_BRAIN",
			severity: isHeld ? "warning" : "critical",
			message: `${names} are ${primaries.length === 2 ? "both" : "all"} out of recovery${isHeld ? `, and ${listed(fenced.map(quoted))} ${fenced.length === 1 ? "is" : "are"} read-only by default` : " and accept writes"}`,
			detail: `Commits on one of them are missing on the others and will be lost when those are discarded. ${fork === null ? "Where they diverged is not known." : `They diverged at ${fork.lsn}, the end of timeline ${fork.timeline}.`} ${summary}`,
			hint: isHeld
				? `No more diverges, unless a session sets transaction_read_only to off. Stop ${otherNames} for certain, and rejoin: ${SAVED}. Or fence the other side first, and then unfence the one to keep.`
				: keep === null
					? `Keep clients away from all but one of them, now. Which one to keep can't be decided from here: find out on which the applications wrote since the second one was promoted. The newest timeline only shows which one was promoted last.${isFresh(world, primaries) ? " One was promoted moments ago: check again in half a minute, standbys may be about to follow it." : ""} Then fence the others, which stops them for certain, and rejoin them: ${SAVED}.`
					: `Keep clients away from ${otherNames}, now. Keep ${quoted(keep.node)}: ${whyKept(keep)}, while ${otherNames} ${others.length === 1 ? "has" : "have"} no standby, no client session and no more WAL since then. Fence ${otherNames}, which stops ${others.length === 1 ? "it" : "them"} for certain, and rejoin: ${SAVED}.`,
			evidence: sides.flatMap((side) => [
				evidenceOf(side.node, summaryOf(side)),
				...fenceEvidence(world, side.node),
			]),
			remedy: keep !== null && others.length === 1 && other !== undefined ? fenceServer(other) : null,
			form: "fence",
			doNot: `Do not let clients write to ${keep === null ? "more than one of them" : otherNames}. Do not run "repmgr primary register -F". Do not restart or unpause repmgrd. Do not rewind or clone any node before all but one of them are stopped and what only they have is saved.`,
		}),
	];
};

const SAVED =
	"the plan lists the transactions that only that node has, and their WAL is copied aside before it is rewound";

/** Standbys may take this long to follow a new primary. */
const FOLLOW_SECONDS = 30;

function isFresh(world: World, primaries: readonly NodeView[]): boolean {
	return primaries.some((node) => secondsAsIs(world, node) < FOLLOW_SECONDS);
}

/**
 * The one in use, if all others are seen to be unused and wrote no more since the fork. Null where the signs disagree or
 * are missing. The newest timeline is no sign: the last one promoted always has it, even if it was cut off.
 */
function worthKeeping(world: World, sides: readonly Side[]): Side | null {
	const used = sides.filter(({ followers, clients }) => followers.length > 0 || (clients ?? 0) > 0);
	const [first] = used;
	if (first === undefined || used.length > 1 || !isWell(first.node)) return null;
	const others = sides.filter((side) => side !== first);
	const isSeenIdle = others.every(
		({ clients, written }) =>
			clients === 0 && written !== null && first.written !== null && written <= first.written,
	);
	if (!isSeenIdle) return null;
	// Standbys may be about to follow one that was just promoted.
	const fresh = others.map(({ node }) => node);
	return isFresh(world, fresh) ? null : first;
}

function whyKept({ followers, clients }: Side): string {
	return listed([
		...(followers.length > 0 ? [followed(followers)] : []),
		...(clients ? [`it has ${clientSessions(clients)}`] : []),
	]);
}

function followed(followers: readonly NodeView[]): string {
	return `${listed(followers.map(quoted))} ${followers.length === 1 ? "streams" : "stream"} from it`;
}

function summaryOf({ node, written, followers, clients, watchers, isReadOnly }: Side): string {
	const { observed, state } = node;
	const promotedAt = current(state.server)?.promotedAt ?? null;
	return [
		"pg_is_in_recovery() = false",
		`timeline ${observed.timeline ?? "unknown"}`,
		...(promotedAt === null ? [] : [`promoted at ${formatDateTime(promotedAt)} UTC`]),
		`at ${observed.currentLsn ?? "unknown"}${written === null ? "" : ` (${written} bytes past the fork)`}`,
		followers.length === 0 ? "no standby streams from it" : followed(followers),
		clients === null ? "clients unknown" : `${clients} sessions in other databases than repmgr's`,
		...(isReadOnly ? ["default_transaction_read_only = on"] : []),
		...(watchers.length === 0 ? [] : [`witness ${listed(watchers.map(quoted))} watches it`]),
	].join(", ");
}
