import { lsnDistanceBytes } from "../../model/lsn.ts";
import { current } from "../../model/node-state.ts";
import type { ServerReading } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes } from "../../text/format.ts";
import { listed, quoted } from "../../text/words.ts";
import { type Facts, hostOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { failed, ok, unknown, warning } from "./check.ts";

/** repmgrd checks its upstream every two seconds. */
const RECENTLY_SECONDS = 10;

/** For an answer to arrive, and for the moment between two readings. */
const MARGIN_SECONDS = 5;

/**
 * How long a living primary may send a walreceiver nothing, in seconds: an idle one is silent until the walreceiver asks, after
 * half of wal_receiver_timeout (walreceiver.c). Without a timeout it never asks.
 */
function longestSilence({ settings }: ServerReading): number {
	const timeoutMs = Number(settings.wal_receiver_timeout ?? 60_000);
	return timeoutMs > 0 ? timeoutMs / 2000 + MARGIN_SECONDS : Number.POSITIVE_INFINITY;
}

/**
 * A standby that receives from the primary, or a repmgrd that saw it moments ago, proves that it lives, whatever this console
 * sees. A promotion would make a second primary.
 */
export function noNodeSeesThePrimary(facts: Facts, old: NodeView | null): Prerequisite {
	const title = "no node sees the primary";
	if (old !== null && isKnownDown(facts, old)) {
		return ok(title, `No postmaster runs on the host of ${quoted(old)}.`);
	}
	const witnesses = facts.snapshot.nodes.flatMap((node) => {
		const reading = node === old ? null : current(node.state.server);
		const heard = reading?.walReceiver?.lastMessageSeconds ?? null;
		if (reading?.walReceiver && (heard === null || heard < longestSilence(reading))) {
			return [`${quoted(node)} receives from it`];
		}
		const seen = node.repmgrd.upstreamLastSeenSeconds;
		return node !== old &&
			seen !== null &&
			seen < RECENTLY_SECONDS &&
			node.registered.upstreamNodeId === old?.nodeId
			? [`repmgrd on ${quoted(node)} saw it ${seen} s ago`]
			: [];
	});
	return witnesses.length === 0
		? ok(title, "No standby receives from it, and no repmgrd has seen it recently.")
		: failed(
				title,
				`${listed(witnesses)}: it seems to be alive, but can't be reached from here.`,
				whatToDo(facts, old),
			);
}

/** A stopped postmaster process leaves its sessions running: its standbys still stream, and it may continue any time. */
function whatToDo(facts: Facts, old: NodeView | null): string {
	const postmaster = old && hostOf(facts, old.nodeId).value?.look.postmaster;
	return postmaster && postmaster.state === "T"
		? `Its postmaster on ${quoted(old)} is stopped by a signal (SIGSTOP, a debugger). As its owner there, let it continue: kill -CONT ${postmaster.pid}. Only if that does not help, kill it, then promote: ${killForGood(postmaster.pid)}`
		: "Find out why this console can't reach it; do not promote.";
}

/** Ends a postmaster that reacts to no other signal: its children first, while it can't start new ones. */
export function killForGood(pid: number): string {
	return `pkill -KILL -P ${pid}; kill -KILL ${pid}`;
}

/** Whether the old primary can come back as a second one. */
export function primaryIsFenced(facts: Facts, old: NodeView | null): Prerequisite {
	const title = "the old primary is fenced";
	if (old === null) return unknown(title, "None is registered.");
	const look = hostOf(facts, old.nodeId);
	if (look.fault !== undefined) {
		return warning(
			title,
			`The host of ${quoted(old)} can't be reached: if it comes back, there are two primaries.`,
			"Cut it off if you can: its network, its virtual machine, its power.",
		);
	}
	return look.value.look.postmaster === false
		? ok(title, `PostgreSQL is stopped on ${quoted(old)}; do not start it, rejoin it.`)
		: warning(
				title,
				`A postmaster runs on ${quoted(old)}: it is stopped first, and no standby is promoted unless that works. If it is stopped by a signal, it continues first, and may commit open transactions before it stops: those are lost.`,
			);
}

export function hasMostWal({ snapshot }: Facts, candidate: NodeView, acceptLesser: boolean): Prerequisite {
	const title = `${quoted(candidate)} has the most WAL`;
	const own = candidate.observed.receiveLsn;
	if (own === null) return failed(title, "What it has received can't be read.", "Choose another standby.");
	const ahead = snapshot.nodes.flatMap((node) => {
		const more = node.observed.role === "standby" ? lsnDistanceBytes(own, node.observed.receiveLsn) : null;
		return more !== null && more > 0 ? [{ node, more }] : [];
	});
	const [first] = ahead.toSorted((a, b) => b.more - a.more);
	if (first === undefined)
		return ok(title, `It has received up to ${own}, and no standby that answers has more.`);
	const found = `${quoted(first.node)} has ${formatBytes(first.more)} more.`;
	return acceptLesser
		? warning(title, `${found} That WAL will be lost, and ${quoted(first.node)} has to be rewound.`)
		: failed(title, found, `promote ${first.node.nodeName}; if it must be this one: --accept-lesser.`);
}

/** A standby that does not answer may have more than all that do. */
export function allStandbysAnswer(
	{ snapshot }: Facts,
	candidate: NodeView,
	old: NodeView | null,
): Prerequisite {
	const title = "all standbys answer";
	const silent = snapshot.nodes.filter(
		(node) =>
			node !== candidate &&
			node !== old &&
			node.registered.active &&
			node.registered.type === "standby" &&
			!node.observed.reachable,
	);
	return silent.length === 0
		? ok(title, "All do.")
		: warning(title, `${listed(silent.map(quoted))} can't be compared, and may have more.`);
}

function isKnownDown(facts: Facts, old: NodeView): boolean {
	return hostOf(facts, old.nodeId).value?.look.postmaster === false;
}
