/** What parameters of repmgr.conf that repmgr 3 knew are called since repmgr 4; null is gone. */
export const RENAMED_PARAMETERS: ReadonlyMap<string, string | null> = new Map([
	["cluster", null],
	["node", "node_id"],
	["upstream_node", null],
	["loglevel", "log_level"],
	["logfacility", "log_facility"],
	["logfile", "log_file"],
	["master_reponse_timeout", "async_query_timeout"],
	["master_response_timeout", "async_query_timeout"],
	["retry_promote_interval_secs", "primary_notification_timeout"],
]);
