import { shellWords } from "../../text/shell.ts";
import { BLOCK_BEGIN, BLOCK_END } from "../files.ts";
import { FUNCTIONS, PLACE_FUNCTIONS } from "../scripts.ts";
import { CONFIGURED } from "../survey-script.ts";

/**
 * Constant scripts for sh(1) that take back what the record of a host says was added (record.ts), as root. Each looks first, does
 * nothing a second time, and fails where something lies that is not ours any more.
 */

/** Before any server is stopped: a repmgrd that still runs would promote a standby. $1 path of its unit. */
export const STOP_REPMGRD_SCRIPT = `${FUNCTIONS}
[ -e "$1" ] || exit 0
systemctl --quiet disable repmgrd; systemctl stop repmgrd || { systemctl status --no-pager -n 20 repmgrd >&2; exit 1; }
`;

/** Debian's cluster VERSION/main and its data. $1 version, $2 data directory, both as the record has them. */
export const DROP_SCRIPT = `${PLACE_FUNCTIONS}
grep -sqxF -- "place $version $data" "$record" || fail "the record of this host does not have $data"
conf=/etc/postgresql/$version/main/postgresql.conf
if [ -e "$conf" ]; then
  configured=$(${CONFIGURED})
  [ "$configured" = "$data" ] || fail "the data directory in $conf is another one: $configured"
  systemctl stop "postgresql@$version-main" || exit 1
fi
! runs || fail "a server runs in $data, and systemd does not know it"
for link in "$data"/pg_tblspc/*; do [ ! -L "$link" ] || fail "a tablespace lies elsewhere: $(readlink "$link")"; done
# pg_dropcluster wants a whole data directory.
if [ -e "$conf" ] && [ -f "$data/PG_VERSION" ]; then pg_dropcluster "$version" main || exit 1; fi
case $(noted "$data") in
  had*) [ ! -e "$data" ] || as_postgres find "$data" -mindepth 1 -delete || exit 1
    set -- $(noted "$data")
    install -d -m "$2" -o "$3" "$data" || exit 1 ;;
  file*) [ ! -e "$data" ] || { as_postgres find "$data" -mindepth 1 -delete && rmdir "$data"; } || exit 1 ;;
esac
rm -rf "/etc/postgresql/$version/main"
rmdir --ignore-fail-on-non-empty "/etc/postgresql/$version" 2>/dev/null
rm -f "$mark" "/var/log/postgresql/postgresql-$version-main.log"* /var/log/postgresql/repmgrd.log*
`;

/** What UNWRITE_SCRIPT runs as the one whose directory it is. $1 path, $2 "whole" or "block", $3 first line, $4 "file" or a mode. */
const UNWRITE = `
LC_ALL=C; export LC_ALL; umask 077
fail() { printf 'ERROR: %s\\n' "$*" >&2; exit 1; }
path=$1; kind=$2; header=$3; before=$4
[ -e "$path" ] || exit 0
if [ "$kind" = whole ]; then
  [ "$(head -n 1 "$path")" = "$header" ] || fail "$path is not ours any more"
  rm -f "$path" && exit 0
  exit 1
fi
new=$path.repmgr-console-new
trap 'rm -f "$new"' EXIT; trap 'exit 1' HUP INT TERM
[ "$(grep -c '^${BLOCK_BEGIN}' "$path")" = "$(grep -c '^${BLOCK_END}' "$path")" ] || fail "half a block of ours is in $path"
rm -f "$new" && sed '/^${BLOCK_BEGIN}/,/^${BLOCK_END}/d' "$path" > "$new" || exit 1
if [ "$before" = file ] && [ ! -s "$new" ]; then rm -f "$path" && exit 0; exit 1; fi
[ "$before" != file ] || before=600
chmod "$before" "$new" && sync "$new" && mv -T "$new" "$path"
`;

/** Takes a file of ours away, or our lines in one of others. $1 path, $2 owner, $3 "whole" or "block", $4 first line of a whole file. */
export const UNWRITE_SCRIPT = `${FUNCTIONS}
set -- "$1" "$2" "$3" "$4" $(noted "$1")
case $5 in file) before=file ;; had) before=$6 ;; *) exit 0 ;; esac
directory=\${1%/*}; write=${shellWords([UNWRITE])}
case $2:$directory in
  root:* | *:/etc) sh -c "$write" sh "$1" "$3" "$4" "$before" ;;
  *) as_postgres sh -c "$write" sh "$1" "$3" "$4" "$before" ;;
esac
`;

