/** When something becomes worth saying. Defaults are repmgr's own where it has them (repmgr.conf.sample). */
export interface Thresholds {
	/** A standby may be away for so long before it counts as trouble: a restart takes that. */
	readonly graceSeconds: number;
	/** replication_lag_warning and replication_lag_critical. */
	readonly lagWarningSeconds: number;
	readonly lagCriticalSeconds: number;
	/** archive_ready_warning and archive_ready_critical: WAL files waiting. */
	readonly archiveReadyWarning: number;
	readonly archiveReadyCritical: number;
	/** Of a disk's size that is used, from 0 to 1. */
	readonly diskWarning: number;
	readonly diskCritical: number;
	/** WAL kept for an inactive slot. */
	readonly slotWarningBytes: number;
	readonly clockSkewSeconds: number;
	/** Of max_connections that are in use, from 0 to 1. */
	readonly connectionsWarning: number;
	/** A witness's or standby's repmgrd that has not seen its upstream for so long. */
	readonly upstreamUnseenSeconds: number;
	/** Two copies of repmgr.nodes that stay different for so long; witness_sync_interval is 15 s. */
	readonly viewsDisagreeSeconds: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
	graceSeconds: 10,
	lagWarningSeconds: 300,
	lagCriticalSeconds: 600,
	archiveReadyWarning: 16,
	archiveReadyCritical: 128,
	diskWarning: 0.85,
	diskCritical: 0.95,
	slotWarningBytes: 1024 * 1024 * 1024,
	clockSkewSeconds: 2,
	connectionsWarning: 0.9,
	upstreamUnseenSeconds: 15,
	viewsDisagreeSeconds: 45,
};
