import type { LogName } from "./log-tail.ts";

/** The logs of a host that tell what happened to its node. */
export type LogSource = LogName | "kernel";

/** A line of a log that decides what happens next, and what it means. */
export interface KnownLine {
	readonly of: LogSource;
	/** An extended regular expression that grep(1) and JavaScript read alike: no \d, no (?:…). */
	readonly pattern: string;
	/** A sentence. */
	readonly meaning: string;
	/** Is it the reason, as a screen shows it, that a standby does not stream? */
	readonly isWhyNotStreaming?: true;
	/** Does it tell that the node has lost its server, or the server its upstream? */
	readonly isLoss?: boolean;
}

/**
 * The lines that decide, the more special ones first: of PostgreSQL's postmaster, startup process, walreceiver and walsender
 * (15 to 18), of repmgrd (repmgrd-physical.c and repmgrd.c of 5.2 to 5.5) and of the kernel's OOM killer. English messages only
 * (lc_messages).
 */
const KNOWN_LINES: readonly KnownLine[] = [
	{
		of: "kernel",
		pattern: "Out of memory: Killed process [0-9]+ \\((postgres|repmgrd)\\)",
		meaning: "The kernel had no memory left and killed the process.",
		isLoss: true,
	},
	{
		of: "kernel",
		pattern: "killed by the OOM killer",
		meaning: "The kernel had no memory left and killed a process of this service.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "was terminated by signal 9",
		meaning:
			"A process of the server was killed from outside, by the kernel's OOM killer or by kill -9: all sessions end, and the server recovers.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "was terminated by signal [0-9]+",
		meaning: "A process of the server crashed: all sessions end, and the server recovers.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "unexpected postmaster exit",
		meaning: "The postmaster is gone without having stopped its sessions: it was killed.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "PANIC:  ",
		meaning: "The server could not go on safely and stopped itself at once.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "No space left on device",
		meaning: "The disk is full; a server that can't write WAL stops.",
	},
	{
		of: "postgresql",
		pattern: "out of memory",
		meaning: "PostgreSQL asked the system for memory and got none; that statement failed.",
	},
	{
		of: "postgresql",
		pattern: "received (smart|fast|immediate) shutdown request",
		meaning: "Somebody, or systemd, asked the server to stop.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "database system is shut down",
		meaning: "The server has stopped in good order: it has written all that it acknowledged.",
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "database system was (interrupted|not properly shut down)",
		meaning: "It had not been stopped in good order before: it recovers from its WAL.",
	},
	{
		of: "postgresql",
		pattern: "received promote request",
		meaning: "Somebody, mostly repmgr, asked this standby to become a primary.",
	},
	{
		of: "postgresql",
		pattern: "selected new timeline ID",
		meaning: "The standby is promoted: from here on its WAL is a timeline of its own.",
	},
	{
		of: "postgresql",
		pattern: "database system is ready to accept read-only connections",
		meaning: "The standby serves reads.",
	},
	{
		of: "postgresql",
		pattern: "database system is ready to accept connections",
		meaning: "The server accepts writes from now on.",
	},
	{
		of: "postgresql",
		pattern: "started streaming WAL from primary",
		meaning: "The standby has found its upstream and receives WAL.",
	},
	{
		of: "postgresql",
		pattern: "requested WAL segment [0-9A-F]+ has already been removed",
		meaning:
			"The upstream no longer has the WAL that the standby needs: without an archive it has to be cloned again.",
		isWhyNotStreaming: true,
	},
	{
		of: "postgresql",
		pattern: "database system identifier differs",
		meaning: "The upstream belongs to another cluster.",
		isWhyNotStreaming: true,
	},
	{
		of: "postgresql",
		pattern:
			"forked off current database system timeline|is not a child of database system timeline|is not a child of this server.s history|of the primary is behind recovery timeline|is ahead of the WAL flush position|requested starting point",
		meaning:
			"The node has WAL that its upstream does not have: they have parted, and it needs a rejoin with pg_rewind.",
		isWhyNotStreaming: true,
	},
	{
		of: "postgresql",
		pattern: "terminating walreceiver due to timeout",
		meaning: "The standby heard nothing from its upstream for wal_receiver_timeout.",
		isWhyNotStreaming: true,
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "terminating walreceiver",
		meaning: "The standby's walreceiver was told to end, as when it gets another upstream.",
		isWhyNotStreaming: true,
	},
	{
		of: "postgresql",
		pattern: "terminating walsender process due to replication timeout",
		meaning: "The server heard nothing from a standby for wal_sender_timeout.",
	},
	{
		of: "postgresql",
		pattern: "replication terminated by primary server",
		meaning: "The upstream has ended the stream in good order, as it does when it stops.",
		isWhyNotStreaming: true,
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "could not receive data from WAL stream",
		meaning: "The standby has lost the connection to its upstream.",
		isWhyNotStreaming: true,
		isLoss: true,
	},
	{
		of: "postgresql",
		pattern: "connect to the primary",
		meaning: "The standby can't reach its upstream, and tries again.",
		isWhyNotStreaming: true,
	},
	{
		of: "postgresql",
		pattern: "WAL stream|replication slot",
		meaning: "The standby can't stream for this reason.",
		isWhyNotStreaming: true,
	},
	{
		of: "repmgrd",
		pattern: "unable to ping|unable to connect to (the )?(upstream|primary)|connection to node .* lost",
		meaning: "repmgrd no longer reaches the node that it watches.",
		isLoss: true,
	},
	{
		of: "repmgrd",
		pattern: "checking state of node .* 1 of [0-9]+ attempts",
		meaning:
			"repmgrd begins its attempts to reconnect (reconnect_attempts, reconnect_interval): no failover before they are over.",
	},
	{
		of: "repmgrd",
		pattern: "unable to reconnect to node .* after [0-9]+ attempts",
		meaning: "All attempts to reconnect have failed: repmgrd counts the node as lost, and decides now.",
		isLoss: true,
	},
	{
		of: "repmgrd",
		pattern: "unable to reconnect to (local )?node",
		meaning: "repmgrd can't reach its own server, or its upstream, again.",
		isLoss: true,
	},
	{
		of: "repmgrd",
		pattern: "has recovered, reconnecting",
		meaning: "The node answered again before the attempts were over: nothing is decided.",
	},
	{
		of: "repmgrd",
		pattern: "repmgrd on this node is paused|no failover will be carried out",
		meaning: "repmgrd was paused: it watches, and decides nothing.",
	},
	{
		of: "repmgrd",
		pattern: "not configured for automatic failover|is set to .*manual",
		meaning: "failover=manual: repmgrd promotes nothing here, a person has to.",
	},
	{
		of: "repmgrd",
		pattern:
			"nodes can see the primary|last saw primary node|considering primary still visible|cancelling failover",
		meaning:
			"repmgrd asks the others whether they still hear from the primary (primary_visibility_consensus): if one does, there is no failover.",
	},
	{
		of: "repmgrd",
		pattern: "unable to reach a qualified majority|cannot be reliably promoted",
		meaning:
			"Fewer than half of the nodes are visible: repmgrd suspects that it is cut off, and promotes nothing.",
	},
	{
		of: "repmgrd",
		pattern: "no nodes from the primary location .* visible",
		meaning:
			"No node of the primary's location is visible: repmgrd suspects a network split, and promotes nothing.",
	},
	{
		of: "repmgrd",
		pattern: "visible nodes: [0-9]+; total nodes: [0-9]+",
		meaning: "The count of the election: more than half of all nodes have to be visible.",
	},
	{
		of: "repmgrd",
		pattern: "has priority of 0, skipping|priority is 0 so will not be considered",
		meaning: "A node with priority 0 is never promoted.",
	},
	{
		of: "repmgrd",
		pattern: "is ahead of current candidate|has (higher|lower) priority|has same (LSN|priority)",
		meaning:
			"How candidates compare: first the most WAL received, then the higher priority, then the lower node id.",
	},
	{
		of: "repmgrd",
		pattern: "promotion candidate is",
		meaning: "The election has named the node that is to be promoted.",
	},
	{
		of: "repmgrd",
		pattern:
			"this node is the winner|only available candidate|we win by default|this node is promotion candidate",
		meaning: "This node has won the election, and promotes itself.",
	},
	{
		of: "repmgrd",
		pattern: "election cancelled|rerunning election|promotion candidate election will be rerun",
		meaning: "The election ended without a decision.",
	},
	{
		of: "repmgrd",
		pattern: "failover validation command returned a non-zero",
		meaning: "failover_validation_command refused the promotion.",
	},
	{
		of: "repmgrd",
		pattern: "STANDBY PROMOTE (successful|failed)",
		meaning: "The result of repmgr standby promote, which promote_command runs.",
	},
	{
		of: "repmgrd",
		pattern: "STANDBY FOLLOW (successful|failed)",
		meaning: "The result of repmgr standby follow, which follow_command runs.",
	},
	{
		of: "repmgrd",
		pattern: "promote command (failed|exited with error)",
		meaning: "promote_command failed: this node was not promoted by repmgrd.",
		isLoss: true,
	},
	{
		of: "repmgrd",
		pattern: "original primary .* reappeared",
		meaning:
			"The old primary answers again while another one was being made, or is there: check that only one accepts writes.",
		isLoss: true,
	},
	{
		of: "repmgrd",
		pattern:
			"follower node (awaiting|intending)|attempting to follow new primary|following (new|original) primary|received notification that new primary",
		meaning: "This node did not win: it follows the new primary.",
	},
	{
		of: "repmgrd",
		pattern: "no notification received from new primary|unable to determine a new primary",
		meaning: "Nobody told this node of a new primary: it goes on without an upstream.",
		isLoss: true,
	},
	{
		of: "repmgrd",
		pattern: "degraded monitoring",
		meaning: "repmgrd has no upstream to watch any more, and only waits for one.",
	},
	{
		of: "repmgrd",
		pattern:
			"switching to primary monitoring mode|original primary reappeared as standby|former primary has been restored as standby",
		meaning: "repmgrd has noticed the new role of its node.",
	},
	{
		of: "repmgrd",
		pattern: "TERM signal received|terminating\\.\\.\\.",
		meaning: "repmgrd was told to end, or could not go on.",
	},
	{
		of: "repmgrd",
		pattern: "\\[(EMERG|ALERT|CRIT)\\] ",
		meaning: "repmgrd could not go on.",
	},
];

const COMPILED = KNOWN_LINES.map((line) => ({ line, pattern: new RegExp(line.pattern) }));

/** What a line of a log is known to mean; null where it is none that decides. */
export function knownLine(of: LogSource, text: string): KnownLine | null {
	return COMPILED.find(({ line, pattern }) => line.of === of && pattern.test(text))?.line ?? null;
}

/** Finds all known lines of a log, for grep -E. */
export function patternOf(of: LogSource): string {
	return KNOWN_LINES.flatMap((line) => (line.of === of ? [line.pattern] : [])).join("|");
}

/** The lines of PostgreSQL's log that say why a standby does not stream. */
export const WHY_NOT_STREAMING = new RegExp(
	KNOWN_LINES.flatMap(({ isWhyNotStreaming, pattern }) => (isWhyNotStreaming ? [pattern] : [])).join("|"),
);
