import { wasStandby } from "../model/control-state.ts";
import { lsnDistanceBytes } from "../model/lsn.ts";
import type { NodeEnd, OwnWal } from "../model/timelines.ts";
import { quoted } from "../text/words.ts";
import type { Member } from "./histories.ts";
import { firstDifference, needsRestartToFollow } from "./positions.ts";

/** Where the WAL of each node ends, and how much of it is in no primary's history. */
export function nodeEndsOf(members: readonly Member[]): readonly NodeEnd[] {
	const primaries = members.filter(({ isPrimary }) => isPrimary);
	return members.map((member) => {
		const { node, end, look, path } = member;
		const fork = path?.at(-1);
		return {
			nodeId: node.nodeId,
			nodeName: node.nodeName,
			role: roleOf(member),
			isRunning: node.observed.reachable || Boolean(look?.postmaster),
			timeline: end?.timeline ?? null,
			lsn: end?.lsn ?? null,
			fork: fork === undefined ? null : { timeline: fork.timeline, lsn: fork.endLsn },
			own: ownOf(member, primaries),
		};
	});
}

/** A stopped server's by its control data. */
function roleOf({ node, look }: Member): NodeEnd["role"] {
	const { role } = node.observed;
	if (role === "primary" || role === "standby") return role;
	const state = look?.controlData?.state;
	if (state === undefined) return null;
	return wasStandby(state) ? "standby" : "primary";
}

const NONE: OwnWal = { state: "none", bytes: 0, isAtLeast: false, from: null, commits: null, why: "" };

function unknown(why: string): OwnWal {
	return { state: "unknown", bytes: null, isAtLeast: false, from: null, commits: null, why };
}

function ownOf(member: Member, primaries: readonly Member[]): OwnWal {
	if (member.end === null) return unknown(member.why);
	const others = primaries.filter((one) => one.node !== member.node);
	if (others.length === 0) {
		return member.isPrimary
			? { ...NONE, state: "primary", bytes: null }
			: unknown("No primary is seen with which it could be compared.");
	}
	const found = others.map((other) => beyond(member, other));
	const unclear = found.find(({ state }) => state === "unknown");
	const some = found.toSorted((a, b) => (a.bytes ?? 0) - (b.bytes ?? 0));
	// Each of several primaries has WAL that none of the others has; a standby belongs to one of them.
	if (member.isPrimary) return unclear ?? some.at(-1) ?? NONE;
	return found.find(({ state }) => state === "none") ?? unclear ?? some[0] ?? NONE;
}

/** The WAL of a node that a primary does not have. */
function beyond({ node, end, path, isPrimary }: Member, primary: Member): OwnWal {
	const target = primary.end?.timeline;
	if (end === null || target === undefined) {
		return unknown(`The timeline of ${quoted(primary.node)} can't be read.`);
	}
	const isOneTimeline = end.timeline === target;
	// What streams from a primary has its WAL only, and may have been read a moment later.
	if (isOneTimeline && node.observed.attached === true) return NONE;
	if (path === null) return unknown(`The history of its timeline ${end.timeline} can't be read.`);
	if (primary.path === null) return unknown(`The history of ${quoted(primary.node)} can't be read.`);
	if (needsRestartToFollow(node, primary.node, primary.look)) return NONE;
	const last = path.at(-1);
	const parting =
		firstDifference(path, primary.path) ??
		(isOneTimeline || last === undefined ? null : { timeline: last.timeline, lsn: last.endLsn });
	if (parting === null) {
		if (isPrimary) {
			const since = last === undefined ? "" : `, which began at ${last.endLsn} for both`;
			return unknown(`It and ${quoted(primary.node)} both write on timeline ${target}${since}.`);
		}
		const from = primary.end?.lsn ?? null;
		const bytes = lsnDistanceBytes(from, end.lsn) ?? 0;
		if (from === null || bytes <= 0) return NONE;
		const why = `It is ahead of ${quoted(primary.node)} on the same timeline.`;
		return {
			state: "some",
			bytes,
			isAtLeast: !end.isComplete,
			from: { timeline: target, lsn: from },
			commits: null,
			why,
		};
	}
	const bytes = lsnDistanceBytes(parting.lsn, end.lsn) ?? 0;
	// A shutdown checkpoint that begins at the fork is past it.
	if (bytes > 0 || (end.isCheckpoint && bytes === 0)) {
		const why = end.isComplete ? "" : `It ${end.words} there, and may have more.`;
		return { state: "some", bytes, isAtLeast: !end.isComplete, from: parting, commits: null, why };
	}
	if (end.isComplete) return NONE;
	return unknown(
		`It ${end.words} at ${end.lsn}, before ${quoted(primary.node)} left timeline ${parting.timeline} at ${parting.lsn}; it may have more.`,
	);
}
