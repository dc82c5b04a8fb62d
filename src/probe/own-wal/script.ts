import { FETCH_WAL } from "../../text/fetch-wal.ts";
import { LIST_COMMITS } from "../../text/list-commits.ts";
import { PLAIN_ECHO, STATE_DIRECTORY } from "../../text/shell.ts";

/**
 * Constant scripts for sh(1) that read the WAL in a data directory and change nothing. $1 is the data directory, $2 the directory
 * of PostgreSQL's programs with a slash at its end, or "": where packages put them, or by PATH.
 */
const PREAMBLE = `
LC_ALL=C; export LC_ALL
data=$1; bin=$2; shift 2
${PLAIN_ECHO}
if [ -z "$bin" ] && { read -r version < "$data/PG_VERSION"; } 2>/dev/null; then
  for directory in "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin"; do
    if [ -x "$directory/pg_waldump" ]; then bin=$directory/; break; fi
  done
fi
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

/** $3 how many transactions are listed, $4 seconds, $5 how many bytes a WAL file has, then ranges as of list_commits. */
export const OWN_COMMITS_SCRIPT = `${PREAMBLE}
most=$1; seconds=$2; bytes=$3; shift 3
${LIST_COMMITS}
list_commits "$most" "\${bin}pg_waldump" "$data/pg_wal" "$seconds" "$bytes" "$@"
`;

/**
 * Looks for the last checkpoint before a position, as pg_rewind does (findLastCheckpoint() in parsexlog.c), and for WAL files that
 * pg_wal lacks, in the archive and on other servers. These are fetched into a directory that is deleted at the end. $3 the
 * position, $4, $5, $6 and $7 as "$config", "$bytes", "$nodes" and "$barman" of FETCH_WAL, $8 further files to look for; then names of WAL files
 * from the position backwards. Prints "checkpoint LSN NAME" where there is one, "found SOURCE NAME" and "nowhere NAME" for files
 * that pg_wal lacks.
 */
export const LAST_CHECKPOINT_SCRIPT = `${PREAMBLE}
end=$1; config=$2; bytes=$3; nodes=$4; barman=$5; others=$6; shift 6
${STATE_DIRECTORY}
${FETCH_WAL}
until=$(($(date +%s) + 30))
umask 077
scratch=; shared=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT; trap 'exit 1' HUP INT TERM
fetched() {
  [ -n "$scratch" ] || { mkdir -p "$(state_directory)" && scratch=$(mktemp -d "$(state_directory)/fetch-XXXXXX"); } || return 1
  if from_archive "$1" "$scratch/$1" || { [ "$2" = shared ] && from_servers "$1" "$scratch/$1"; }; then echo "found $source $1"; return; fi
  echo "nowhere $1"; return 1
}
for name; do
  [ "$(date +%s)" -lt "$until" ] || break
  directory=$data/pg_wal
  if [ ! -r "$directory/$name" ]; then fetched "$name" $shared || break; directory=$scratch; fi
  found=$(timeout 20 "\${bin}pg_waldump" -p "$directory" -r XLOG \${end:+-e "$end"} "$name" 2>/dev/null |
    sed -n 's/.* lsn: \\([0-9A-F]*\\/[0-9A-F]*\\), .* desc: CHECKPOINT_\\(ONLINE\\|SHUTDOWN\\) .*/\\1/p' | tail -n 1)
  [ -z "$scratch" ] || rm -f "$scratch/$name"
  if [ -n "$found" ]; then echo "checkpoint $found $name"; break; fi
  end=; shared=shared
done
for name in $others; do
  [ "$(date +%s)" -lt "$until" ] || break
  fetched "$name"; [ -z "$scratch" ] || rm -f "$scratch/$name"
done
echo end
`;
