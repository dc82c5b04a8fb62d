import { UpstreamIndex } from "../../../assess/upstream.ts";
import { lsnDistanceBytes } from "../../../model/lsn.ts";
import type { ServerReading, WalReceiver, WalSender } from "../../../model/server-reading.ts";
import type { Observed } from "../../../model/snapshot.ts";
import { timelineOf } from "../../../presentation/topology.ts";
import { formatAge, formatBytes, formatSeconds } from "../../../text/format.ts";
import { field, note, type Row, type Section, table, text } from "./section.ts";
import { readNow, type Subject } from "./subject.ts";

const NO_STATS = { why: "may not be read: grant pg_monitor" };

/** What it receives, what it sends, and how far behind it is. */
export function replicationSection(subject: Subject): Section {
	const { server, sql, noServer } = subject;
	return {
		title: "REPLICATION",
		origin: sql,
		rows: [
			...(server === null
				? [field("position", noServer), ...upstreamView(subject)]
				: server.inRecovery
					? standbyRows(subject, server)
					: primaryRows(server)),
			...(server === null ? [] : senderRows(server)),
		],
	};
}

function primaryRows(server: ServerReading): readonly Row[] {
	const names = server.settings.synchronous_standby_names;
	return [
		field("timeline", timelineOf(server) ?? { why: "not told" }),
		field("current LSN", server.currentLsn ?? { why: "not told" }),
		field("synchronous", names === undefined ? NO_STATS : names === "" ? "no standby is waited for" : names),
		...((server.syncRepWaiters ?? 0) > 0
			? [field("waiting commits", text(`${server.syncRepWaiters} wait for a synchronous standby`, "warning"))]
			: []),
	];
}

function standbyRows(subject: Subject, server: ServerReading): readonly Row[] {
	const { node } = subject;
	const { observed } = node;
	const seconds = observed.lagSeconds === null ? "" : `, ${formatSeconds(observed.lagSeconds)}`;
	return [
		field("timeline", timelineOf(server) ?? { why: "not told" }),
		field(
			"lag",
			observed.lagBytes === null ? { why: noLag(observed) } : `${formatBytes(observed.lagBytes)}${seconds}`,
		),
		field("received up to", server.receiveLsn),
		field(
			"replayed up to",
			server.replayLsn,
			...(server.replayPaused ? [text("  replay is PAUSED", "warning")] : []),
			...notReplayed(server),
		),
		field(
			"last commit",
			server.lastReplayedCommitSeconds === null
				? { why: "none replayed since the start" }
				: `replayed ${formatSeconds(Math.max(0, server.lastReplayedCommitSeconds))} ago`,
		),
		...receiverRows(server.walReceiver),
		...upstreamView(subject),
	];
}

function noLag({ reachable, attached }: Observed): string {
	if (!reachable) return "it does not answer now";
	return attached === false ? "detached: not measured" : "no position of the primary to compare with";
}

function notReplayed({ receiveLsn, replayLsn }: ServerReading) {
	const bytes = lsnDistanceBytes(replayLsn, receiveLsn);
	return bytes === null || bytes <= 0
		? []
		: [text(`  ${formatBytes(bytes)} received, not replayed`, "muted")];
}

function receiverRows(receiver: WalReceiver | null): readonly Row[] {
	if (receiver === null) return [field("walreceiver", text("none runs", "critical"))];
	const { pid, status, senderHost, senderPort, slotName, receivedTimeline, lastMessageSeconds } = receiver;
	const isStreaming = status === "streaming";
	return [
		field(
			"walreceiver",
			status === null ? NO_STATS : text(status, isStreaming ? "ok" : "warning"),
			text(`  pid ${pid}`, "muted"),
			...(receivedTimeline === null ? [] : [text(`, timeline ${receivedTimeline}`, "muted")]),
		),
		field("  from", senderHost === null ? NO_STATS : `${senderHost}:${senderPort}`),
		field("  slot", status === null ? NO_STATS : slotName),
		field(
			"  last message",
			lastMessageSeconds === null
				? NO_STATS
				: text(
						`${formatSeconds(Math.max(0, lastMessageSeconds))} ago`,
						lastMessageSeconds > 60 ? "warning" : "plain",
					),
		),
	];
}

