import { LIST_COMMITS } from "../../text/list-commits.ts";
import { PLAIN_ECHO, STATE_DIRECTORY } from "../../text/shell.ts";

/**
 * Constant scripts for sh(1) that read the WAL in a data directory and change nothing. $1 is the data directory, $2 the directory
 * of PostgreSQL's programs with a slash at its end, or "".
 */
const PREAMBLE = `
LC_ALL=C; export LC_ALL
data=$1; bin=$2; shift 2
${PLAIN_ECHO}
`;

/** What lies in pg_wal, the control data, and where WAL could be copied to. One fact a line. */
export const WAL_DIRECTORY_SCRIPT = `${PREAMBLE}
${STATE_DIRECTORY}
"\${bin}pg_controldata" "$data" 2>/dev/null | sed -n "
s/^Database cluster state: */state /p
s/^Latest checkpoint location: */checkpoint /p
s/^Latest checkpoint's TimeLineID: */timeline /p
s/^Min recovery ending loc's timeline: */timeline /p
s/^Bytes per WAL segment: */segmentbytes /p"
cd "$data/pg_wal" || exit 1
for file in *; do
  case $file in
    *.history) sed -n "s/^\\([0-9][0-9]*\\)[[:space:]][[:space:]]*\\([0-9A-F]*\\/[0-9A-F]*\\).*/history \${file%.history} \\1 \\2/p" "$file" ;;
    *[!0-9A-F]*) ;;
    ????????????????????????) echo "segment $file" ;;
  esac
done | head -n 100000
for file in archive_status/*.ready; do
  file=\${file#archive_status/}; [ "$file" = "*.ready" ] || echo "ready \${file%.ready}"
done | head -n 100000
above=$(dirname -- "$(readlink -f -- "$data")")
near=$(state_directory); while [ ! -e "$near" ]; do near=\${near%/*}; done
# WHERE, and a directory there that exists.
show_place() {
  [ -w "$2" ] && [ "$2" != / ] || return
  df -P -k "$2" | { read -r _; read -r _ _ _ free _; echo "place $free $1"; }
}
show_place "$above" "$above"
show_place "$(state_directory)" "$near"
echo end
`;

/** $3 how many transactions are listed, $4 seconds, then ranges as of list_commits. */
export const OWN_COMMITS_SCRIPT = `${PREAMBLE}
most=$1; seconds=$2; shift 2
${LIST_COMMITS}
list_commits "$most" "\${bin}pg_waldump" "$data/pg_wal" "$seconds" "$@"
`;

/**
 * Looks for the last checkpoint before a position, as pg_rewind does (findLastCheckpoint() in parsexlog.c). $3 the position, then
 * names of WAL files from there backwards. Prints "checkpoint LSN" and the file's name, or nothing.
 */
export const LAST_CHECKPOINT_SCRIPT = `${PREAMBLE}
fork=$1; shift
end=$fork
until=$(($(date +%s) + 20))
for name; do
  [ "$(date +%s)" -lt "$until" ] || break
  if [ -r "$data/pg_wal/$name" ]; then
    found=$(timeout 20 "\${bin}pg_waldump" -p "$data/pg_wal" -r XLOG \${end:+-e "$end"} "$name" 2>/dev/null |
      sed -n 's/.* lsn: \\([0-9A-F]*\\/[0-9A-F]*\\), .* desc: CHECKPOINT_\\(ONLINE\\|SHUTDOWN\\) .*/\\1/p' | tail -n 1)
    if [ -n "$found" ]; then echo "checkpoint $found $name"; break; fi
  fi
  end=
done
echo end
`;
