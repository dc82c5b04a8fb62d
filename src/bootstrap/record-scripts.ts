/**
 * What was there before a bootstrap lies on each host, in a file that only root may read: every script notes what it is about to add
 * before it adds it, and only what is missing then. `bootstrap --undo` takes back what stands there, and nothing else. Lines:
 *
 * - "cluster NAME": the first one
 * - "own PATH": a directory above this file that was missing
 * - "directory PATH", "file PATH": was missing
 * - "had PATH MODE OWNER": a file or directory that was there
 * - "package NAME purge | remove", "user NAME", "group NAME": was missing; remove: its configuration files were there
 * - "place VERSION DATADIRECTORY": there was neither this cluster of Debian's nor data in the directory
 * - "cleaned": all of that was taken back
 *
 * A host that was set up by a version without a record gets none: what was there before could only be guessed.
 */
export const RECORD_FUNCTIONS = `
record=$(getent passwd root | cut -d : -f 6)/.local/state/repmgr-console/bootstrap
note() { [ ! -f "$record" ] || grep -qxF -- "$1" "$record" || { printf '%s\\n' "$1" >> "$record" && sync "$record"; } || exit 1; }
noted() { awk -v path="$1" '($1 == "file" || $1 == "had") && $2 == path { print $1, $3, $4; exit }' "$record" 2>/dev/null; }
note_file() {
  if [ -n "$(noted "$1")" ]; then return; fi
  if [ -e "$1" ]; then note "had $1 $(stat -c '%a %U' "$1")"; else note "file $1"; fi
}
note_missing() {
  missing=$1
  while [ -n "$missing" ] && [ ! -e "$missing" ]; do note "directory $missing"; missing=\${missing%/*}; done
}
`;

/** Begins the record, if there is none, or one of which nothing is left to be taken back. $1 the cluster's name. */
export const RECORD_SCRIPT = `
LC_ALL=C; export LC_ALL; umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
${RECORD_FUNCTIONS}
if grep -sqvE '^(cluster|own) ' "$record" && ! grep -qx cleaned "$record"; then
  grep -qxF -- "cluster $1" "$record"; exit
fi
own=\${record%/*}; state=\${own%/*}; new=$record.$$
lines="cluster $1"
[ ! -f "$record" ] || lines="$lines
$(grep '^own ' "$record")"
for directory in "\${state%/*}" "$state" "$own"; do
  [ -d "$directory" ] || lines="$lines
own $directory"
done
mkdir -p "$own" && printf '%s\\n' "$lines" | grep . > "$new" && sync "$new" && mv -T "$new" "$record" && sync "$own"
`;
