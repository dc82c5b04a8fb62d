import { PLAIN_ECHO } from "../../text/shell.ts";
import { DAMAGED_BY_REPMGR, PROGRAM_OF, READ_CONF } from "../shell-functions.ts";
import { SAFE_CONF_AWK, SAFE_HBA_SED, SAFE_PASSFILE_SED } from "./redaction.ts";

/** Commands of repmgr.conf that may use sudo. */
const SERVICE_COMMANDS = [
	"service_start_command",
	"service_stop_command",
	"service_restart_command",
	"service_reload_command",
	"service_promote_command",
	"repmgrd_service_start_command",
	"repmgrd_service_stop_command",
];

/** Commands that repmgr, repmgrd or the server run by a shell. */
const COMMANDS = [
	"promote_command",
	"follow_command",
	"failover_validation_command",
	"child_nodes_disconnect_command",
	"event_notification_command",
	"restore_command",
	"archive_cleanup_command",
	...SERVICE_COMMANDS,
];

/** As single-quoted word of sh(1). */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Reads a host's configuration: one constant script for sh(1) that changes nothing, run as PostgreSQL's user. Data are
 * arguments only: $1 repmgr.conf, $2 data directory, $3 pg_hba.conf ("" where unknown), then host names to look up.
 * Each line is one fact, "WORD value…"; lines of files follow their "file" with "|" in front. The last line is "end".
 */
