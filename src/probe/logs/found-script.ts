import { patternOf } from "../../model/log-lines.ts";
import { PLAIN_ECHO } from "../../text/shell.ts";
import { CONF_VALUE, REPMGRD_UNITS, SERVER_UNITS, UNIT_OF } from "../shell-functions.ts";
import { FIND_REPMGRD_LOG, FIND_SERVER_UNITS, POSTGRES_LOG } from "./script.ts";

/** Searched at the end of each file. */
const SEARCHED_BYTES = 2 ** 26;
/** The newest known lines of a log that are read. */
export const MOST_FOUND_LINES = 1000;
/** Lines that differ only by numbers, within one hour: repmgrd says every two seconds that its server is gone. */
const MOST_ALIKE = 20;
const LONGEST_LINE = 500;

/** A time as PostgreSQL (%m, %t, csvlog, jsonlog) and repmgrd write it, for awk: mawk knows no {4}. */
const STAMP =
	"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]([.][0-9]+)?( ([A-Z][A-Z]+|[+-][0-9][0-9:]+))?";

const quoted = (units: readonly string[]): string => units.map((unit) => `'${unit}'`).join(" ");

/**
 * Prints the known lines (log-lines.ts) of a time from PostgreSQL's and repmgrd's logs and the kernel's. Constant, for sh(1),
 * data only as arguments, nothing is changed. $1 path of repmgr.conf, $2 and $3 the seconds since the epoch from and to, $4 the
 * days of that time as the host may write them, "2026-11-29 2026-11-30". A log begins with "log NAME file PATH", "log NAME journal",
 * "log NAME denied PATH", "log NAME denied-journal" or "log NAME none"; then "begins SECONDS", the time of its oldest line; as many
 * "at SECONDS" as there are lines, and the lines behind "|". Lines without a time are left out. At last "end".
 */
export const FOUND_LINES_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1; from=$2; to=$3; days=$4
${PLAIN_ECHO}
${CONF_VALUE}
${POSTGRES_LOG}
${UNIT_OF}
# The time of each line that has one.
stamps() { awk 'match($0, /${STAMP}/) && RSTART <= 80 { print substr($0, RSTART, RLENGTH) }'; }
# NAME PATTERN FILE…, the oldest first.
search() {
  name=$1; pattern=$2; shift 2
  for last; do :; done
  if [ ! -r "$last" ]; then echo "log $name denied $last"; return; fi
  echo "log $name file $last"
  for one; do
    [ -r "$one" ] && [ -s "$one" ] || continue
    tail -c ${SEARCHED_BYTES} -- "$one" | head -n 50 | stamps | head -n 1 | date -f - '+begins %s' 2>/dev/null
    break
  done
  found=$(for one; do [ ! -r "$one" ] || tail -c ${SEARCHED_BYTES} -- "$one"; done |
    grep -a -E -e "$pattern" | cut -c 1-${LONGEST_LINE} |
    awk -v days="$days" '
match($0, /${STAMP}/) && RSTART <= 80 && index(days, substr($0, RSTART, 10)) {
  hour = substr($0, RSTART, 13); said = substr($0, RSTART + RLENGTH); gsub(/[0-9]+/, "", said)
  if (count[hour said]++ < ${MOST_ALIKE}) print
}' | tail -n ${MOST_FOUND_LINES})
  [ -n "$found" ] || return
  printf '%s\\n' "$found" | stamps | date -f - '+at %s.%3N' 2>/dev/null
  printf '%s\\n' "$found" | sed 's/^/|/'
}
# What was written beside a log since the time begins: where the server changes files itself, or logrotate has renamed the last one.
search_file() {
  name=$1; pattern=$2; file=$3
  case $file in
    "$conf_data_directory"/*)
      set --
      for one in $(find "$(dirname -- "$file")" -maxdepth 1 -type f -name "*.\${file##*.}" -newermt "@$from" 2>/dev/null | sort | tail -n 20); do
        [ "$one" = "$file" ] || set -- "$@" "$one"
      done
      search "$name" "$pattern" "$@" "$file" ;;
    *) search "$name" "$pattern" "$file.1" "$file" ;;
  esac
}
may_read_journal() {
  command -v journalctl >/dev/null 2>&1 || { echo "log $1 none"; return 1; }
  case $(journalctl --quiet --lines=1 2>&1 >/dev/null) in *permission*) echo "log $1 denied-journal"; return 1 ;; esac
}
# PATTERN, and what of the journal.
entries() {
  pattern=$1; shift
  journalctl --quiet --no-pager --output=short-unix --since="@$from" --until="@$to" "$@" 2>/dev/null |
    grep -a -E -e "$pattern" | cut -c 1-${LONGEST_LINE} | tail -n ${MOST_FOUND_LINES} | sed -n 's/^\\([0-9.]*\\) \\(.*\\)/at \\1\\
|\\2/p'
}
# NAME PATTERN UNIT…, and those in "units".
search_journal() {
  name=$1; wanted=$2; shift 2
  may_read_journal "$name" || return
  echo "log $name journal"
  for unit in $units; do set -- "$@" "$unit"; done
  for unit; do shift; set -- "$@" "--unit=$unit"; done
  entries "$wanted" "$@"
}

file=$(postgres_log)
${FIND_SERVER_UNITS}
server_units=$units
if [ -n "$file" ]; then search_file postgresql '${patternOf("postgresql")}' "$file"
else search_journal postgresql '${patternOf("postgresql")}' ${quoted(SERVER_UNITS)}; fi

${FIND_REPMGRD_LOG}
if [ -n "$file" ]; then search_file repmgrd '${patternOf("repmgrd")}' "$file"
else search_journal repmgrd '${patternOf("repmgrd")}' ${quoted(REPMGRD_UNITS)}; fi

if may_read_journal kernel; then
  echo "log kernel journal"
  entries '${patternOf("kernel")}' --dmesg
  units=$server_units
  set -- ${quoted(SERVER_UNITS)} ${quoted(REPMGRD_UNITS)} $units
  for unit; do shift; set -- "$@" "--unit=$unit"; done
  entries '${patternOf("kernel")}' "$@"
fi
echo end
`;
