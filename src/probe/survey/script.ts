import { PLAIN_ECHO, STATE_DIRECTORY } from "../../text/shell.ts";
import { CONF_VALUE, DAMAGED_BY_REPMGR, PROGRAM_OF } from "../shell-functions.ts";

/** Parameters of repmgr.conf that hold a command which may need sudo. */
export const SERVICE_PARAMETERS = [
	"service_start_command",
	"service_stop_command",
	"service_restart_command",
	"service_reload_command",
	"service_promote_command",
	"repmgrd_service_start_command",
	"repmgrd_service_stop_command",
] as const;

/**
 * Reads a host before an operation: one constant script for sh(1) that changes nothing and prints one fact a line.
 * $1 path of repmgr.conf, $2 system identifier, $3 id of the node that others will replicate from, or "", $4 "mask": asks sudo
 * whether the server's unit may be masked; it is always asked where the unit is masked.
 */
export const SURVEY_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1; system=$2; upstream=$3; wish=$4
${PLAIN_ECHO}
nl='
'
${CONF_VALUE}
${PROGRAM_OF}
${DAMAGED_BY_REPMGR}
${STATE_DIRECTORY}
[ -r "$conf" ] && echo "conf yes"
id=$conf_node_id; [ -n "$id" ] && echo "id $id"
data=$conf_data_directory; version=; { read -r version < "$data/PG_VERSION"; } 2>/dev/null
bindir=\${conf_pg_bindir%/}
own=\${conf_repmgr_bindir%/}
for program in repmgr \${own:+"$own/repmgr"} \${bindir:+"$bindir/repmgr"} "/usr/lib/postgresql/$version/bin/repmgr" "/usr/pgsql-$version/bin/repmgr"; do
  if command -v "$program" >/dev/null 2>&1; then
    echo "repmgr $program $("$program" --version 2>&1 | head -n 1)"
    # As repmgr's switchover asks of the old primary, and of nobody else (repmgr-action-standby.c).
    if [ -n "$upstream" ] && [ "$upstream" != "$id" ]; then
      timeout 20 "$program" -f "$conf" node check "--remote-node-id=$upstream" --replication-connection 2>&1 </dev/null |
        head -n 20 | sed 's/^/replication |/'
    fi
    break
  fi
done
for program in \${bindir:+"$bindir/psql"} "/usr/lib/postgresql/$version/bin/psql" "/usr/pgsql-$version/bin/psql" psql; do
  if command -v "$program" >/dev/null 2>&1; then echo "psql $program"; break; fi
done
# postmaster.opts has the command line of the last start; Debian keeps the file elsewhere than in the data directory.
file=$(sed -n 's/.*"config_file=\\([^"]*\\)".*/\\1/p' "$data/postmaster.opts" 2>/dev/null)
own=\${conf_config_directory%/}
for file in \${file:+"$file"} "$data/postgresql.conf" \${own:+"$own/postgresql.conf"}; do
  if [ -r "$file" ]; then echo "config $file"; break; fi
done
for dir in \${bindir:+"$bindir"} "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" ""; do
  tool=\${dir:+$dir/}pg_controldata
  if command -v "$tool" >/dev/null 2>&1; then
    "$tool" "$data" 2>/dev/null | sed -n 's/^wal_log_hints setting: *\\(.*\\)/rewind hints \\1/p; s/^Data page checksum version: *\\(.*\\)/rewind checksums \\1/p'
    break
  fi
done
unit=
for parameter in ${SERVICE_PARAMETERS.join(" ")}; do
  eval "command=\\$conf_$parameter"
  if [ -n "$command" ]; then echo "program $parameter $(program_of "$command")"
  else
    case $parameter in
      service_promote_command | repmgrd_*) ;;
      *) echo "program $parameter $(program_of "\${bindir:+$bindir/}pg_ctl")" ;;
    esac
  fi
  case \${command%% *} in
    sudo | */sudo)
      # Asked, not tried. Words are split as a shell would, but nothing is expanded. "-k": a password that was typed of late
      # does not count.
      words=\${command#* }; words=\${words#"\${words%%[! ]*}"}
      case $words in "-n "*) words=\${words#-n}; words=\${words#"\${words%%[! ]*}"} ;; esac
      case $words in
        -*) echo "sudocheck $parameter skipped" ;;
        *)
          # A process less where there is nothing to unquote.
          case $words in
            *[\\'\\"\\\\]*) resolved=$(printf '%s' "$words" | xargs sudo -k -n -l -- 2>/dev/null) ;;
            *) resolved=$(set -f; exec sudo -k -n -l -- $words 2>/dev/null) ;;
          esac
          if [ $? -eq 0 ]
          then echo "sudocheck $parameter allowed \${resolved%%"$nl"*}"
          else echo "sudocheck $parameter refused"
          fi ;;
      esac ;;
  esac
  case " $command" in
    *[" /"]systemctl" "*)
      # Most of them name the same one.
      if [ "\${command##* }" != "$unit" ]; then
        unit=\${command##* }
        shown=$(systemctl show -p LoadState -p ActiveState -p SubState -p StateChangeTimestamp -p ControlPID -p MainPID -p FragmentPath -- "$unit" 2>/dev/null | tr '\\n' ' ')
        case $shown in
          *ControlPID=[1-9]*)
            control=\${shown##*ControlPID=}; control=\${control%% *}
            echo "control $unit $control $(ps -o args= -p "$control" 2>/dev/null)" ;;
        esac
      fi
      echo "unit $parameter $unit $shown"
      [ "$parameter" = service_stop_command ] && case "$wish $shown" in
        mask* | *LoadState=masked*)
          systemctl=\${command%%systemctl *}; systemctl=\${systemctl##* }systemctl
          for verb in mask unmask; do
            if resolved=$(sudo -k -n -l -- "$systemctl" $verb "$unit" 2>/dev/null)
            then echo "maskcheck $verb allowed \${resolved%%"$nl"*}"
            else echo "maskcheck $verb refused"
            fi
          done ;;
      esac ;;
  esac
done
sudo -k -n -l 2>&1 | sed 's/^/sudo |/'
damaged_by_repmgr "$data/postgresql.auto.conf"
oldest=$(find "$data/pg_wal/archive_status/" -name '*.ready' -printf '%T@\\n' 2>/dev/null | sort -n | head -n 1)
[ -n "$oldest" ] && echo "archivewait $(($(date +%s) - \${oldest%.*}))"
postmaster=; { read -r postmaster < "$data/postmaster.pid"; } 2>/dev/null
[ -n "$postmaster" ] && ps -o pid=,args= --ppid "$postmaster" 2>/dev/null |
  sed -n 's/^ *\\([0-9][0-9]*\\) .*\\(archiver\\|walsender\\)/process \\1 \\2/p' | head -n 20
[ -e "$data/backup_label" ] && echo "label yes"
state=$(state_directory)
near=$state; while [ ! -e "$near" ]; do near=\${near%/*}; done
[ -w "$near" ] && echo "writable yes"
if [ -d "$state/lock-$system" ]; then
  echo "locked yes"
  [ -r "$state/lock-$system/holder.json" ] && echo "lock $(tr -d '\\n' < "$state/lock-$system/holder.json")"
fi
exit 0
`;
