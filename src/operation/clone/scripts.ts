import { SERVICE_FUNCTION, SERVICE_SECONDS } from "../service/command.ts";

/**
 * Constant scripts for sh(1) that run on the host that is cloned, as the owner of the database. All that a clone makes lies in
 * one directory beside the data directory, "DATA.repmgr-console": the new directory, the old one while it is not certain which
 * of them stays, and notes; and the same beside each tablespace, and beside a pg_wal that lies elsewhere ("links"). So what to undo can be told by looking, whoever looks and whenever; and nothing that another made is
 * ever removed, since mkdir(1) fails if it is there. Directories change places by rename(2) alone.
 */

const FUNCTIONS = `
LC_ALL=C; export LC_ALL; umask 077
fail() { printf 'ERROR: %s\\n' "$*" >&2; exit 1; }
# When a process started, by proc(5): a pid alone may be another one's by now.
started_at() { line=; { read -r line < "/proc/$1/stat"; } 2>/dev/null; set -- \${line##*) }; started=\${20-}; }
# Does a postmaster run in that directory?
runs_in() {
  pid=; { read -r pid < "$1/postmaster.pid"; } 2>/dev/null
  comm=; { read -r comm < "/proc/$pid/comm"; } 2>/dev/null
  [ "$comm" = postgres ] || [ "$comm" = postmaster ]
}
# repmgr takes the data directory from its configuration file alone (repmgr-client.c, get_node_data_directory), and a slot that the
# old server still uses can't be used for the copy: hence a file that includes the node's own and overrides these.
# $1 path of repmgr.conf, $2 directory of the copy, $3 pg_basebackup_options, $4 further lines.
escaped() { printf %s "$1" | sed "s/'/''/g"; }
configuration() {
  waldir=; mappings=
  for pair in $links; do
    place=\${pair#*=}
    case $pair in
      pg_wal=*) waldir=" --waldir=$place.repmgr-console/new" ;;
      *) mappings="\${mappings}tablespace_mapping='$place=$place.repmgr-console/new'$nl" ;;
    esac
  done
  printf "include '%s'\\ndata_directory='%s'\\npg_basebackup_options='%s'\\nuse_replication_slots=no\\n%s%s\\n" \\
    "$(escaped "$1")" "$(escaped "$2")" "$(escaped "$3")$waldir" "$mappings" "$4"
}
# Runs $1 with each link that is this clone's: "$link" in the data directory leads to "$place", and "$beside" is made beside it.
each_link() {
  [ -r "$work/links" ] || return 0
  while IFS='=' read -r link place; do
    beside=$place.repmgr-console; owner=
    { read -r owner < "$beside/of"; } 2>/dev/null
    if [ "$owner" = "$work" ]; then "$1" || return 1
    elif [ -z "$owner" ]; then rm -f "$beside/of"; rmdir -- "$beside" 2>/dev/null || :
    fi
  done < "$work/links"
}
# Ends a copy that still runs.
end_copy() {
  leader=; { read -r leader start < "$work/pid"; } 2>/dev/null
  [ -n "$leader" ] && started_at "$leader" && [ "$started" = "$start" ] || return 0
  echo "ending the copy, which still runs (process group $leader)"
  kill -TERM -- "-$leader"; turns=0
  while kill -0 -- "-$leader" 2>/dev/null; do
    turns=$((turns + 1)); [ $turns -ne 20 ] || kill -KILL -- "-$leader"; [ $turns -lt 40 ] || fail "the copy does not end"
    sleep 0.5
  done
}
nl='
'
data=$1
if [ -L "$data" ]; then real=$(readlink -f -- "$data") && data=$real; fi
work=$data.repmgr-console
`;

/**
 * For a copy of a backup of Barman. repmgr ignores how its rsync ends (repmgr-action-standby.c, run_file_backup), takes the newest
 * backup, whichever that is then, and leaves the links of tablespaces to a tablespace_map.
 */