/** The key pair of postgres, where we have made it. */
export const UNKEY_SCRIPT = `${FUNCTIONS}
for key in "$home/.ssh/id_ed25519" "$home/.ssh/id_ed25519.pub"; do
  case $(noted "$key") in file*) as_postgres rm -f "$key" || exit 1 ;; esac
done
`;

/** The packages that were installed for the cluster. */
export const PURGE_SCRIPT = `${FUNCTIONS}
DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND
state_of() { dpkg-query -W -f='\${db:Status-Status}' "$1" 2>/dev/null; }
purge=; remove=; ours=" "
while read -r kind name how; do
  [ "$kind" = package ] || continue
  ours="$ours$name "
  case $(state_of "$name"):$how in
    :* | not-installed:* | config-files:remove) ;;
    *:remove) remove="$remove $name" ;;
    *) purge="$purge $name" ;;
  esac
done < "$record"
[ -n "$purge$remove" ] || exit 0
# Purging the server deletes every cluster of its version.
for other in /etc/postgresql/*/*/postgresql.conf; do [ ! -e "$other" ] || fail "another cluster is configured: $other"; done
said=$(apt-get -s purge $purge $remove) || exit 1
for name in $(printf '%s\\n' "$said" | sed -n 's/^\\(Purg\\|Remv\\) \\([^ ]*\\).*/\\2/p'); do
  case $ours in *" $name "*) ;; *) fail "$name needs what was installed" ;; esac
done
get() { apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }
[ -z "$remove" ] || get remove $remove || exit 1
[ -z "$purge" ] || get purge $purge
`;

/** Users, groups and directories; a directory that is not empty stays, and the user whose home it is. */
export const CLEAN_SCRIPT = `${FUNCTIONS}
had() { grep -sqxF -- "$1" "$record"; }
# The user must not go before its data.
for other in /etc/postgresql/*/*/postgresql.conf; do [ ! -e "$other" ] || ! had "user postgres" || fail "a cluster is configured: $other"; done
if had "directory $home"; then
  # What the console's operations have left.
  as_postgres rm -rf "$home/.local/state/repmgr-console" || exit 1
  for directory in "$home/.local/state" "$home/.local"; do
    [ ! -d "$directory" ] || as_postgres rmdir --ignore-fail-on-non-empty "$directory"
  done
fi
for directory in $(sed -n 's/^directory //p' "$record" | sort -r); do
  [ -d "$directory" ] || continue
  rmdir --ignore-fail-on-non-empty "$directory"
  [ ! -d "$directory" ] || printf '%s stays: it is not empty\\n' "$directory"
done
if had "user postgres" && getent passwd postgres >/dev/null; then
  if [ -d "$home" ] && had "directory $home"; then printf 'the user postgres stays, as its home does\\n'
  else userdel postgres || exit 1
  fi
fi
for group in $(sed -n 's/^group //p' "$record"); do
  [ "$group" != postgres ] || ! getent passwd postgres >/dev/null || continue
  ! getent group "$group" >/dev/null || groupdel "$group" || exit 1
done
[ ! -d /run/systemd/system ] || systemctl daemon-reload || exit 1
note cleaned
`;

/** Last of all, when no lock is held any more: the record itself, and the runs of bootstraps. */
export const FORGET_SCRIPT = `${FUNCTIONS}
[ -f "$record" ] || exit 0
grep -qx cleaned "$record" || fail "not all of the record was taken back"
own=$(sed -n 's/^own //p' "$record" | sort -r)
state=\${record%/*}
rm -rf "$state"/runs/*-bootstrap-* "$state"/new-bootstrap-* "$state"/gone-bootstrap-* /run/repmgr-console-bootstrap
[ ! -d "$state/runs" ] || rmdir --ignore-fail-on-non-empty "$state/runs"
rm -f "$record"
for directory in $own; do [ ! -d "$directory" ] || rmdir --ignore-fail-on-non-empty "$directory"; done
`;
