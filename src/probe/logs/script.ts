import { PLAIN_ECHO } from "../../text/shell.ts";
import { CONF_VALUE, REPMGRD_UNITS, SERVER_UNITS, UNIT_OF } from "../shell-functions.ts";

/** Most bytes read of one log at a time; a log that grows faster loses lines, and the screen says so. */
export const MOST_LOG_BYTES = 64 * 1024;

/** Most journal entries read at a time. */
export const MOST_JOURNAL_LINES = 500;

/**
 * Functions for sh(1), after CONF_VALUE: `postgres_log` prints the file to which the server logs, or nothing; `stderr_of PID`
 * the file that is a process's standard error.
 */
export const POSTGRES_LOG = `
stderr_of() {
  file=$(readlink "/proc/$1/fd/2" 2>/dev/null); file=\${file% (deleted)}
  case $file in /dev/*) ;; /*) [ -e "$file" ] && echo "$file" ;; esac
}
postgres_log() (
  data=$conf_data_directory
  pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
  comm=; { read -r comm < "/proc/$pid/comm"; } 2>/dev/null
  case $comm in postgres|postmaster) ;; *) pid= ;; esac
  file=
  for kind in stderr csvlog jsonlog; do
    [ -n "$file" ] || file=$(sed -n "s/^$kind //p" "$data/current_logfiles" 2>/dev/null | head -n 1)
  done
  case $file in ''|/*) ;; *) file=$data/$file ;; esac
  [ -n "$file" ] && [ ! -e "$file" ] && file=
  [ -n "$file" ] || [ -z "$pid" ] || file=$(stderr_of "$pid")
  if [ -z "$file" ] && [ -n "$data" ]; then
    # Debian's, after the names in /var/lib/postgresql/VERSION/CLUSTER.
    rest=\${data%/*}; file=/var/log/postgresql/postgresql-\${rest##*/}-\${data##*/}.log
    [ -e "$file" ] || file=$(ls -t "$data"/log/*.log "$data"/pg_log/*.log 2>/dev/null | head -n 1)
  fi
  [ -z "$file" ] || echo "$file"
)`;

/** Sets "units" in sh(1) to the units of the server: that of its process, and that of its service command. After UNIT_OF. */
export const FIND_SERVER_UNITS = `units=
  server=; { read -r server < "$conf_data_directory/postmaster.pid"; } 2>/dev/null
  comm=; { read -r comm < "/proc/$server/comm"; } 2>/dev/null
  case $comm in postgres|postmaster) unit_of "$server"; units=$unit ;; esac
  unit_in "$conf_service_start_command"; units="$units $unit"`;

/** Sets "file" in sh(1) to the file that repmgrd logs to, or to nothing, and "units" to its units. After POSTGRES_LOG and UNIT_OF. */
export const FIND_REPMGRD_LOG = `units=; unit_in "$conf_repmgrd_service_start_command"; units=$unit
file=$(conf_value log_file)
[ -n "$file" ] && [ ! -e "$file" ] && [ -x "$(dirname -- "$file")" ] && file=
if [ -z "$file" ]; then
  for dir in /proc/[0-9]*; do
    comm=; { read -r comm < "$dir/comm"; } 2>/dev/null
    [ "$comm" = repmgrd ] || continue
    case $(tr '\\000' ' ' < "$dir/cmdline" 2>/dev/null) in
      *"$conf"*) file=$(stderr_of "\${dir#/proc/}"); unit_of "\${dir#/proc/}"; units="$units $unit"; break ;;
    esac
  done
fi`;

/**
 * Finds where PostgreSQL and repmgrd of one node log, and prints what is new there. Constant, for
 * sh(1), data only as arguments, nothing is changed; as HOST_SCRIPT. Arguments: $1 path of
 * repmgr.conf, $2 most bytes, $3 most lines of the journal; then for PostgreSQL $4 to $7 and for
 * repmgrd $8 to $11 what the last look ended with: file, inode, offset, cursor of the journal, each ""
 * where there is none. Lines of the log are printed behind "|"; other lines are "WORD value…":
 * log NAME file PATH, log NAME journal UNITS, log NAME denied PATH, log NAME denied-journal, log NAME none;
 * first, skipped BYTES, rotated; to INODE OFFSET, or to CURSOR; and at last end.
 */