const BARMAN_FUNCTIONS = `
ask_barman() (
  set -- $backup -- "$@"
  host=$1; config=$4; shift 3; [ "$config" = -- ] && config= || shift; shift
  exec ssh -o BatchMode=yes "$host" barman \${config:+--config="$config"} "$@" </dev/null
)
is_newest() {
  set -- $backup
  newest=$(ask_barman show-backup "$2" latest | sed -n 's/^Backup \\([^ ]*\\):$/\\1/p' | head -n 1)
  [ "$newest" = "$3" ] || fail "the newest backup of Barman is \${newest:-not known}, and $3 was planned: make the plan again"
}
# $1 prefix of paths in the list, $2 directory that has to hold all of them, as rsync sees it.
compare() {
  awk -v prefix="$base/$1/" 'index($0, prefix) == 1 { print substr($0, length(prefix) + 1) }' "$work/files" > "$work/files.part"
  [ -s "$work/files.part" ] || return 0
  rsync -a --dry-run --itemize-changes --files-from="$work/files.part" -e "ssh -o BatchMode=yes" "$barman_host:$base/$1" "$2" > "$work/differs" </dev/null ||
    fail "the copy can't be compared with the backup"
  wrong=$(sed -n 's/^[<>]f[^ ]* //p' "$work/differs" | grep -vx postgresql.auto.conf | head -n 3 | tr '\\n' ' ')
  [ -z "$wrong" ] || fail "rsync has not copied everything: $wrong"
}
has_whole_backup() {
  set -- $backup
  barman_host=$1; id=$3
  ask_barman list-files --target=data "$2" "$id" > "$work/files" || fail "the files of backup $id can't be listed"
  base=$(sed -n "s|^\\(/.*/$id\\)/data/.*|\\1|p" "$work/files" | head -n 1)
  [ -n "$base" ] || fail "the files of backup $id can't be found in what Barman lists"
  compare data "$work/new"
  for pair in $links; do
    case $pair in
      pg_tblspc/*)
        oid=\${pair%%=*}; oid=\${oid#*/}
        compare "$oid" "\${pair#*=}.repmgr-console/new"
        mkdir -p "$work/new/pg_tblspc" && ln -sfn -- "\${pair#*=}" "$work/new/pg_tblspc/$oid" || exit 1 ;;
    esac
  done
  rm -f "$work/files" "$work/files.part" "$work/differs" "$work/new/tablespace_map"
  echo "the copy has all files of backup $id"
}`;

/**
 * Copies with repmgr, beside the old directory or into a place that was emptied. $1 data directory, $2 path of repmgr.conf,
 * $3 "running" or "stopped": the server before, $4 pg_basebackup_options, $5 primary_slot_name or "", $6 application_name,
 * $7 links, each "LINK=DIRECTORY", $8 further lines of repmgr.conf, $9 the backup of Barman that is copied, "HOST SERVER ID [CONFIG]",
 * or "", then repmgr's program and words.
 */
export const COPY_SCRIPT = `${FUNCTIONS}
conf=$2; was=$3; options=$4; slot=$5; name=$6; links=$7; more=$8; backup=$9; shift 9; program=$1; shift
${BARMAN_FUNCTIONS}
[ -z "$backup" ] || is_newest
rm "$work/stopped" 2>/dev/null || mkdir "$work" || fail "$work can't be made, or an earlier clone has left it"
printf '%s\\n' "$was" > "$work/was"
[ -z "$links" ] || printf '%s\\n' $links > "$work/links" || exit 1
for pair in $links; do
  beside=\${pair#*=}.repmgr-console
  mkdir "$beside" || fail "$beside can't be made, or an earlier clone has left it"
  printf '%s\\n' "$work" > "$beside/of" || exit 1
done
configuration "$conf" "$work/new" "$options" "$more" > "$work/repmgr.conf" || fail "$work/repmgr.conf can't be written"
PGAPPNAME=$name; export PGAPPNAME
# In a process group of its own, which can be ended.
setsid -w sh -c 'echo "$$ $(sed "s/^.*) //" "/proc/$$/stat" | cut -d " " -f 20)" > "$0/pid"; exec "$@"' \\
  "$work" "$program" -f "$work/repmgr.conf" "$@"
code=$?
rm -f "$work/pid"
[ $code -eq 0 ] || exit $code
[ -f "$work/new/standby.signal" ] && [ -f "$work/new/PG_VERSION" ] || fail "$work/new is not a complete copy"
[ -z "$backup" ] || has_whole_backup
# The copy's own links lead to where its parts will be.
for link in "$work"/new/pg_tblspc/*; do
  [ ! -L "$link" ] || case " $links" in
    *" pg_tblspc/\${link##*/}="*) ;;
    *) fail "a tablespace was made meanwhile: $(readlink "$link")" ;;
  esac
done
lead() { [ -d "$beside/new" ] && [ -L "$work/new/$link" ] && ln -sfn -- "$place" "$work/new/$link" && sync "$beside/new"; }
each_link lead || fail "a tablespace, or pg_wal, was not copied to its place"
# Of several lines the last one counts; the upstream's own may have been copied.
printf "primary_slot_name = '%s'\\n" "$slot" >> "$work/new/postgresql.auto.conf" && sync "$work/new/postgresql.auto.conf"
`;

/**
 * repmgr's dry run with the same configuration. $1 data directory, $2 path of repmgr.conf, $3 pg_basebackup_options, $4 links,
 * $5 further lines of repmgr.conf, then repmgr's program and words.
 */
