import type { Evidence, Finding } from "../../model/finding.ts";
import { current, repmgrdProcess } from "../../model/node-state.ts";
import type { RepmgrdReading } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { confNumber } from "../conf-values.ts";
import { isSettled, isWell } from "../grace.ts";
import { startRepmgrd } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, predatesConsole, type Rule, type World } from "../world.ts";

/**
 * REPMGRD_NOT_RUNNING: a server that answers knows of no running repmgrd. In an election the others skip such a node even
 * if it is ahead (do_election() in repmgrd-physical.c). Less severe: the process runs, but the server was restarted since
 * and has forgotten its pid (issue #622). The process may also be frozen, which repmgr never notices.
 */
export const repmgrdNotRunning: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const told = current(node.state.server)?.repmgrd;
		// Without the library nothing is known: that is REPMGRD_NOT_PRELOADED.
		if (!told) return [];
		const process = repmgrdProcess(node.state);
		if (process && /^[TtZ]$/.test(process.state)) return [frozen(node, process.pid, process.state)];
		if (told.running === false) {
			if (isJustStarted(world, node) || (process && isJustMissed(world, node))) return [];
			return [process ? forgotten(node, process.pid) : absent(node, told, process === false)];
		}
		return told.running ? blind(world, node, told) : [];
	});

/** repmgrd needs a moment to find its restarted server again. */
function isJustStarted({ thresholds }: World, node: NodeView): boolean {
	const server = current(node.state.server);
	return server !== null && server.serverTime - server.startedAt < thresholds.graceSeconds * 1000;
}

/** A repmgrd that was restarted soon reports its pid to the server. */
function isJustMissed(world: World, node: NodeView): boolean {
	const since = node.state.server.good?.value.repmgrdMissedSince ?? 0;
	if (predatesConsole(world, node, since)) return false;
	return world.snapshot.takenAt - since < world.thresholds.graceSeconds * 1000;
}

function toldBySql({ pid, running }: RepmgrdReading): string {
	return `repmgr.get_repmgrd_pid() = ${pid ?? -1}, repmgr.repmgrd_is_running() = ${running}`;
}

function absent(node: NodeView, told: RepmgrdReading, isSeenAbsent: boolean): Finding {
	// A pid that the server knows and no process has proves it without the host.
	const isProven = isSeenAbsent || told.pid !== null;
	return finding({
		code: "REPMGRD_NOT_RUNNING",
		severity: "warning",
		node,
		message: isProven
			? `repmgrd is not running on ${quoted(node)}`
			: `the server on ${quoted(node)} knows of no running repmgrd`,
		detail: `${consequenceOf(node)}${isProven ? "" : " Either repmgrd is not running, or the server was restarted and has forgotten its pid; only SSH could tell."}`,
		hint: "Start repmgrd. If it exits again at once, its log says why: often the node is registered as inactive.",
		evidence: [
			evidenceOf(node, toldBySql(told)),
			...(isSeenAbsent
				? [
						evidenceOf(node, "the host has no process repmgrd with this repmgr.conf", "ssh"),
						...logOfRepmgrd(node),
					]
				: []),
		],
		remedy: startRepmgrd(node),
	});
}

/** The line of repmgrd's log that may say why it ended. */
function logOfRepmgrd(node: NodeView): readonly Evidence[] {
	const reason = current(node.state.host)?.repmgrdLogReason;
	return reason ? [evidenceOf(node, `its log: ${reason}`, "ssh")] : [];
}

function consequenceOf(node: NodeView): string {
	const { registered, observed } = node;
	if (registered.type === "witness") return `${quoted(node)} has no vote in a failover.`;
	return observed.role === "primary"
		? "Its standbys are not watched from here, and once it is a standby it takes no part in a failover."
		: `${quoted(node)} takes no part in a failover: it is neither promoted nor told to follow.`;
}

function forgotten(node: NodeView, pid: number): Finding {
	return finding({
		code: "REPMGRD_NOT_RUNNING",
		severity: "notice",
		node,
		message: `repmgrd runs on ${quoted(node)}, but its server does not know its pid`,
		detail:
			"A restart of PostgreSQL makes repmgr's library forget the pid, and it can't see a repmgrd of another system user. In an election the other nodes skip this one.",
		hint: "If this lasts, restart repmgrd, and check that its pid changes: Debian's init script may exit with 0 and do nothing.",
		evidence: [
			evidenceOf(node, "repmgr.repmgrd_is_running() = false"),
			evidenceOf(node, `process repmgrd ${pid} runs`, "ssh"),
		],
		remedy: startRepmgrd(node),
	});
}

function frozen(node: NodeView, pid: number, state: string): Finding {
	const what = state === "Z" ? "dead, though its process is still listed (zombie)" : "frozen (SIGSTOP)";
	return finding({
		code: "REPMGRD_NOT_RUNNING",
		severity: "warning",
		node,
		message: `repmgrd on ${quoted(node)} is ${what}`,
		detail: `${consequenceOf(node)} repmgr still shows it as running.`,
		hint:
			state === "Z"
				? "Find out what its parent process waits for, then restart repmgrd."
				: `Find out who stopped it and why. "kill -CONT ${pid}" resumes it; it then acts on what it finds.`,
		evidence: [evidenceOf(node, `process repmgrd ${pid} is in state ${state}`, "ssh")],
	});
}

/** A repmgrd whose count of seconds without its upstream grows although the node streams from it. */
function blind(world: World, node: NodeView, { upstreamLastSeenSeconds: unseen, pid }: RepmgrdReading) {
	const { upstreamNodeId, attached, role } = node.observed;
	const upstream = world.snapshot.nodes.find(({ nodeId }) => nodeId === upstreamNodeId);
	// For a witness it is WITNESS_STALE; with an upstream that is down it is expected.
	if (unseen === null || role !== "standby" || !attached || !upstream || !isWell(upstream)) return [];
	// A server that accepts no new connections blocks repmgrd, too; one that is just back still has the old count.
	if (!isWell(node) || !isSettled(world, node)) return [];
	const interval = confNumber(node, "monitor_interval_secs", 2);
	const limit = Math.max(world.thresholds.upstreamUnseenSeconds, 3 * interval);
	// So has one that just began to follow: its repmgrd checks the new upstream soon.
	const attachedFor = node.state.server.good?.value.walReceiver?.connectedSeconds ?? limit;
	if (unseen <= limit || attachedFor < limit) return [];
	return [
		finding({
			code: "REPMGRD_NOT_RUNNING",
			severity: "warning",
			node,
			message: `repmgrd on ${quoted(node)} has not seen its upstream for ${formatDuration(unseen)}`,
			detail: `${quoted(node)} streams from ${quoted(upstream)} meanwhile. Its repmgrd hangs, or can't log in to ${quoted(upstream)} (password, pg_hba.conf).`,
			hint: "Read repmgrd's log on this node, and try its upstream's registered conninfo there as user postgres.",
			evidence: [
				evidenceOf(node, `repmgr.get_upstream_last_seen() = ${unseen}, repmgrd's pid ${pid ?? "unknown"}`),
				evidenceOf(upstream, "answers"),
			],
		}),
	];
}
