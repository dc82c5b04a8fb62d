/** When something becomes worth saying. Null: as the repmgr.conf of the node in question says, else as repmgr does. */
export interface Thresholds {
	/** A standby may be away for so long before it counts as trouble: a restart takes that. */
	readonly graceSeconds: number;
	/** replication_lag_warning and replication_lag_critical. */
	readonly lagWarningSeconds: number | null;
	readonly lagCriticalSeconds: number | null;
	/** archive_ready_warning and archive_ready_critical: WAL files waiting. */
	readonly archiveReadyWarning: number | null;
	readonly archiveReadyCritical: number | null;
	/** Of a disk's size that is used, from 0 to 1. */
	readonly diskWarning: number;
	readonly diskCritical: number;
	/** WAL kept for an inactive slot. */
	readonly slotWarningBytes: number;
	readonly clockSkewSeconds: number;
	/** Of the connections that ordinary users may have, from 0 to 1. */
	readonly connectionsWarning: number;
	/** A witness's or standby's repmgrd that has not seen its upstream for so long. */
	readonly upstreamUnseenSeconds: number;
	/** Two copies of repmgr.nodes that stay different for so long; witness_sync_interval is 15 s. */
	readonly viewsDisagreeSeconds: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
	graceSeconds: 10,
	lagWarningSeconds: null,
	lagCriticalSeconds: null,
	archiveReadyWarning: null,
	archiveReadyCritical: null,
	diskWarning: 0.85,
	diskCritical: 0.95,
	slotWarningBytes: 1024 * 1024 * 1024,
	clockSkewSeconds: 2,
	connectionsWarning: 0.9,
	upstreamUnseenSeconds: 15,
	viewsDisagreeSeconds: 45,
};
