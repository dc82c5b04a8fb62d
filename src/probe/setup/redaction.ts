/**
 * Programs for awk(1) and sed(1) that remove all secrets from a file before it leaves its host. Each prints one line
 * for each line of the file, with "|" in front, so that lines keep their numbers. Lines of unknown form are not printed.
 */

import { HIDDEN } from "../../model/setup.ts";

/** Settings of repmgr.conf whose values are printed; for all others only the name is. */
const SHOWN_SETTINGS = [
	"node_id",
	"node_name",
	"replication_user",
	"data_directory",
	"config_directory",
	"pg_bindir",
	"repmgr_bindir",
	"location",
	"priority",
	"failover",
	"promote_command",
	"follow_command",
	"use_replication_slots",
	"passfile",
	"use_primary_conninfo_password",
	"primary_visibility_consensus",
	"standby_disconnect_on_failover",
	"failover_validation_command",
	"monitoring_history",
	"monitor_interval_secs",
	"reconnect_attempts",
	"reconnect_interval",
	"degraded_monitoring_timeout",
	"standby_reconnect_timeout",
	"node_rejoin_timeout",
	"archive_ready_warning",
	"archive_ready_critical",
	"replication_lag_warning",
	"replication_lag_critical",
	"connection_check_type",
	"child_nodes_check_interval",
	"replication_type",
	"ssh_options",
	"event_notification_command",
	"event_notifications",
	"child_nodes_disconnect_command",
	"child_nodes_disconnect_min_count",
	"child_nodes_connected_min_count",
	"child_nodes_connected_include_witness",
	"log_file",
	"log_level",
	"restore_command",
	"archive_cleanup_command",
	"service_start_command",
	"service_stop_command",
	"service_restart_command",
	"service_reload_command",
	"service_promote_command",
	"repmgrd_service_start_command",
	"repmgrd_service_stop_command",
	"include",
	"include_if_exists",
	"include_dir",
] as const;

/** May the value of a setting of repmgr.conf be shown? A conninfo's secrets are concealed one by one. */
export function isShownSetting(name: string): boolean {
	const written = name.toLowerCase();
	return written === "conninfo" || SHOWN_SETTINGS.some((shown) => shown === written);
}

/** Keywords that a conninfo with a password may have; with any other it is not printed at all. */
const SHOWN_KEYWORDS = [
	"host",
	"hostaddr",
	"port",
	"user",
	"dbname",
	"connect_timeout",
	"application_name",
	"passfile",
	"sslmode",
	"sslrootcert",
	"sslcert",
	"sslkey",
	"keepalives",
	"keepalives_idle",
	"keepalives_interval",
	"keepalives_count",
	"tcp_user_timeout",
	"target_session_attrs",
] as const;

/**
 * repmgr.conf. A malformed value is printed as "?", so that the parser still finds what repmgr would refuse.
 * A conninfo that has a password is printed keyword by keyword, or not at all where it takes libpq's own parser to
 * read it (quotes, escapes, URI).
 */
export const SAFE_CONF_AWK = `
BEGIN {
  q = "\\047"
  quoted = "^[ \\t]*=?[ \\t]*" q "([^" q "\\\\\\\\]|\\\\\\\\.|" q q ")*" q
  count = split("${SHOWN_SETTINGS.join(" ")}", list, " "); for (i = 1; i <= count; i++) shown[list[i]] = 1
  count = split("${SHOWN_KEYWORDS.join(" ")}", list, " "); for (i = 1; i <= count; i++) kept[list[i]] = 1
}
# Without a comment behind.
function cleaned(text,   value) {
  if (match(text, quoted)) {
    value = substr(text, 1, RLENGTH); text = substr(text, RLENGTH + 1)
    return text ~ /^[ \\t]*(#.*)?$/ ? value : value " ?"
  }
  sub(/[ \\t]*#.*/, "", text)
  return text
}
function conninfo(text,   plain, n, word, i, key, out) {
  plain = text; sub(/^[ \\t]*=?[ \\t]*/, "", plain)
  if (tolower(text) !~ /password[ \\t]*=/) {
    if (text !~ /:\\/\\//) return text
    if (text !~ /:\\/\\/.*:.*@/ && text !~ /%/) return text
    return "=" q "${HIDDEN}" q
  }
  if (text ~ /:\\/\\// || text ~ /[\\\\"#?]/ || gsub(q, q, plain) > 2) return "=" q "${HIDDEN}" q
  gsub(q, " ", plain); gsub(/[ \\t]*=[ \\t]*/, "=", plain)
  n = split(plain, word, /[ \\t]+/); out = ""
  for (i = 1; i <= n; i++) {
    if (word[i] == "") continue
    key = word[i]; sub(/=.*/, "", key)
    if (key == "password" || key == "sslpassword") word[i] = key "=${HIDDEN}"
    else if (!(key in kept) || word[i] !~ /^[a-z_]+=[^=]+$/) return "=" q "${HIDDEN}" q
    out = out (out == "" ? "" : " ") word[i]
  }
  return "=" q out q
}
{
  sub(/\\r$/, "")
  if ($0 ~ /^[ \\t]*(#|$)/) { print "|"; next }
  if ($0 !~ /^[ \\t]*[A-Za-z_]/) { print "|?"; next }
  name = $0; sub(/^[ \\t]*/, "", name); sub(/[^A-Za-z0-9_].*$/, "", name)
  rest = cleaned(substr($0, index($0, name) + length(name)))
  if (name == "conninfo") print "|" name conninfo(rest)
  else if (rest !~ quoted "$" && rest !~ /^[ \\t]*=?[ \\t]*[^ \\t=]+$/) print "|" name " ? ?"
  else if (!(tolower(name) in shown)) print "|" name "=" q "${HIDDEN}" q
  else if (tolower(rest) ~ /passw|secret|token|:\\/\\//) print "|" name "=" q "${HIDDEN}" q
  else print "|" name rest
}
`;

/** A password file: the fields before the password, and "+" where there is one. */
export const SAFE_PASSFILE_SED = String.raw`
s/\r$//
t fields
:fields
s/^#.*/|/
t
s/^(([^:\\]|\\.)*:([^:\\]|\\.)*:([^:\\]|\\.)*:([^:\\]|\\.)*:)..*$/|\1+/
t
s/^(([^:\\]|\\.)*:([^:\\]|\\.)*:([^:\\]|\\.)*:([^:\\]|\\.)*:)$/|\1/
t
s/.*/|/
`;

/** pg_hba.conf: without comments, and without the options from the first secret on (LDAP, RADIUS). */
export const SAFE_HBA_SED = String.raw`
s/\r$//
s/^[[:space:]]*#.*//
s/[[:alnum:]_]*([Pp][Aa][Ss][Ss][Ww]|[Ss][Ee][Cc][Rr][Ee][Tt])[[:alnum:]_]*=.*//
/"/!s/#.*//
s/^/|/
`;