/** The upstream's walsender and slot for this node, read over the upstream's own SQL session. */
function upstreamView({ node, snapshot, server, now }: Subject): readonly Row[] {
	if (node.registered.type === "primary" && !server?.inRecovery) return [];
	const { slotName } = node.registered;
	const states = snapshot.nodes.map(({ state }) => state);
	const sender = server === null ? null : new UpstreamIndex(states).find(node.state, server).sender;
	const holders = snapshot.nodes.flatMap((other) => {
		const slot = readNow(other)?.slots.find((candidate) => candidate.slotName === slotName);
		return slot === undefined || other.nodeId === node.nodeId ? [] : [{ other, slot }];
	});
	const upstream =
		sender === null ? undefined : snapshot.nodes.find((other) => readNow(other)?.walSenders.includes(sender));
	return [
		...(sender === null
			? []
			: senderFacts(sender, upstream?.nodeName ?? "the upstream", upstream?.ageMs ?? null)),
		...holders.map(({ other, slot }) =>
			field(
				`slot on ${other.nodeName}`,
				text(
					`${slot.slotName}, ${slot.active ? "active" : "inactive"}, ${slot.retainedBytes === null ? "?" : formatBytes(Math.max(0, slot.retainedBytes))} kept`,
					slot.active ? "plain" : "warning",
				),
				text(`  SQL on ${other.nodeName}, ${formatAge(ageOf(other.state.server.good?.at, now))}`, "muted"),
			),
		),
	];
}

function ageOf(at: number | undefined, now: number): number | null {
	return at === undefined ? null : Math.max(0, now - at);
}

function senderFacts(sender: WalSender, upstream: string, ageMs: number | null): readonly Row[] {
	return [
		field(
			"seen by upstream",
			sender.state === null ? NO_STATS : text(sender.state, sender.state === "streaming" ? "ok" : "warning"),
			text(
				`${sender.syncState === null ? "" : `, ${sender.syncState}`}  SQL on ${upstream}, ${formatAge(ageMs)}`,
				"muted",
			),
		),
		field(
			"  sent / replayed",
			`${sender.sentLsn ?? "?"} / ${sender.replayLsn ?? "?"}`,
			...(sender.replayLagSeconds === null
				? []
				: [text(`  replay lag ${formatSeconds(sender.replayLagSeconds)}`, "muted")]),
		),
	];
}

/** Its WAL senders. */
function senderRows(server: ServerReading): readonly Row[] {
	const { walSenders } = server;
	const position = server.currentLsn ?? server.replayLsn;
	if (walSenders.length === 0) return [note("sends no WAL")];
	return [
		note(`sends WAL to ${walSenders.length}:`),
		...table(
			["PID", "APPLICATION", "CLIENT", "STATE", "SYNC", "REPLAYED", "BEHIND", "TIME LAG"],
			walSenders.map((sender) => {
				const behind = lsnDistanceBytes(sender.replayLsn, position);
				return [
					text(String(sender.pid), "muted"),
					text(sender.applicationName ?? "?"),
					text(sender.clientAddress ?? "?"),
					text(
						sender.state ?? "?",
						sender.state === "streaming" || sender.state === null ? "plain" : "warning",
					),
					text(sender.syncState ?? "?"),
					text(sender.replayLsn ?? "?"),
					text(behind === null ? "?" : formatBytes(Math.max(0, behind))),
					text(sender.replayLagSeconds === null ? "–" : formatSeconds(sender.replayLagSeconds)),
				];
			}),
		),
	];
}
