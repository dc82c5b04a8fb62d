import type { Finding, FindingCode } from "../model/finding.ts";

/**
 * The findings that a cause explains, and that are not reported with it: `onSameNode` those about the same node,
 * `everywhere` those about any node.
 */
interface Mask {
	readonly onSameNode?: readonly FindingCode[];
	readonly everywhere?: readonly FindingCode[];
}

/** While roles change, repmgr.nodes lags behind. */
const REGISTERED_BEHIND = [
	"METADATA_DRIFT",
	"METADATA_VIEWS_DISAGREE",
	"NODE_INACTIVE_BUT_RUNNING",
	"WITNESS_STALE",
] as const satisfies readonly FindingCode[];

/** Consequences of a primary that does not work. */
const WITHOUT_PRIMARY = [
	"ALL_STANDBYS_DETACHED",
	"FAILOVER_NOT_READY",
	"LAG_UNKNOWN_DETACHED",
	"NO_REDUNDANCY",
	"STANDBY_DETACHED",
	"SYNC_REP_BLOCKED",
	"WITNESS_STALE",
] as const satisfies readonly FindingCode[];

/** repmgrd can't log in to a server that accepts no new sessions: it marks it inactive, and sees nothing itself. */
const NO_NEW_SESSIONS = [
	"NODE_INACTIVE_BUT_RUNNING",
	"REPMGRD_NOT_RUNNING",
] as const satisfies readonly FindingCode[];

/** A server that says why it rejects this console is neither down nor unreachable. */
const REJECTED = [
	"PRIMARY_UNREACHABLE_FROM_HERE",
	"STANDBY_DOWN",
	"STANDBY_UNREACHABLE_FROM_HERE",
	"WITNESS_UNREACHABLE_FROM_HERE",
] as const satisfies readonly FindingCode[];

export const MASKS: Partial<Record<FindingCode, Mask>> = {
	ALL_STANDBYS_DETACHED: { everywhere: ["LAG_UNKNOWN_DETACHED", "NO_REDUNDANCY", "STANDBY_DETACHED"] },
	// If this machine's own network is cut, nothing is known about any node.
	ALL_UNREACHABLE: {
		everywhere: [
			"FAILOVER_NOT_READY",
			"PRIMARY_UNREACHABLE_FROM_HERE",
			"STANDBY_HUNG",
			"STANDBY_UNREACHABLE_FROM_HERE",
			"WITNESS_DOWN",
			"WITNESS_UNREACHABLE_FROM_HERE",
		],
	},
	ARCHIVE_FAILING: { onSameNode: ["ARCHIVE_BACKLOG"] },
	CONNECTIONS_EXHAUSTED: { onSameNode: REJECTED },
	FAILOVER_IN_PROGRESS: {
		everywhere: [...WITHOUT_PRIMARY, ...REGISTERED_BEHIND, "SLOT_MISSING", "SWITCHOVER_LEFT_INCOMPLETE"],
	},
	HALF_REWOUND: { onSameNode: ["STANDBY_DOWN", "SWITCHOVER_LEFT_INCOMPLETE"] },
	HBA_REJECTS: { onSameNode: REJECTED },
	// repmgrd exits at once where it finds no primary.
	NO_PRIMARY: { everywhere: [...WITHOUT_PRIMARY, "REPMGRD_NOT_RUNNING"] },
	PRIMARY_DOWN: { everywhere: WITHOUT_PRIMARY },
	// It names its standbys, which are stopped as well.
	PRIMARY_DOWN_NO_STANDBY: { everywhere: [...WITHOUT_PRIMARY, "STANDBY_DOWN"] },
	PRIMARY_HUNG: { everywhere: WITHOUT_PRIMARY, onSameNode: NO_NEW_SESSIONS },
	// repmgrd copies repmgr.nodes to the witness.
	REPMGRD_NOT_RUNNING: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	REPMGRD_NOT_PRELOADED: { onSameNode: ["METADATA_VIEWS_DISAGREE", "REPMGRD_NOT_RUNNING"] },
	// A standby can't stream from a slot that does not exist.
	SLOT_MISSING: { onSameNode: ["LAG_UNKNOWN_DETACHED", "STANDBY_DETACHED"] },
	// Each primary has its own metadata then.
	SPLIT_BRAIN: {
		everywhere: [
			...REGISTERED_BEHIND,
			"ALL_STANDBYS_DETACHED",
			"FAILOVER_NOT_READY",
			"LAG_UNKNOWN_DETACHED",
			"NO_REDUNDANCY",
			// Its advice, to start repmgrd, would be wrong now.
			"REPMGRD_NOT_RUNNING",
			"STANDBY_DIVERGED",
			"TIMELINE_MISMATCH",
		],
	},
	STANDBY_HUNG: { onSameNode: NO_NEW_SESSIONS },
	STANDBY_DETACHED: {
		onSameNode: ["LAG_UNKNOWN_DETACHED", "METADATA_VIEWS_DISAGREE", "STANDBY_LAGGING"],
	},
	STANDBY_DIVERGED: {
		onSameNode: ["LAG_UNKNOWN_DETACHED", "METADATA_VIEWS_DISAGREE", "STANDBY_DETACHED", "TIMELINE_MISMATCH"],
	},
	// Its advice ends with unpausing. NO_PRIMARY stays: it is certain, and the incomplete switchover is a guess.
	SWITCHOVER_LEFT_INCOMPLETE: {
		everywhere: [...WITHOUT_PRIMARY, ...REGISTERED_BEHIND, "PAUSE_OVERDUE", "REPMGRD_PAUSED"],
		onSameNode: ["STANDBY_DOWN"],
	},
	SYSTEM_IDENTIFIER_MISMATCH: {
		onSameNode: [
			"LAG_UNKNOWN_DETACHED",
			"METADATA_DRIFT",
			"METADATA_VIEWS_DISAGREE",
			"NODE_INACTIVE_BUT_RUNNING",
			"STANDBY_DETACHED",
		],
	},
	TIMELINE_MISMATCH: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	UPSTREAM_STANDBY_DOWN: {
		onSameNode: ["STANDBY_DOWN", "STANDBY_HUNG", "STANDBY_UNREACHABLE_FROM_HERE"],
	},
	WAL_REPLAY_PAUSED: { onSameNode: ["STANDBY_LAGGING"] },
	WITNESS_DOWN: { onSameNode: [...NO_NEW_SESSIONS, "WITNESS_STALE"] },
	WITNESS_STALE: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	WRONG_PASSWORD: { onSameNode: REJECTED },
};

/** The findings that no other one explains. */
export function withoutMasked(findings: readonly Finding[]): readonly Finding[] {
	// Sets, not pairs: there may be findings about hundreds of nodes.
	const everywhere = new Set<string>(findings.flatMap(({ code }) => MASKS[code]?.everywhere ?? []));
	const onSameNode = new Set(
		findings.flatMap(({ code, nodeId }) =>
			(MASKS[code]?.onSameNode ?? []).map((masked) => `${nodeId} ${masked}`),
		),
	);
	return findings.filter(({ code, nodeId }) => !everywhere.has(code) && !onSameNode.has(`${nodeId} ${code}`));
}
