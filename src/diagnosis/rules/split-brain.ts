import type { Remedy } from "../../cluster/finding.ts";
import { type Lsn, lsnDistanceBytes } from "../../cluster/lsn.ts";
import { forkFrom } from "../../cluster/positions.ts";
import type { NodeView } from "../../cluster/snapshot.ts";
import { listed, quoted, stopServer } from "../advice.ts";
import { primariesSeen } from "../members.ts";
import { isWell, secondsAsIs } from "../trouble.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * SPLIT_BRAIN: more than one node out of recovery with the cluster's system identifier. Each accepts
 * writes that the other will never see. repmgr's `node check` on the newer one says OK (field notes 0), and
 * repmgr has no fencing (issues #766, #439). A witness and another cluster's node are none of them.
 */
export const splitBrain: Rule = (world) => {
	const primaries = primariesSeen(world);
	if (primaries.length < 2) return [];
	const names = listed(primaries.map(quoted));
	const keep = worthKeeping(world, primaries);
	const others = primaries.filter((node) => node !== keep?.node);
	const [other] = others;
	const fork = forkPoint(primaries);
	return [
		finding({
			code: "SPLIT_BRAIN",
			severity: "critical",
			message: `${names} are ${primaries.length === 2 ? "both" : "all"} out of recovery and accept writes`,
			detail: `What is committed on one of them is missing on the others, and will be lost there. ${fork === null ? "Where they parted is not known." : `They parted at ${fork.lsn}, the end of timeline ${fork.timeline}.`}`,
			hint:
				keep === null
					? `Keep clients away from all but one of them, now. Which one to keep can't be told from here: the one with the standbys and the clients, or, failing both, the newer timeline.${isFresh(world, primaries) ? " One was promoted moments ago: look again in half a minute, standbys may be about to follow it." : ""} Save what only the others have, then rejoin them.`
					: `Keep clients away from ${listed(others.map(quoted))}, now. Keep ${quoted(keep.node)}: ${keep.why}. Stop ${listed(others.map(quoted))}, save what only ${others.length === 1 ? "it has" : "they have"} (pg_waldump from the fork on lists the commits), and rejoin.`,
			evidence: primaries.map((node) => evidenceOf(node, standing(world, node, fork))),
			remedy: keep !== null && others.length === 1 && other !== undefined ? stopAndRejoin(other) : null,
			doNot:
				'Do not run "repmgr primary register -F", do not restart or unpause repmgrd, and do not rejoin or rewind anything before all but one of them are stopped and what only they have is saved.',
		}),
	];
};

/**
 * By hand it is stopped first: then nothing can be lost but what it has written already. The operation's plan stops it as well,
 * says how much of its WAL goes and how to list it, and is confirmed with that figure.
 */
function stopAndRejoin(other: NodeView): Remedy {
	return {
		...stopServer(other),
		intent: { kind: "rejoin", nodeId: other.nodeId, forceRewind: true, stopFirst: true },
	};
}

/** Standbys take so long to follow a new primary. */
const FOLLOW_SECONDS = 30;

function isFresh(world: World, primaries: readonly NodeView[]): boolean {
	return primaries.some((node) => secondsAsIs(world, node) < FOLLOW_SECONDS);
}

/** The one to keep: the one that standbys follow; nobody following any, the newest. Null where the signs disagree. */
function worthKeeping(world: World, primaries: readonly NodeView[]) {
	const followed = primaries.filter((node) => followersOf(world, node).length > 0);
	const used = primaries.filter((node) => (clientsOf(node) ?? 0) > 0);
	const [newest, next] = primaries.toSorted((a, b) => timelineOf(b) - timelineOf(a));
	const [first] = followed;
	if (first !== undefined) {
		if (followed.length > 1 || used.some((node) => node !== first)) return null;
		const isNewest = newest === first && timelineOf(first) > timelineOf(next ?? first);
		if (!isWell(first) || (!isNewest && isFresh(world, primaries))) return null;
		return {
			node: first,
			why: `${listed(followersOf(world, first).map(quoted))} ${followersOf(world, first).length === 1 ? "streams" : "stream"} from it${isNewest ? ", and it is on the newest timeline" : ""}`,
		};
	}
	if (newest === undefined || timelineOf(newest) === timelineOf(next ?? newest)) return null;
	if (used.some((node) => node !== newest)) return null;
	return { node: newest, why: "it is on the newest timeline, and nobody has clients or standbys beside it" };
}

function standing(world: World, node: NodeView, fork: Fork | null): string {
	const { observed } = node;
	const followers = followersOf(world, node);
	const clients = clientsOf(node);
	const since = fork === null ? null : lsnDistanceBytes(fork.lsn, observed.currentLsn);
	return [
		"pg_is_in_recovery() = false",
		`timeline ${observed.timeline ?? "unknown"}`,
		`at ${observed.currentLsn ?? "unknown"}${since === null ? "" : ` (${since} bytes past the fork)`}`,
		followers.length === 0
			? "nobody streams from it"
			: `${listed(followers.map(quoted))} ${followers.length === 1 ? "streams" : "stream"} from it`,
		clients === null ? "clients unknown" : `${clients} sessions in other databases than repmgr's`,
	].join(", ");
}

interface Fork {
	readonly timeline: number;
	readonly lsn: Lsn;
}

/** Where the newest one left the oldest one's timeline. */
function forkPoint(primaries: readonly NodeView[]): Fork | null {
	const [oldest, ...rest] = primaries.toSorted((a, b) => timelineOf(a) - timelineOf(b));
	const newest = rest.at(-1);
	const timeline = oldest?.observed.timeline;
	if (newest === undefined || timeline == null) return null;
	const lsn = forkFrom(newest, timeline);
	return lsn == null ? null : { timeline, lsn };
}

function followersOf({ snapshot }: World, { nodeId }: NodeView): readonly NodeView[] {
	return snapshot.nodes.filter(({ observed }) => observed.upstreamNodeId === nodeId);
}

function clientsOf({ state }: NodeView): number | null {
	return state.server.good?.value.clientSessions ?? null;
}

function timelineOf({ observed }: NodeView): number {
	return observed.timeline ?? 0;
}