export const DRY_RUN_SCRIPT = `${FUNCTIONS}
conf=$2; options=$3; links=$4; more=$5; program=$6; shift 6
file=$(mktemp) || exit 1
trap 'rm -f "$file"' EXIT; trap 'exit 1' HUP INT TERM
configuration "$conf" "$work/new" "$options" "$more" > "$file"
"$program" -f "$file" "$@"
`;

/** Ends a copy whose result nobody waits for. $1 data directory. */
export const ABORT_SCRIPT = `${FUNCTIONS}
end_copy
`;

/**
 * Stops the old server, unless it was promoted meanwhile. Where that is to make room for the copy, it notes first that the server
 * ran ("stopped"), for END_SCRIPT. $1 data directory, $2 path of repmgr.conf, $3 its unit, $4 repmgr's program, then psql and its
 * words, asking whether it is in recovery.
 */
export const STOP_SCRIPT = `${FUNCTIONS}${SERVICE_FUNCTION}
conf=$2; unit=$3; program=$4; shift 4
[ "$("$@")" = t ] || fail "it does not say that it is a standby"
# With its notes or not at all, even if the host fails.
make_work() {
  rm -rf -- "$work.new"
  mkdir "$work.new" && echo running > "$work.new/was" && : > "$work.new/stopped" && sync "$work.new/was" "$work.new" &&
    mv -T -- "$work.new" "$work" && sync "\${work%/*}"
}
[ -d "$work" ] || make_work || fail "$work can't be made"
run_service ${SERVICE_SECONDS.stop} "$unit" "$data" "$program" -f "$conf" node service --action=stop
`;

/** Before anything is deleted for a backup of Barman: it still has to be the newest one. $1 data directory, $2 the backup. */
export const NEWEST_SCRIPT = `${FUNCTIONS}
backup=$2
${BARMAN_FUNCTIONS}
is_newest && echo "it is $newest"
`;

/**
 * Deletes the old directory before the copy, where there is no room for both. $1 data directory, $2 the backup of Barman, or "": a
 * newer one may have ended during the stop.
 */
export const DISCARD_SCRIPT = `${FUNCTIONS}
backup=\${2-}
${BARMAN_FUNCTIONS}
! runs_in "$data" || fail "a server runs in $data (process $pid)"
[ ! -e "$work" ] || [ -e "$work/stopped" ] || fail "an earlier clone has left $work"
[ -z "$backup" ] || is_newest
[ ! -e "$data" ] || mv -T -- "$data" "$work-discarded" || exit 1
rm -rf -- "$work-discarded"
`;

/** Gives the copy, and what its links lead to, the places of the old directories. $1 data directory. */
export const SWAP_SCRIPT = `${FUNCTIONS}
[ -f "$work/new/standby.signal" ] && [ ! -e "$work/old" ] && [ ! -e "$work/none" ] || fail "$work does not hold a copy that waits"
# $1 directory, $2 what lies beside it.
exchange() {
  if [ -e "$1" ]; then
    [ "$(stat -c %d "$1")" = "$(stat -c %d "$2")" ] || fail "$1 is another file system"
    mv -T -- "$1" "$2/old" || exit 1
  else
    : > "$2/none" || exit 1
  fi
  mv -T -- "$2/new" "$1" && sync "$1" "$2"
}
[ ! -e "$data" ] || ! runs_in "$data" || fail "a server runs in $data (process $pid)"
linked() { exchange "$place" "$beside"; }
each_link linked && exchange "$data" "$work"
`;

/**
 * Ends a clone, however far it has come. The new directory stays if its server streams, or was promoted meanwhile; then the old one
 * gets a dated name, or is deleted. Else the old one is put back, and its server runs again if it ran before. A copy whose server
 * runs is never deleted: its upstream may be gone for good, and where there is no old directory it stays. $1 data directory, $2 path
 * of repmgr.conf, $3 "keep" or "discard": the old directory, $4 the server's unit, $5 repmgr's program, then psql and its words, asking
 * for the state of the walreceiver, or "promoted".
 */
