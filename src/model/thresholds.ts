/** When something is reported. Null: from the node's repmgr.conf, else repmgr's default. */
export interface Thresholds {
	/** A node may be down for this long before it is reported: a restart takes that. */
	readonly graceSeconds: number;
	/** replication_lag_warning and replication_lag_critical. */
	readonly lagWarningSeconds: number | null;
	readonly lagCriticalSeconds: number | null;
	/** archive_ready_warning and archive_ready_critical: WAL files to be archived. */
	readonly archiveReadyWarning: number | null;
	readonly archiveReadyCritical: number | null;
	/** The used share of a disk, from 0 to 1. */
	readonly diskWarning: number;
	readonly diskCritical: number;
	/** WAL kept for an inactive slot. */
	readonly slotWarningBytes: number;
	readonly clockSkewSeconds: number;
	/** The used share of the connections for ordinary users, from 0 to 1. */
	readonly connectionsWarning: number;
	/** How long a standby's or witness's repmgrd may not see its upstream. */
	readonly upstreamUnseenSeconds: number;
	/** How long two copies of repmgr.nodes may differ; witness_sync_interval is 15 s. */
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
