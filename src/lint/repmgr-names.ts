/** Every parameter that repmgr.conf may have (configdata.c of repmgr 5.5). */
export const REPMGR_PARAMETERS: ReadonlySet<string> = new Set(
	`node_id node_name conninfo replication_user data_directory config_directory pg_bindir repmgr_bindir replication_type
	log_level log_facility log_file log_status_interval use_replication_slots pg_basebackup_options restore_command
	tablespace_mapping recovery_min_apply_delay archive_cleanup_command use_primary_conninfo_password passfile
	promote_check_timeout promote_check_interval pg_backupapi_backup_id pg_backupapi_host pg_backupapi_node_name
	pg_backupapi_remote_ssh_command primary_follow_timeout standby_follow_timeout standby_follow_restart
	shutdown_check_timeout standby_reconnect_timeout wal_receive_check_timeout node_rejoin_timeout archive_ready_warning
	archive_ready_critical replication_lag_warning replication_lag_critical witness_sync_interval failover location priority
	promote_command follow_command monitor_interval_secs reconnect_attempts reconnect_interval monitoring_history
	degraded_monitoring_timeout async_query_timeout primary_notification_timeout repmgrd_standby_startup_timeout
	repmgrd_pid_file repmgrd_exit_on_inactive_node standby_disconnect_on_failover sibling_nodes_disconnect_timeout
	connection_check_type primary_visibility_consensus always_promote failover_validation_command election_rerun_interval
	child_nodes_check_interval child_nodes_disconnect_min_count child_nodes_connected_min_count
	child_nodes_connected_include_witness child_nodes_disconnect_timeout child_nodes_disconnect_command pg_ctl_options
	service_start_command service_stop_command service_restart_command service_reload_command service_promote_command
	repmgrd_service_start_command repmgrd_service_stop_command event_notification_command event_notifications barman_host
	barman_server barman_config rsync_options ssh_options reconnect_loop_sync promote_delay failover_delay
	connection_check_query`
		.trim()
		.split(/\s+/),
);

/** The parameters that came after repmgr 5.2, by its release notes for 5.3.0 and 5.4.0. */
export const PARAMETER_SINCE: ReadonlyMap<string, string> = new Map([
	["repmgrd_exit_on_inactive_node", "5.3"],
	["pg_backupapi_backup_id", "5.4"],
	["pg_backupapi_host", "5.4"],
	["pg_backupapi_node_name", "5.4"],
	["pg_backupapi_remote_ssh_command", "5.4"],
]);

/** Keywords of conninfo (manual 34.1.2) that users put into repmgr.conf by mistake. */
export const CONNINFO_KEYWORDS: ReadonlySet<string> = new Set(
	`host hostaddr port user dbname password service connect_timeout application_name client_encoding options
	sslmode sslcert sslkey sslpassword sslrootcert sslcrl sslcrldir sslcompression ssl_min_protocol_version
	ssl_max_protocol_version sslnegotiation channel_binding gssencmode krbsrvname requirepeer require_auth
	target_session_attrs load_balance_hosts keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout`
		.trim()
		.split(/\s+/),
);

/** Every event of repmgr and repmgrd (5.5; the last two are undocumented: repmgrd-physical.c, repmgrd.c). */
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
