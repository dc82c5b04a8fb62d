import { FETCH_WAL } from "../../text/fetch-wal.ts";
import { LIST_COMMITS } from "../../text/list-commits.ts";
import { STATE_DIRECTORY } from "../../text/shell.ts";

/**
 * Constant scripts for sh(1) that run on the host of a node before it is rewound. $1 is the data directory, $2 the directory of
 * PostgreSQL's programs with a slash at its end, or "".
 */
const PREAMBLE = `
LC_ALL=C; export LC_ALL; umask 077
data=$1; bin=$2; shift 2
fail() { printf '%s\\n' "$*" >&2; exit 1; }
`;

/**
 * Copies WAL into a new directory, and proves that the copy can be read to the same end. $3 the directory to make it in ("": the
 * console's), $4 how many bytes a WAL file has, $5 the first one to copy, without its timeline ("": all), $6 the node's name, $7, $8 and $9
 * as "$config", "$nodes" and "$barman" of FETCH_WAL, $10 WAL files to fetch into the copy, each behind "archive/" or "servers/"; then
 * the ranges of list_commits. Prints "saved in PATH" last; leaves nothing where it fails.
 */
export const SAVE_WAL_SCRIPT = `${PREAMBLE}
place=$1; bytes=$2; first=$3; node=$4; config=$5; nodes=$6; barman=$7; missing=$8; shift 8
${LIST_COMMITS}
${STATE_DIRECTORY}
${FETCH_WAL}
[ -n "$place" ] || place=$(state_directory)
# The last record's file, and the next one, into which it may reach.
last_file() {
  at=$(awk '$1 == "read" && $4 != "-" { at = $4 } END { print at }' "$1")
  if [ -z "$at" ]; then echo FFFFFFFFFFFFFFFF; return; fi
  number=$(((0x\${at%/*} * 4294967296 + 0x\${at#*/}) / bytes + 1))
  per=$((4294967296 / bytes))
  printf '%08X%08X\\n' $((number / per)) $((number % per))
}
mkdir -p "$place" || exit 1
dir=$place/$(basename -- "$data")-wal-$(date -u +%Y%m%dT%H%M%SZ)
copy=$dir.part
mkdir "$copy" || exit 1
trap 'rm -rf "$copy"' EXIT; trap 'exit 1' HUP INT TERM
list_commits 1000000000 "\${bin}pg_waldump" "$data/pg_wal" 3600 "$bytes" "$@" > "$copy/commits"
last=$(last_file "$copy/commits")
# What pg_wal lacks ends the list too early.
[ -z "$missing" ] || last=FFFFFFFFFFFFFFFF
{
  ls "$data/pg_wal" | awk -v first="$first" -v last="$last" '
    /\\.history$/ { print; next }
    length($0) >= 24 && substr($0, 1, 24) !~ /[^0-9A-F]/ {
      part = substr($0, 9, 16); if (part "" >= first "" && part "" <= last "") print
    }'
  ls "$data/pg_wal/archive_status" 2>/dev/null | sed -n 's/\\.ready$//p'
} | sort -u > "$copy/files"
count=0
while IFS= read -r file; do
  # A file that waits to be archived may be recycled meanwhile, where a server runs.
  [ -f "$data/pg_wal/$file" ] || continue
  cp -p --reflink=auto -- "$data/pg_wal/$file" "$copy/$file" || fail "$file could not be copied."
  count=$((count + 1))
done < "$copy/files"
rm "$copy/files"
for file in $missing; do
  name=\${file#*/}
  case $file in archive/*) from_archive "$name" "$copy/$name" ;; *) from_servers "$name" "$copy/$name" ;; esac ||
    fail "$name could not be fetched."
  echo "$name was fetched: $source"
  count=$((count + 1))
done
list_commits 1000000000 "\${bin}pg_waldump" "$copy" 3600 "$bytes" "$@" > "$copy/again"
facts() { grep -v '^read ' "$1"; sed -n 's/^\\(read [0-9]* [^ ]* [^ ]* [0-9]*\\) .*/\\1/p' "$1"; }
control() { "\${bin}pg_controldata" "$data" | sed -n "s/^$1: *//p"; }
if [ -z "$missing" ]; then [ "$(facts "$copy/commits")" = "$(facts "$copy/again")" ]
else
  # There is more to read than in pg_wal. After a shutdown its checkpoint is the last record.
  end=$(awk '$1 == "read" { at = $4 } END { sub("/0*", "/", at); print at }' "$copy/again")
  case $(control "Database cluster state") in
    "shut down") [ "$end" = "$(control "Latest checkpoint location")" ] ;;
    *) [ "$end" != - ] ;;
  esac
fi || fail "pg_waldump does not read the same in the copy: $(tail -n 2 "$copy/again" | tr '\\n' ' ')"
mv "$copy/again" "$copy/commits"
# The last words are the tables, as tablespace/database/filenode.
{ echo "# WAL of $node that its new primary does not have. To list it again, in this directory:"
  while [ $# -ge 3 ]; do
    elsewhere=$(last_file_elsewhere "$copy" "$bytes" "$@")
    [ -z "$elsewhere" ] || echo "#   ln -s $elsewhere"
    echo "#   pg_waldump -p . -t $1 -s $2\${3:+ -e $3} -r Transaction"; shift 3
  done
  cat "$copy/commits"; } > "$copy/commits.txt"
rm "$copy/commits"
sync "$copy"/* "$copy" || fail "the copy could not be written to the disk."
mv -T "$copy" "$dir" && sync "$place" || exit 1
echo "$count files, $(du -sk "$dir" | cut -f 1) kB"
sed -n 's/^total \\([0-9]*\\) \\([0-9]*\\) .*/\\1 commits, \\2 prepared transactions/p' "$dir/commits.txt"
echo "saved in $dir"
`;

/**
 * Marks the data directory as being rewound, and gives back WAL that was saved and that pg_wal has no longer: pg_rewind reads it.
 * A mark counts for as long as the control data are on its timeline: pg_rewind writes them last.
 */
export const MARK_SCRIPT = `${PREAMBLE}
${STATE_DIRECTORY}
operation=\${REPMGR_CONSOLE_RUN%/*}
saved=$(sed -n 's/^saved in //p' "$operation"/save-wal*/stdout 2>/dev/null | tail -n 1)
if [ -n "$saved" ]; then
  for file in "$saved"/????????????????????????; do
    name=\${file##*/}
    case $name in *[!0-9A-F]*) continue ;; esac
    [ -e "$data/pg_wal/$name" ] && continue
    cp -p --reflink=auto -- "$file" "$data/pg_wal/$name" && sync "$data/pg_wal/$name" || fail "$name could not be copied."
    echo "$name was put back into pg_wal"
  done
fi
timeline=$("\${bin}pg_controldata" "$data" | sed -n "s/^Latest checkpoint's TimeLineID: *//p")
[ -n "$timeline" ] || fail "The control data can't be read."
mark=$(state_directory)/rewind-$(printf %s "$data" | tr / _)
printf '%s\\n' "$data" "$timeline" "$operation" > "$mark" && sync "$mark" "\${mark%/*}" || exit 1
echo "marked in $mark"
`;
