import type { Finding, FindingCode } from "../cluster/finding.ts";

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

export const MASKS: Partial<Record<FindingCode, Mask>> = {
	// From behind a cut network of our own nobody can be judged.
	ALL_UNREACHABLE: { everywhere: ["WITNESS_DOWN"] },
	ARCHIVE_FAILING: { onSameNode: ["ARCHIVE_BACKLOG"] },
	FAILOVER_IN_PROGRESS: { everywhere: [...REGISTERED_BEHIND, "SLOT_MISSING"] },
	// repmgrd copies repmgr.nodes to the witness; an inactive repmgrd copies nothing.
	REPMGRD_NOT_RUNNING: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	REPMGRD_NOT_PRELOADED: { onSameNode: ["METADATA_VIEWS_DISAGREE", "REPMGRD_NOT_RUNNING"] },
	// The standby asks for a slot that is not there, so it can't stream.
	SLOT_MISSING: { onSameNode: ["LAG_UNKNOWN_DETACHED", "STANDBY_DETACHED"] },
	// Each primary has its own truth then: which one holds is to be settled first.
	SPLIT_BRAIN: { everywhere: REGISTERED_BEHIND },
	STANDBY_DETACHED: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	STANDBY_DIVERGED: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	SYSTEM_IDENTIFIER_MISMATCH: {
		onSameNode: ["METADATA_DRIFT", "METADATA_VIEWS_DISAGREE", "NODE_INACTIVE_BUT_RUNNING"],
	},
	TIMELINE_MISMATCH: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
	WITNESS_STALE: { onSameNode: ["METADATA_VIEWS_DISAGREE"] },
};

/** The findings that no other one explains. */
export function unmasked(findings: readonly Finding[]): readonly Finding[] {
	return findings.filter(
		(consequence) =>
			!findings.some((cause) => {
				const mask = MASKS[cause.code];
				return (
					mask?.everywhere?.includes(consequence.code) ||
					(cause.nodeId === consequence.nodeId && mask?.onSameNode?.includes(consequence.code))
				);
			}),
	);
}