export const END_SCRIPT = `${FUNCTIONS}${SERVICE_FUNCTION}
conf=$2; old=$3; unit=$4; program=$5; shift 5
# Another console may have begun the same. A server that is started must not keep the lock.
command exec 9< "$work" 2>/dev/null && flock 9
[ -d "$work" ] || { rm -rf -- "$work-discarded" "$work.new" && echo "nothing is left to be ended"; exit; }
end_copy
was=; { read -r was < "$work/was"; } 2>/dev/null
service() { run_service "$2" "$unit" "$data" "$program" -f "$conf" node service --action="$1" 9<&-; }
streams() {
  turns=0
  while runs_in "$data"; do
    case $("$@" 2>/dev/null) in streaming | promoted) return 0 ;; esac
    turns=$((turns + 1)); [ $turns -lt 20 ] || return 1
    sleep 0.5
  done
  return 1
}
# Of a link: its old or new directory ($1) gets a name of its own ($2), and the old or new data directory's link leads there. The two
# must not use the same.
keep_part() {
  [ -d "$beside/$1" ] || return 0
  for link in "$work/$1"/pg_wal "$work/$1"/pg_tblspc/*; do
    [ -L "$link" ] && [ "$(readlink -f -- "$link")" = "$(readlink -f -- "$place")" ] || continue
    ln -sfn -- "$place.$2" "$link" || return 1
  done
  [ ! -e "$place.$2" ] && mv -T -- "$beside/$1" "$place.$2" || return 1
  echo "the $1 directory is kept as $place.$2"
}
keep_link() {
  [ "$old" != keep ] || keep_part old "old-$stamp" || return 1
  rm -rf -- "$beside"
}
put_link_back() {
  if [ -d "$beside/old" ] || [ -e "$beside/none" ]; then
    [ -d "$beside/new" ] || mv -T -- "$place" "$beside/new" || return 1
    [ ! -d "$beside/old" ] || mv -T -- "$beside/old" "$place" || return 1
    rm -f "$beside/none"
  fi
  [ -z "$ran" ] || keep_part new "copy-$ran" || return 1
  rm -rf -- "$beside"
}
note_time() { [ -s "$work/$1" ] || { date -u +%Y%m%dT%H%M%SZ > "$work/$1.new" && sync "$work/$1.new" && mv "$work/$1.new" "$work/$1"; }; }
has_changed() { [ -d "$work/old" ] || [ -e "$work/none" ]; }
# Once it is certain that the new server stays, it stays, whatever happens to this script.
if has_changed && [ ! -e "$work/stays" ] && [ ! -d "$work/new" ]; then
  if streams "$@"; then note_time stays || exit 1
  elif runs_in "$data" && [ ! -d "$work/old" ]; then
    echo "the new server does not stream; it stays, since there is no old directory"
    note_time stays || exit 1
  fi
fi
if [ -e "$work/stays" ]; then
  read -r stamp < "$work/stays"
  each_link keep_link || fail "$place.repmgr-console/old can't be renamed to $place.old-$stamp"
  if [ -d "$work/old" ] && [ "$old" = keep ]; then
    kept=$data.old-$stamp
    [ ! -e "$kept" ] && mv -T -- "$work/old" "$kept" || fail "$work/old can't be renamed to $kept"
    echo "the old directory is kept as $kept"
  fi
  rm -rf -- "$work" && exit 0
  exit 1
fi
if has_changed; then
  if [ ! -d "$work/new" ]; then
    if runs_in "$data"; then
      echo "the new server does not stream: it is stopped"
      note_time ran || exit 1
      service stop ${SERVICE_SECONDS.stop}
      ! runs_in "$data" || fail "it does not stop; the old directory is $work/old"
    fi
    mv -T -- "$data" "$work/new" || exit 1
  fi
  if [ -d "$work/old" ]; then mv -T -- "$work/old" "$data" || exit 1; echo "the old directory is back as $data"; fi
  rm -f "$work/none"
  sync "$data" "$work" 2>/dev/null
fi
ran=; { read -r ran < "$work/ran"; } 2>/dev/null
each_link put_link_back || fail "$beside/old can't be renamed to $place"
if [ "$was" = running ] && ! runs_in "$data" && [ -f "$data/global/pg_control" ]; then
  echo "starting the old server, which ran before"
  service start ${SERVICE_SECONDS.start} || exit 1
fi
if [ -n "$ran" ] && [ -d "$work/new" ]; then
  [ ! -e "$data.copy-$ran" ] && mv -T -- "$work/new" "$data.copy-$ran" || fail "$work/new can't be renamed to $data.copy-$ran"
  echo "the copy is kept as $data.copy-$ran: delete it once it is certain that nobody needs it"
fi
rm -rf -- "$work" "$work-discarded" "$work.new" && echo "removed $work"
`;

/**
 * Drops slots that nobody uses, once the server answers: it may be what has failed. $1 statement that drops, $2 statement that
 * counts those left, then psql and its words.
 */
export const DROP_SLOTS_SCRIPT = `
drop=$1; count=$2; shift 2
turns=0
while :; do
  said=$("$@" -c "$drop" 2>&1) && left=$("$@" -c "$count" 2>&1) && [ "$left" = 0 ] && exit 0
  turns=$((turns + 1)); [ $turns -lt 40 ] || break
  sleep 1
done
printf '%s\\n' "$said" "\${left:+$left are left}" >&2
exit 1
`;