export const SETUP_SCRIPT = `
LC_ALL=C; export LC_ALL
set -f
${PLAIN_ECHO}
nl='
'
conf=$1; data=$2; hba=$3; shift 3; shown=
safe_conf=${quoted(SAFE_CONF_AWK)}
safe_passfile=${quoted(SAFE_PASSFILE_SED)}
safe_hba=${quoted(SAFE_HBA_SED)}
${PROGRAM_OF}
${DAMAGED_BY_REPMGR}
${READ_CONF}
echo "user $(id -un) $(id -u)"
home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
[ -n "$home" ] || home=$HOME

# announce ROLE PATH: what the file is, or why it can't be read.
announce() {
  if [ ! -e "$2" ]; then
    case $(ls -d -- "$2" 2>&1) in
      *"Permission denied"*) echo "nofile $1 unreadable $2" ;;
      *) echo "nofile $1 missing $2" ;;
    esac
    return 1
  fi
  echo "file $1 $(stat -L -c '%a %U' -- "$2") $2"
  [ -r "$2" ] && [ ! -d "$2" ] && return 0
  echo "nofile $1 unreadable $2"
  return 1
}

# repmgr.conf and what it includes, once each.
read_conf "$conf"
old_ifs=$IFS; IFS=$nl
for path in $files_read; do
  case "$nl$shown" in *"$nl$path$nl"*) continue ;; esac
  shown="$shown$path$nl"
  announce conf "$path" || continue
  # Without awk nothing of it may leave the host.
  if command -v awk >/dev/null 2>&1; then awk "$safe_conf" "$path"; else echo "nofile conf unreadable $path"; fi
done
IFS=$old_ifs

passfile=\${conf_passfile:-$home/.pgpass}
announce passfile "$passfile" && sed -E "$safe_passfile" "$passfile"

[ -n "$data" ] || data=$conf_data_directory
[ -d "$data" ] && echo "data $(stat -L -c '%a %U' -- "$data") $data"
echo "realdata $(readlink -f -- "$data")"
echo "realconf $(readlink -f -- "$conf_data_directory")"
sed -n 's|^\\([^ "]*\\)/[^/ "]*.*|bindir \\1|p' "$data/postmaster.opts" 2>/dev/null
damaged_by_repmgr "$data/postgresql.auto.conf"
[ -e "$data/postgresql.auto.conf" ] && echo "autoconf $(stat -L -c '%a %U' -- "$data/postgresql.auto.conf") $data/postgresql.auto.conf"

if [ -z "$hba" ]; then
  config=$(sed -n 's|.*config_file=\\([^"]*\\)/[^/"]*".*|\\1|p' "$data/postmaster.opts" 2>/dev/null)
  [ -n "$config" ] || config=$conf_config_directory
  [ -n "$config" ] || config=$data
  hba=$config/pg_hba.conf
fi
announce hba "$hba" && sed -E "$safe_hba" "$hba"

bindir=\${conf_pg_bindir%/}
repmgr_bindir=\${conf_repmgr_bindir%/}
# Without a login shell, as for a service, for cron and for a command over SSH.
PATH_OF_SERVICES=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
in_path() { (PATH=$PATH_OF_SERVICES; command -v "$1" 2>/dev/null); }
for tool in pg_ctl pg_rewind pg_basebackup pg_controldata repmgr; do
  dir=$bindir
  [ "$tool" = repmgr ] && [ -n "$repmgr_bindir" ] && dir=$repmgr_bindir
  if [ -n "$dir" ]; then found=; [ -x "$dir/$tool" ] && found=$dir/$tool
  else found=$(in_path "$tool")
  fi
  echo "tool $tool $found"
done
echo "repmgrinpath $(in_path repmgr)"

for key in ${COMMANDS.join(" ")}; do
  eval "value=\\$conf_$key"
  [ -n "$value" ] && echo "program $key $(program_of "$value")"
done
log=$conf_log_file
if [ -n "$log" ]; then
  target=$log; [ -e "$log" ] || target=$(dirname -- "$log")
  [ -w "$target" ] && [ ! -d "$log" ] && echo "logfile yes $log" || echo "logfile no $log"
fi

if command -v sudo >/dev/null 2>&1; then
  sudo -n -l 2>&1 | sed 's/^/sudo |/'
  for key in ${SERVICE_COMMANDS.join(" ")}; do
    eval "value=\\$conf_$key"
    case $value in
      "sudo -"* | "/usr/bin/sudo -"*) echo "sudocheck $key skipped" ;;
      "sudo "* | "/usr/bin/sudo "*)
        value=\${value#* }
        # Split into words, nothing else: sudo is asked, and nothing is run.
        if resolved=$(sudo -n -l -- $value 2>/dev/null); then echo "sudocheck $key allowed \${resolved%%"$nl"*}"
        else echo "sudocheck $key refused"
        fi ;;
    esac
  done
else echo "sudo none"
fi

unit_of() { sed -n -E 's/^(0:|[0-9]+:name=systemd):.*\\/([^/]+\\.service)(\\/.*)?$/\\2/p' "/proc/$1/cgroup" 2>/dev/null | head -n 1; }
# The file that a repmgrd was given, in any of the forms that getopt_long(3) takes. Nothing else of its arguments is printed.
conf_given() {
  tr '\\000' '\\n' < "$1/cmdline" 2>/dev/null | {
    file=; is_next=
    while IFS= read -r word; do
      if [ -n "$is_next" ]; then file=$word; is_next=; continue; fi
      case $word in
        -f | --config-file) is_next=yes ;;
        -f?*) file=\${word#-f} ;;
        --config-file=*) file=\${word#*=} ;;
      esac
    done
    echo "$file"
  }
}
repmgrd=
for dir in $(set +f; echo /proc/[0-9]*); do
  comm=; { read -r comm < "$dir/comm"; } 2>/dev/null
  [ "$comm" = repmgrd ] || continue
  given=$(conf_given "$dir")
  case $given in
    "") case $(tr '\\000' ' ' < "$dir/cmdline" 2>/dev/null) in *"$conf"*) ;; *) continue ;; esac ;;
    "$conf") ;;
    /*)
      if [ "$(readlink -f -- "$given")" != "$(readlink -f -- "$conf")" ]; then
        # The repmgrd of another node on this host has another data directory.
        other=$(conf_data_directory=; count_read=0; read_conf "$given"; readlink -f -- "$conf_data_directory")
        [ -n "$other" ] && [ "$other" = "$(readlink -f -- "$data")" ] || continue
        echo "repmgrdconf $given"
      fi ;;
    *) continue ;;
  esac
  repmgrd=\${dir#/proc/}
  break
done

if command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
  units=
  add_unit() {
    case $1 in *.service | *.target) unit=$1 ;; ?*) unit=$1.service ;; *) return ;; esac
    # Of a name that can't be a unit's systemctl would say nothing, and of those after it neither.
    case $unit in *[!A-Za-z0-9:_.@\\-]*) echo "unit $unit" ;; *) units="$units$unit$nl" ;; esac
  }
  add_unit repmgrd
  pid=; { read -r pid < "$data/postmaster.pid"; } 2>/dev/null
  comm=; { read -r comm < "/proc/$pid/comm"; } 2>/dev/null
  if [ "$comm" = postgres ] || [ "$comm" = postmaster ]; then
    unit=$(unit_of "$pid"); echo "process postgres $unit"
    add_unit "$unit"
  fi
  if [ -n "$repmgrd" ]; then
    unit=$(unit_of "$repmgrd"); echo "process repmgrd $unit"
    add_unit "$unit"
  fi
  for key in ${SERVICE_COMMANDS.join(" ")}; do
    eval "value=\\$conf_$key"
    case $value in *systemctl*) add_unit "\${value##* }" ;; esac
  done
  (
    IFS=$nl; set -- $(printf %s "$units" | sort -u); unset IFS
    # One after the other, with an empty line between them.
    systemctl show -p LoadState,UnitFileState,User,ExecStart,SourcePath -- "$@" 2>/dev/null | {
      echo "unit $1"
      while IFS= read -r line; do
        if [ -n "$line" ]; then echo "|$line"; elif [ $# -gt 1 ]; then shift; echo "unit $1"; fi
      done
    }
  )
  [ -r /etc/default/repmgrd ] && echo "defaults" &&
    sed -n -E "s/^[[:space:]]*(REPMGRD_(ENABLED|CONF|OPTS|USER))=[\\"']?([^\\"']*)[\\"']?.*/|\\1=\\3/p" /etc/default/repmgrd
  removes=$(set +f; cat /etc/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf 2>/dev/null |
    sed -n 's/^[[:space:]]*RemoveIPC[[:space:]]*=[[:space:]]*//p' | tail -n 1)
  echo "removeipc $removes"
else echo "systemd none"
fi

command -v getent >/dev/null 2>&1 && for name in "$@"; do
  echo "address $name $(getent ahosts "$name" 2>/dev/null | sed 's/[[:space:]].*//' | sort -u | tr '\\n' ' ')"
done
echo end
exit 0
`;