export const LOG_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1; most=$2; most_lines=$3
${PLAIN_ECHO}
${CONF_VALUE}
${POSTGRES_LOG}
${UNIT_OF}
# FILE FROM TO: the bytes between two offsets.
bytes() { tail -c "+$(($2 + 1))" -- "$1" 2>/dev/null | head -c "$(($3 - $2))"; }
# FILE FROM TO: the whole lines there. A line that is still being written is left for the next look.
piece() {
  from=$2; to=$3
  if [ $((to - from)) -gt "$most" ]; then
    # From one byte earlier, which is a line break where a line begins.
    begin=$((to - most - 1))
    begin=$((begin + $(bytes "$1" "$begin" "$to" | head -n 1 | wc -c)))
    [ -n "$first" ] || echo "skipped $((begin - from))"
    from=$begin
  fi
  if [ "$to" -gt "$from" ]; then
    if [ "$(bytes "$1" $((to - 1)) "$to" | wc -l)" -eq 0 ]; then
      to=$((to - $(bytes "$1" "$from" "$to" | tail -n 1 | wc -c)))
    fi
    bytes "$1" "$from" "$to" | sed 's/^/|/'
  fi
}
# NAME FILE, and of the last look: FILE INODE OFFSET.
follow() {
  if [ ! -r "$2" ]; then echo "log $1 denied $2"; return; fi
  echo "log $1 file $2"
  inode=$(stat -L -c %i -- "$2"); size=$(stat -L -c %s -- "$2"); first=
  if [ -z "$4" ]; then first=1; echo first; piece "$2" 0 "$size"
  elif [ "$inode" = "$4" ] && [ "$size" -ge "$5" ]; then piece "$2" "$5" "$size"
  else
    if [ "$inode" != "$4" ]; then
      # Renamed, as logrotate does, or another file now, as PostgreSQL does: its last lines first.
      old=$(find "$(dirname -- "$3")" -maxdepth 1 -type f -inum "$4" 2>/dev/null | head -n 1)
      if [ -n "$old" ] && [ -r "$old" ]; then
        old_size=$(stat -L -c %s -- "$old")
        [ "$old_size" -gt "$5" ] && piece "$old" "$5" "$old_size"
      fi
    fi
    echo rotated; piece "$2" 0 "$size"
  fi
  echo "to $inode $to"
}
# NAME, of the last look: CURSOR, and then UNIT…; also those in "units", of the process itself and of its service command.
journal() {
  name=$1; cursor=$2; shift 2
  for unit in $units; do case " $* " in *" $unit "*) ;; *) set -- "$unit" "$@" ;; esac; done
  command -v journalctl >/dev/null 2>&1 || { echo "log $name none"; return; }
  case $(journalctl --quiet --lines=1 2>&1 >/dev/null) in *permission*) echo "log $name denied-journal"; return ;; esac
  echo "log $name journal $*"
  [ -n "$cursor" ] || echo first
  for unit; do shift; set -- "$@" "--unit=$unit"; done
  journalctl --quiet --no-pager --output=short-iso --show-cursor --lines="$most_lines" "$@" \${cursor:+"--after-cursor=$cursor"} 2>/dev/null |
    tail -c "$most" | sed 's/^-- cursor: /to /; t
s/^/|/'
}

file=$(postgres_log)
[ -n "$file" ] || [ ! -e "$4" ] || file=$4
if [ -n "$file" ]; then follow postgresql "$file" "$4" "$5" "$6"; else
  ${FIND_SERVER_UNITS}
  journal postgresql "$7" ${SERVER_UNITS.map((name) => `'${name}'`).join(" ")}
fi

${FIND_REPMGRD_LOG}
[ -n "$file" ] || [ ! -e "$8" ] || file=$8
if [ -n "$file" ]; then follow repmgrd "$file" "$8" "$9" "\${10}"; else journal repmgrd "\${11}" ${REPMGRD_UNITS.map((name) => `'${name}'`).join(" ")}; fi
echo end
`;
