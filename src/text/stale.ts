/**
 * Whether a process has loaded a file of PostgreSQL or repmgr that is gone: the kernel then says "(deleted)" in proc(5)'s maps, also
 * where a package of the same upstream version was built again, which no version number tells.
 */
export const STALE_FUNCTION = `
stale() {
  [ -r "/proc/$1/maps" ] && maps=$(cat "/proc/$1/maps") && [ -n "$maps" ] || { echo unknown; return; }
  if printf '%s\\n' "$maps" | grep -Eq '/(postgres|repmgrd|repmgr\\.so|libpq\\.so[.0-9]*)(\\.dpkg-[a-z]+)? \\(deleted\\)$'
  then echo yes; else echo no; fi
}
server_pid() { head -n 1 "$1/postmaster.pid" 2>/dev/null; }
# The repmgrd of a repmgr.conf, or the only one.
repmgrd_pid() {
  all=$(pgrep -u "$(id -u)" -x repmgrd)
  [ "$(printf '%s\\n' "$all" | wc -l)" -gt 1 ] || { echo "$all"; return; }
  for one in $all; do tr '\\0' '\\n' < "/proc/$one/cmdline" | grep -qxF -e "$1" -e "--config-file=$1" && { echo "$one"; return; }; done
}
`;
