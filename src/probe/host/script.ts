import { PLAIN_ECHO, STATE_DIRECTORY } from "../../text/shell.ts";
import { CONF_VALUE, FIND_TOOL, REPMGRD_UNITS, SERVER_UNITS, UNIT_OF } from "../shell-functions.ts";

/** Settings of repmgr.conf that repmgr.nodes does not have; conninfo is read apart, as it may hold a password. */
const REPMGR_SETTINGS = [
	"node_id",
	"node_name",
	"failover",
	"priority",
	"location",
	"monitor_interval_secs",
	"reconnect_attempts",
	"reconnect_interval",
	"promote_command",
	"follow_command",
	"primary_visibility_consensus",
	"degraded_monitoring_timeout",
	"connection_check_type",
	"standby_disconnect_on_failover",
	"sibling_nodes_disconnect_timeout",
	"election_rerun_interval",
	"always_promote",
	"failover_validation_command",
	"replication_lag_warning",
	"replication_lag_critical",
	"archive_ready_warning",
	"archive_ready_critical",
	"data_directory",
	"use_replication_slots",
	"witness_sync_interval",
	"service_start_command",
	"service_stop_command",
	"service_restart_command",
	"repmgrd_service_start_command",
	"repmgrd_service_stop_command",
	"node_rejoin_timeout",
	"standby_reconnect_timeout",
	"shutdown_check_timeout",
	"replication_lag_critical",
	"ssh_options",
	"barman_host",
	"barman_server",
	"barman_config",
] as const;

/** Keywords of conninfo that lead to the server; none that may be a secret. */
const CONNINFO_KEYWORDS = [
	"host",
	"hostaddr",
	"port",
	"user",
	"dbname",
	"connect_timeout",
	"sslmode",
] as const;

/**
 * What repmgr.conf says, after CONF_VALUE. A password never leaves the host: only chosen keywords of a conninfo are printed, and
 * nothing at all of one whose quotes, escapes or form (URI) would need libpq's own parser to tell what is what.
 */
export const CONF_FACTS = `show_word() { case $1 in ${CONNINFO_KEYWORDS.map((keyword) => `${keyword}=*`).join(" | ")}) shown="$shown$1 " ;; esac; }
# Blanks may stand around a "=".
show_conninfo() {
  line=\${1#"'"}; line=\${line%"\${line##*[![:space:]]}"}; line=\${line%"'"}
  shown=; pair=
  set -f
  for word in $line; do
    case $word in
      =*) pair=$pair$word ;;
      *) case $pair in *=) pair=$pair$word ;; *) show_word "$pair"; pair=$word ;; esac ;;
    esac
  done
  set +f
  show_word "$pair"; echo "conf conninfo $shown"
}
if [ -r "$conf" ]; then
  for key in ${REPMGR_SETTINGS.join(" ")}; do
    eval "value=\\$conf_$key"
    case $value in *[Pp][Aa][Ss][Ss]*) value="(not shown: it may hold a password)" ;; esac
    echo "conf $key $value"
  done
  # A file that it includes may say otherwise.
  [ -z "$is_unread" ] || echo "conf include unread"
  case $raw_conninfo in
    *[\\\\\\"#]* | *:/* | *"'"*"'"*"'"* | [!\\']*\\'*) ;;
    *) show_conninfo "$raw_conninfo" ;;
  esac
fi`;

/**
 * Reads a host over SSH: one constant script for sh(1) that changes nothing, so that one read is one channel.
 * Nothing from a database becomes part of its text; data are arguments:
 * $1 data directory ("" where unknown), $2 path of repmgr.conf; where the end of the log is wanted, $3 LOG_SCRIPT with
 * $4 most bytes and $5 most lines of the journal.
 * Each line is one fact: "WORD value…".
 */
