/** Every event that repmgr and repmgrd make (5.5; the last two are in the source alone). */
export const EVENTS: ReadonlySet<string> = new Set(
	`cluster_created primary_register primary_unregister standby_clone standby_register standby_register_sync
	standby_unregister standby_promote standby_follow standby_switchover witness_register witness_unregister node_rejoin
	cluster_cleanup repmgrd_start repmgrd_shutdown repmgrd_reload repmgrd_failover_promote repmgrd_failover_follow
	repmgrd_failover_aborted repmgrd_standby_reconnect repmgrd_promote_error repmgrd_local_disconnect
	repmgrd_local_reconnect repmgrd_upstream_disconnect repmgrd_upstream_reconnect standby_disconnect_manual
	standby_failure standby_recovery child_node_disconnect child_node_reconnect child_node_new_connect
	child_nodes_disconnect_command repmgrd_failover_abort repmgrd_config_reload`
		.trim()
		.split(/\s+/),
);
