import { PLAIN_ECHO } from "../../text/shell.ts";
import { MOST_HISTORY_BYTES, MOST_HISTORY_FILES } from "../history-file.ts";
import { POSTGRES_LOG } from "../logs/script.ts";
import { CONF_VALUE } from "../shell-functions.ts";

/** Searched at the end of a log, and found lines that are read of it. */
const SEARCHED_BYTES = 2 ** 26;
const MOST_LINES = 20;

/**
 * Reads a host's history files, and from PostgreSQL's log when new timelines began: one constant script for sh(1) that
 * changes nothing. $1 path of repmgr.conf. Each line is one fact, "WORD value…"; the lines of a file follow its "history" with
 * "|" in front. The server's log is English if lc_messages is.
 */
export const TIMELINES_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1
${PLAIN_ECHO}
${CONF_VALUE}
${POSTGRES_LOG}
data=$conf_data_directory
if [ -n "$data" ] && [ -r "$data/pg_wal/" ] && [ -x "$data/pg_wal/" ]; then
  echo "wal $data/pg_wal"
  set -- "$data"/pg_wal/*.history
  [ -e "$1" ] || set --
  while [ $# -gt ${MOST_HISTORY_FILES} ]; do shift; done
  for file in "$@"; do
    [ -r "$file" ] || continue
    echo "history \${file##*/} $(stat -c %.3Y -- "$file")"
    head -c ${MOST_HISTORY_BYTES} -- "$file" | sed 's/^/|/'
    echo
  done
fi
log=$(postgres_log)
# Debian's logrotate renames the last one.
[ -r "$log" ] && echo "log $log" && for file in "$log.1" "$log"; do
  [ -r "$file" ] || continue
  tail -c ${SEARCHED_BYTES} -- "$file" | grep -F 'selected new timeline ID: ' | tail -n ${MOST_LINES} |
    sed -n 's/^[^0-9]*\\([0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9] [0-9:.]* [A-Z+-][A-Za-z0-9:+-]*\\)[^A-Za-z0-9:+-].*selected new timeline ID: \\([0-9][0-9]*\\).*/\\2 \\1/p
t
s/.*selected new timeline ID: \\([0-9][0-9]*\\).*/\\1/p' |
    while read -r timeline stamp; do echo "selected $timeline $([ -n "$stamp" ] && date -d "$stamp" +%s.%N 2>/dev/null)"; done
done
exit 0
`;
