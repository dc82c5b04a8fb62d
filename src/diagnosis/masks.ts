import type { Finding, FindingCode } from "../model/finding.ts";

/**
 * Which findings a cause explains: they are then not said. `onSameNode` ones only about the same node;
 * `everywhere` ones about any node.
 */
interface Mask {
	readonly onSameNode?: readonly FindingCode[];
	readonly everywhere?: readonly FindingCode[];
}

/** While roles change, what is registered lags behind what is. */
const REGISTERED_BEHIND = [
	"METADATA_DRIFT",
	"METADATA_VIEWS_DISAGREE",
	"NODE_INACTIVE_BUT_RUNNING",
	"WITNESS_STALE",
] as const satisfies readonly FindingCode[];

/** What standbys and readiness look like while no primary works: what follows from it, not trouble of its own. */
const WITHOUT_PRIMARY = [
	"ALL_STANDBYS_DETACHED",
	"FAILOVER_NOT_READY",
	"LAG_UNKNOWN_DETACHED",
	"NO_REDUNDANCY",
	"STANDBY_DETACHED",
	"SYNC_REP_BLOCKED",
	"WITNESS_STALE",
] as const satisfies readonly FindingCode[];

/** repmgrd can't log in to a server that takes no new sessions: it marks it inactive, and is blind itself. */
const NO_NEW_SESSIONS = [
	"NODE_INACTIVE_BUT_RUNNING",
	"REPMGRD_NOT_RUNNING",
] as const satisfies readonly FindingCode[];

/** A server that says why it turns us away is neither down nor unreachable. */
const TURNED_AWAY = [
	"PRIMARY_UNREACHABLE_FROM_HERE",
	"STANDBY_DOWN",
	"STANDBY_UNREACHABLE_FROM_HERE",
	"WITNESS_UNREACHABLE_FROM_HERE",
] as const satisfies readonly FindingCode[];

export const MASKS: Partial<Record<FindingCode, Mask>> = {
	ALL_STANDBYS_DETACHED: { everywhere: ["LAG_UNKNOWN_DETACHED", "NO_REDUNDANCY", "STANDBY_DETACHED"] },
	// From behind a cut network of our own nobody can be judged.
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
	CONNECTIONS_EXHAUSTED: { onSameNode: TURNED_AWAY },
	FAILOVER_IN_PROGRESS: {
		everywhere: [...WITHOUT_PRIMARY, ...REGISTERED_BEHIND, "SLOT_MISSING", "SWITCHOVER_LEFT_INCOMPLETE"],
	},
	HBA_REJECTS: { onSameNode: TURNED_AWAY },
	// repmgrd ends as soon as it starts where it finds no primary.
	NO_PRIMARY: { everywhere: [...WITHOUT_PRIMARY, "REPMGRD_NOT_RUNNING"] },
	PRIMARY_DOWN: { everywhere: WITHOUT_PRIMARY },
	// Its standbys are stopped as well, and named there.
	PRIMARY_DOWN_NO_STANDBY: { everywhere: [...WITHOUT_PRIMARY, "STANDBY_DOWN"] },
	PRIMARY_HUNG: { everywhere: WITHOUT_PRIMARY, onSameNode: NO_NEW_SESSIONS },
	// repmgrd copies repmgr.nodes to the witness; an inactive repmgrd copies nothing.
	REPMGRD_NOT_RUNNING: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	REPMGRD_NOT_PRELOADED: { onSameNode: ["METADATA_VIEWS_DISAGREE", "REPMGRD_NOT_RUNNING"] },
	// The standby asks for a slot that is not there, so it can't stream.
	SLOT_MISSING: { onSameNode: ["LAG_UNKNOWN_DETACHED", "STANDBY_DETACHED"] },
	// Each primary has its own truth then: which one holds is to be settled first.
	SPLIT_BRAIN: {
		everywhere: [
			...REGISTERED_BEHIND,
			"ALL_STANDBYS_DETACHED",
			"FAILOVER_NOT_READY",
			"LAG_UNKNOWN_DETACHED",
			"NO_REDUNDANCY",
			// To start repmgrd now is what not to do.
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
	// The way out of it ends with unpausing. That there is no primary is said by its own code, first: how it came is a guess.
	SWITCHOVER_LEFT_INCOMPLETE: {
		everywhere: [...WITHOUT_PRIMARY, ...REGISTERED_BEHIND, "REPMGRD_PAUSED"],
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
	WRONG_PASSWORD: { onSameNode: TURNED_AWAY },
};

/** The findings that no other one explains. */
export function withoutMasked(findings: readonly Finding[]): readonly Finding[] {
	// When hundreds of nodes are in trouble, not each finding is held against each other one.
	const everywhere = new Set<string>(findings.flatMap(({ code }) => MASKS[code]?.everywhere ?? []));
	const onSameNode = new Set(
		findings.flatMap(({ code, nodeId }) =>
			(MASKS[code]?.onSameNode ?? []).map((masked) => `${nodeId} ${masked}`),
		),
	);
	return findings.filter(({ code, nodeId }) => !everywhere.has(code) && !onSameNode.has(`${nodeId} ${code}`));
}