export const HOST_SCRIPT = `
LC_ALL=C; export LC_ALL
data=$1; conf=$2
${PLAIN_ECHO}
${STATE_DIRECTORY}
date '+time %s.%N'
${CONF_VALUE}
${FIND_TOOL}
${UNIT_OF}
count_ready() { [ -e "$1" ] || set --; echo "ready $#"; }
# Into "state".
read_state() { state=; { read -r state < "/proc/$1/stat"; } 2>/dev/null; state=\${state##*) }; state=\${state%% *}; }
[ -n "$data" ] || data=$conf_data_directory
server=
if [ -n "$data" ] && [ -r "$data/PG_VERSION" ]; then
  echo "data $data"
  pid=; { read -r pid < "$data/postmaster.pid"; } 2>/dev/null
  comm=; { read -r comm < "/proc/$pid/comm"; } 2>/dev/null
  if [ -n "$pid" ] && { [ "$comm" = postgres ] || [ "$comm" = postmaster ]; }
  then server=$pid; read_state "$pid"; echo "postmaster $pid $state"
  else echo "postmaster none"
  fi
  find_tool pg_controldata
  [ -z "$tool" ] || "$tool" "$data" 2>/dev/null | while IFS= read -r line; do
    case $line in *"cluster state:"* | *"system identifier:"* | *"checkpoint location:"* | *"checkpoint's TimeLineID:"*) echo "control $line" ;; esac
  done
  stat -c '%Y %n' "$data/postmaster.pid" "$data/global/pg_control" "$data/pg_stat/repmgrd_state.txt" 2>/dev/null | while read -r at file; do
    case $file in */postmaster.pid) echo "pidfile $at" ;; */pg_control) echo "controlfile $at" ;; *) echo "pausefile $at" ;; esac
  done
  df -P -k "$data" "$data/pg_wal/" 2>/dev/null | { read -r _; for dir in PGDATA pg_wal; do read -r line && echo "disk $dir $line"; done; }
  count_ready "$data/pg_wal/archive_status/"*.ready
  history=; for file in "$data"/pg_wal/*.history; do history=$file; done
  [ -r "$history" ] && sed -n 's/^\\([0-9][0-9]*\\)[[:space:]][[:space:]]*\\([0-9A-F]*\\/[0-9A-F]*\\).*/fork \\1 \\2/p' "$history"
fi
found=
for dir in /proc/[0-9]*; do
  # Read by the shell itself: a program started for each of a busy server's processes would take seconds.
  comm=; { read -r comm < "$dir/comm"; } 2>/dev/null
  if [ "$comm" = repmgr ]; then
    # Two words at most: what follows may hold a conninfo.
    tr '\\000' '\\n' < "$dir/cmdline" 2>/dev/null | grep -E -x 'primary|standby|witness|node|cluster|service|switchover|promote|follow|rejoin|clone|register|unregister|pause|unpause' | head -n 2 | tr '\\n' ' ' | sed 's/^/command /'; echo
    continue
  fi
  [ -z "$found" ] && [ "$comm" = repmgrd ] || continue
  grep -q -F -e "$conf" "$dir/cmdline" 2>/dev/null || continue
  found=\${dir#/proc/}; read_state "$found"; echo "repmgrd $found $state"
done
[ -n "$found" ] || echo "repmgrd none"
state=$(state_directory)
# Of these runs of commands one goes on, or has come to a good end (RUN_SCRIPT of the operations writes both files).
is_at_work() {
  for run do
    code=; { read -r code < "$run/exit"; } 2>/dev/null
    case $code in 0) return 0 ;; ?*) continue ;; esac
    pid=; begun=; { read -r pid begun < "$run/pid"; } 2>/dev/null
    line=; { read -r line < "/proc/$pid/stat"; } 2>/dev/null
    # Another process may have got its number since.
    set -- \${line##*) }; [ "\${20-}" != "\${begun:-none}" ] || return 0
  done
  return 1
}
for mark in "$state"/rewind-*; do
  [ -r "$mark" ] || continue
  { IFS= read -r marked; read -r timeline; IFS= read -r operation; } < "$mark"
  [ "$marked" = "$data" ] || continue
  # repmgr says so right before it runs pg_rewind (do_node_rejoin() in repmgr-action-node.c). A run directory that is gone
  # proves nothing.
  if [ -d "$operation" ]; then
    cat "$operation"/rejoin*/stderr 2>/dev/null | grep -q 'executing pg_rewind' || continue
    ! is_at_work "$operation"/rejoin* || continue
  fi
  echo "rewind $timeline"
done
for holder in "$state"/lock-*/holder.json; do
  [ -r "$holder" ] || continue
  dir=\${holder%/holder.json}
  echo "lock \${dir##*/lock-} $(tr -d '\\n' < "$holder" | head -c 2000)"
  # A command of its operation that runs, or how long ago the last one began or ended, in seconds.
  operation=$(sed -n 's/.*"operationId":"\\([A-Za-z0-9_-]*\\)".*/\\1/p' "$holder" | head -n 1)
  last=
  for run in "$state/runs/\${operation:-none}"/*; do
    [ -d "$run" ] || continue
    at=$(stat -c %Y "$run")
    [ -f "$run/exit" ] || ! is_at_work "$run" || at=$(date +%s)
    [ "$at" -le "\${last:-0}" ] || last=$at
  done
  [ -z "$last" ] || echo "works $operation $(($(date +%s) - last))"
done
for note in "$state"/fence-*.json "$state"/pause-*.json; do
  name=\${note##*/}
  [ -r "$note" ] && echo "\${name%%-*} $(head -c 4000 "$note")"
done
# What \`systemctl mask\` leaves: a link to /dev/null, by which the unit's file has no content (systemd.unit(5)).
for parameter in service_start_command repmgrd_service_start_command; do
  eval "command=\\$conf_$parameter"
  case " $command" in *[" /"]systemctl" "*) ;; *) continue ;; esac
  unit=\${command##* }
  case $unit in */*) continue ;; *.service) ;; *) unit=$unit.service ;; esac
  for dir in /etc /run; do
    [ -e "$dir/systemd/system/$unit" ] || continue
    [ -s "$dir/systemd/system/$unit" ] || echo "masked $parameter $unit $dir"
    break
  done
done
${CONF_FACTS}
units=
tell_unit() { [ -z "$unit" ] || { echo "unitof $1 $unit"; units="$units $unit"; }; }
[ -z "$server" ] || { unit_of "$server"; tell_unit server; }
[ -z "$found" ] || { unit_of "$found"; tell_unit repmgrd; }
unit_in "$conf_service_start_command"; tell_unit start
unit_in "$conf_repmgrd_service_start_command"; tell_unit repmgrd-start
if command -v systemctl >/dev/null 2>&1; then
  systemctl show -p Id -p LoadState -p ActiveState -p SubState -p MainPID -- ${[...SERVER_UNITS, ...REPMGRD_UNITS].map((name) => `'${name}'`).join(" ")} $units 2>/dev/null | {
    tell() { [ -z "$id" ] || echo "unit $id $load $active $sub $main"; id=; }
    id=
    while IFS= read -r line; do
      case $line in
        Id=*) id=\${line#*=} ;; LoadState=*) load=\${line#*=} ;; ActiveState=*) active=\${line#*=} ;;
        SubState=*) sub=\${line#*=} ;; MainPID=*) main=\${line#*=} ;; "") tell ;;
      esac
    done
    tell
  }
fi
[ -z "$3" ] || sh -c "$3" sh "$conf" "$4" "$5" '' '' '' '' '' '' '' '' 2>/dev/null | sed 's/^/log /'
exit 0
`;
