/**
 * A function for sh(1): `list_commits MOST PG_WALDUMP DIRECTORY SECONDS BYTES [TIMELINE FROM TO]...` prints what transactions have
 * done in the WAL of a directory, one timeline after the other; TO is "" for the last. BYTES: of a WAL file. It changes nothing
 * there. A line is a fact:
 *
 *     commit LSN XID DATE TIME SPACE/DATABASE/FILENODE…    also "commit-prepared" and "prepare"; "+": and further tables
 *     read TIMELINE FIRST LAST CODE WORDS                  the LSNs of two records, or "-"; 124: SECONDS were not enough
 *     total COMMITS PREPARED FIRST LAST                    how many are still prepared; the times of two commits, or "-"
 *
 * MOST are listed, all are counted. A table is one that a record of rmgr Heap or Heap2 names; what a transaction wrote before
 * FROM is not seen. What a subtransaction wrote counts for its top one, whose commit names it.
 *
 * A server that is promoted within a WAL file renames it to "….partial" if it archives (CleanupAfterArchiveRecovery() in xlog.c);
 * the new timeline's file begins with the same records (XLogInitNewTimeline()). `last_file_elsewhere DIRECTORY BYTES TIMELINE FROM TO
 * …` prints "FILE NAME" then: the one to read, and the name that pg_waldump looks for.
 */
export const LIST_COMMITS = `
list_commits() {
  most=$1; shift
  read_wal "$@" | awk -v most="$most" '
function touch(x, rel) {
  if (index(rels[x] " ", " " rel " ")) return
  if (tables[x] >= 20) { more[x] = " +"; return }
  tables[x]++; rels[x] = rels[x] " " rel
}
function forget(x) { delete rels[x]; delete tables[x]; delete more[x] }
function finish(word, x, when,    i, j, n, m, subs, its) {
  if (match(desc, /; subxacts: [0-9 ]+/)) {
    n = split(substr(desc, RSTART + 12, RLENGTH - 12), subs, " ")
    for (i = 1; i <= n; i++) {
      m = split(rels[subs[i]], its, " ")
      for (j = 1; j <= m; j++) touch(x, its[j])
      if (more[subs[i]] != "") more[x] = " +"
      forget(subs[i])
    }
  }
  if (listed++ < most) print word, lsn, x, (when == "" ? "- -" : when) rels[x] more[x]
  if (when != "") { gsub(/ /, "T", when); last_at = when; if (first_at == "") first_at = when }
  if (word != "prepare") { forget(x); delete pending[x] }
}
/^rmgr: / {
  rest = substr($0, index($0, " tx: ") + 5); xid = rest + 0
  rest = substr(rest, index(rest, "lsn: ") + 5); lsn = substr(rest, 1, index(rest, ",") - 1)
  if (first == "") first = lsn
  if ($2 == "Heap" || $2 == "Heap2") {
    at = index(rest, "blkref #0: rel ")
    if (xid == 0 || !at) next
    rel = substr(rest, at + 15, 40); rel = substr(rel, 1, index(rel " ", " ") - 1)
    touch(xid, rel)
  } else if ($2 == "Transaction") {
    desc = substr(rest, index(rest, "desc: ") + 6)
    if (desc ~ /^COMMIT [0-9]/) { commits++; finish("commit", xid, substr(desc, 8, 26)) }
    else if (desc ~ /^COMMIT_PREPARED [0-9]/) {
      commits++; finish("commit-prepared", substr(desc, 17) + 0, substr(desc, index(desc, ": ") + 2, 26))
    }
    else if (desc ~ /^PREPARE /) { pending[xid]; finish("prepare", xid, "") }
    else if (desc ~ /^ABORT /) forget(xid)
    else if (desc ~ /^ABORT_PREPARED /) { forget(substr(desc, 16) + 0); delete pending[substr(desc, 16) + 0] }
  }
}
/^read / {
  $2 = $2 " " (first == "" ? "-" : first) " " (first == "" ? "-" : lsn)
  print; first = ""
}
END {
  for (x in pending) prepared++
  print "total", commits + 0, prepared + 0, (first_at == "" ? "-" : first_at), (last_at == "" ? "-" : last_at)
}'
}
read_wal() {
  waldump=$1; directory=$2; until=$(($(date +%s) + $3)); bytes=$4; shift 4; links=
  # A pipeline's part is a subshell.
  trap '[ -z "$links" ] || rm -rf -- "$links"' EXIT; trap 'exit 1' HUP INT TERM
  while [ $# -ge 3 ]; do
    left=$((until - $(date +%s))); [ "$left" -gt 0 ] || left=1
    elsewhere=$(last_file_elsewhere "$directory" "$bytes" "$@")
    if [ -n "$elsewhere" ] && links=$(mktemp -d); then
      find "$directory/" -maxdepth 1 -name "$(printf %08X "$1")????????????????" -exec ln -s -t "$links" {} +
      ln -s "$directory/\${elsewhere% *}" "$links/\${elsewhere#* }"
    fi
    { said=$(TZ=UTC timeout "$left" "$waldump" -p "\${links:-$directory}" -t "$1" -s "$2" \${3:+-e "$3"} 2>&1 >&4); code=$?; } 4>&1
    # After a line that was cut off.
    printf '\\nread %s %s %s\\n' "$1" "$code" "$(printf %s "$said" | tr '\\n' ' ' | head -c 1000)"
    [ -z "$links" ] || rm -rf -- "$links"
    links=; shift 3
  done
}
last_file_elsewhere() (
  directory=$1; bytes=$2; own=$(printf %08X "$3"); to=$5; shift 5
  [ -n "$to" ] || exit 0
  number=$(((0x\${to%/*} * 4294967296 + 0x\${to#*/} - 1) / bytes)); per=$((4294967296 / bytes))
  part=$(printf '%08X%08X' $((number / per)) $((number % per)))
  [ ! -e "$directory/$own$part" ] || exit 0
  while [ $# -ge 3 ]; do
    file=$(printf %08X "$1")$part
    if [ -e "$directory/$file" ]; then echo "$file $own$part"; exit; fi
    shift 3
  done
)`;
