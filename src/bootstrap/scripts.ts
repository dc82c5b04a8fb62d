import { shellWords } from "../text/shell.ts";
import { BLOCK_BEGIN, BLOCK_END } from "./files.ts";
import { RECORD_FUNCTIONS } from "./record-scripts.ts";
import { CONFIGURED, MARK_FUNCTIONS, MARK_LINE } from "./survey-script.ts";

/**
 * Constant scripts for sh(1) that run on the hosts as root. Each looks first whether its work is done already, and fails where
 * something lies that is not ours. While a directory is being made, a file beside it, "DATA.repmgr-console", says that what lies
 * there is unfinished and ours (MARK_FUNCTIONS): only then is it ever emptied.
 */

export const FUNCTIONS = `
LC_ALL=C; export LC_ALL; umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
fail() { printf 'ERROR: %s\\n' "$*" >&2; exit 1; }
home=$(getent passwd postgres | cut -d : -f 6)
as_postgres() { runuser -u postgres -- env -C / "HOME=$home" PGCONNECT_TIMEOUT=10 "$@"; }
${RECORD_FUNCTIONS}`;

/** What WRITE_SCRIPT runs as the one whose directory it is. */
const WRITE = `
LC_ALL=C; export LC_ALL; umask 077
fail() { printf 'ERROR: %s\\n' "$*" >&2; exit 1; }
path=$1; mode=$2; owner=$3; kind=$4; size=$5; check=$6
new=$path.repmgr-console-new
trap 'rm -f "$new"' EXIT; trap 'exit 1' HUP INT TERM
rm -f "$new" && cat > "$new" || exit 1
[ "$(wc -c < "$new")" -eq "$size" ] || fail "the content did not arrive whole"
if [ "$kind" = block ] && [ -f "$path" ]; then
  [ "$(grep -c '^${BLOCK_BEGIN}' "$path")" = "$(grep -c '^${BLOCK_END}' "$path")" ] || fail "half a block of ours is in $path"
  sed '/^${BLOCK_BEGIN}/,/^${BLOCK_END}/d' "$path" >> "$new" || exit 1
fi
if [ "$check" = visudo ]; then visudo -cqf "$new" || fail "visudo does not accept it"; fi
if [ "$(id -u)" = 0 ]; then chown "$owner:$owner" "$new" || exit 1; fi
chmod "$mode" "$new" && sync "$new" && mv -T "$new" "$path"
`;

/**
 * Writes a file, whole or not at all. $1 path, $2 mode, $3 owner, $4 "whole" or "block", $5 bytes of the content, $6 "visudo" or
 * ""; input: the content. A block goes before everything else in its file, in place of an earlier one. In a directory of postgres
 * postgres writes: root would follow any link that postgres had made there.
 */
export const WRITE_SCRIPT = `${FUNCTIONS}
directory=\${1%/*}; note_missing "$directory"; note_file "$1"; write=${shellWords([WRITE])}
case $3:$directory in
  root:* | *:/etc)
    [ -d "$directory" ] || install -d -m 755 "$directory" || exit 1
    sh -c "$write" sh "$@" ;;
  *)
    [ -d "$directory" ] || as_postgres mkdir -m 700 "$directory" || exit 1
    as_postgres sh -c "$write" sh "$@" ;;
esac
`;

/** Fails where postgres can't write a directory: $1. */
export const ARCHIVE_SCRIPT = `
runuser -u postgres -- test -w "$1" && exit 0
echo "The user postgres can't write $1: $(stat -c '%A %U:%G' "$1" 2>&1). Let it, and repeat the bootstrap." >&2
exit 1
`;

/** $@ packages. */
export const INSTALL_SCRIPT = `${FUNCTIONS}
DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND
apt-get -q -o DPkg::Lock::Timeout=300 update || exit 1
if [ -f "$record" ]; then
  # Before it is done: what is new on this host, and not only of a newer version ("Inst NAME [OLD] (NEW").
  new=$(apt-get -s install --no-install-recommends "$@") || exit 1
  for name in $(printf '%s\\n' "$new" | sed -n 's/^Inst \\([^ ]*\\) (.*/\\1/p'); do
    case $(dpkg-query -W -f='\${db:Status-Status}' "$name" 2>/dev/null) in
      config-files) note "package $name remove" ;;
      *) note "package $name purge" ;;
    esac
  done
  # What Debian's packages leave when they are purged.
  getent passwd postgres >/dev/null || note "user postgres"
  for name in postgres ssl-cert; do getent group "$name" >/dev/null || note "group $name"; done
  for directory in /etc/postgresql /var/lib/postgresql /var/log/postgresql; do note_missing "$directory"; done
fi
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"
`;

/** A key pair of postgres. */
export const KEY_SCRIPT = `${FUNCTIONS}
key=$home/.ssh/id_ed25519
note_missing "$home/.ssh"; note_file "$key"; note_file "$key.pub"
[ -d "$home/.ssh" ] || as_postgres mkdir -m 700 "$home/.ssh" || exit 1
if [ ! -f "$key" ]; then as_postgres ssh-keygen -q -t ed25519 -N '' -C "postgres@$(uname -n)" -f "$key"
elif [ ! -s "$key.pub" ]; then
  # One with a passphrase is of no use here, and has no public key to be read.
  as_postgres sh -c 'ssh-keygen -y -P "" -f "$1" > "$1.pub-new" && mv -T "$1.pub-new" "$1.pub" || { rm -f "$1.pub-new"; exit 1; }' sh "$key"
fi
`;

/** find(1) and rm(1) don't follow a link; and postgres, whose directory it may be, could plant one where root writes: O_EXCL. */
export const PLACE_FUNCTIONS = `${FUNCTIONS}
version=$1; data=$2
${MARK_FUNCTIONS}
[ ! -L "$data" ] || fail "$data is a symbolic link"
case $(marked) in
  ours) unfinished=yes ;;
  clone) fail "a clone was not ended: $mark holds what it has replaced" ;;
  other) fail "$mark is there, and not ours" ;;
  *) unfinished= ;;
esac
set_mark() { [ -n "$unfinished" ] || printf '%s\\n' "${MARK_LINE}" | dd "of=$mark" conv=excl,fsync status=none || exit 1; }
runs() { pid=; { read -r pid < "$data/postmaster.pid"; } 2>/dev/null; [ -n "$pid" ] && [ -d "/proc/$pid" ]; }
is_empty() { [ ! -e "$data" ] || { [ -d "$data" ] && [ -z "$(ls -A "$data")" ]; }; }
`;

/**
 * Debian's cluster VERSION/main. $1 version, $2 data directory, $3 port, $4 locale, $5 "checksums" or "", $6 "empty": the data
 * directory is then left empty, for a clone.
 */
export const CREATE_SCRIPT = `${PLACE_FUNCTIONS}
port=$3; locale=$4; checksums=$5; empty=$6
conf=/etc/postgresql/$version/main/postgresql.conf
if [ -e "$conf" ]; then
  # pg_dropcluster deletes what that file names.
  configured=$(${CONFIGURED})
  [ "$configured" = "$data" ] || fail "the data directory in $conf is another one: $configured"
  [ -n "$unfinished" ] || { echo "it is there"; exit 0; }
fi
if [ -n "$unfinished" ]; then
  ! runs || fail "a server runs in $data"
  if [ -e "$conf" ]; then pg_dropcluster "$version" main || exit 1
  elif [ -e "$data" ]; then as_postgres find "$data" -mindepth 1 -delete && rmdir "$data" || exit 1
  fi
fi
is_empty || fail "$data is not empty"
parent=\${data%/*}
note_missing "$parent"; note_file "$data"; note "place $version $data"
[ -d "$parent" ] || install -d -o postgres -g postgres -m 755 "$parent" || exit 1
set_mark
pg_createcluster -u postgres -d "$data" -p "$port" --locale "$locale" -e UTF8 --no-status "$version" main \\
  -- \${checksums:+--data-checksums} || exit 1
if [ "$empty" = empty ]; then
  as_postgres find "$data" -mindepth 1 -delete && is_empty || fail "$data can't be emptied"
fi
rm "$mark"; sync "$parent"
`;

/** A key, which only the server reads, and a certificate that it signs itself. $1 path without .key and .crt, $2 name, $3 alternative name. */
export const CERTIFICATE_SCRIPT = `${FUNCTIONS}
command -v openssl >/dev/null || fail "openssl is not installed"
as_postgres sh -c 'umask 077
  trap "rm -f \\"$1.key-new\\" \\"$1.crt-new\\"" EXIT
  rm -f "$1.key-new" "$1.crt-new"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -batch -subj "/CN=$2" -addext "subjectAltName=$3" \\
    -keyout "$1.key-new" -out "$1.crt-new" || exit 1
  chmod 600 "$1.key-new" && chmod 644 "$1.crt-new" && sync "$1.key-new" "$1.crt-new" &&
    mv -T "$1.key-new" "$1.key" && mv -T "$1.crt-new" "$1.crt"' sh "$1" "$2" "$3"
`;

/** $1 version. */
export const START_SCRIPT = `${FUNCTIONS}
systemctl start "postgresql@$1-main" || { systemctl status --no-pager -n 20 "postgresql@$1-main" >&2; exit 1; }
`;

/** $1 version. */
export const RELOAD_SCRIPT = `${FUNCTIONS}
systemctl reload "postgresql@$1-main"
`;

/** Keeps a password out of the server's log; psql's variables quote. */
const QUIETLY = `
password_of() { sed -n "s/^[^#].*:$1:\\\\([A-Za-z0-9]*\\\\)$/\\\\1/p" "$home/.pgpass" | head -n 1; }
ask() { as_postgres psql -wXqAt -v ON_ERROR_STOP=1 "$@" -f -; }
quietly() { printf '%s\\n' "SET log_statement = 'none';" "SET log_min_duration_statement = -1;" "SET log_min_error_statement = 'panic';"; }
`;

/** repmgr's role, a superuser as its functions need it, and its database. $1 port, $2 role, $3 database, $4 "password" or "". */
export const ROLE_SCRIPT = `${FUNCTIONS}${QUIETLY}
{
  quietly
  printf '%s\\n' "SELECT pg_catalog.format('CREATE ROLE %I', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role') \\\\gexec" \\
    'ALTER ROLE :"role" LOGIN SUPERUSER REPLICATION;'
  if [ "$4" = password ]; then
    printf '%s\\n' "\\\\set password '$(password_of "$2")'" "ALTER ROLE :\\"role\\" PASSWORD :'password';"
  fi
  printf '%s\\n' "SELECT pg_catalog.format('CREATE DATABASE %I OWNER %I', :'database', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'database') \\\\gexec"
} | ask -p "$1" -d postgres -v "role=$2" -v "database=$3"
`;

/** The role with which the console watches. $1 port, $2 role, $3 database. */
export const WATCHER_SCRIPT = `${FUNCTIONS}${QUIETLY}
{
  quietly
  printf '%s\\n' "\\\\set password '$(password_of "$2")'" "SELECT pg_catalog.format('CREATE ROLE %I', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role') \\\\gexec" \\
    "ALTER ROLE :\\"role\\" LOGIN PASSWORD :'password';" 'GRANT pg_monitor TO :"role";' \\
    'GRANT USAGE ON SCHEMA repmgr TO :"role";' 'GRANT SELECT ON ALL TABLES IN SCHEMA repmgr TO :"role";'
} | ask -p "$1" -d "$3" -v "role=$2"
`;

/** $1 version, then repmgr's words. */
export const REPMGR_SCRIPT = `${FUNCTIONS}
version=$1; shift
as_postgres "/usr/lib/postgresql/$version/bin/repmgr" -f /etc/repmgr.conf "$@"
`;

/** Copies the upstream into the empty data directory; its dry run comes first. $1 version, $2 data directory, then repmgr's words. */
export const CLONE_SCRIPT = `${PLACE_FUNCTIONS}
shift 2
if [ -n "$unfinished" ]; then
  ! runs || fail "a server runs in $data"
  [ ! -e "$data" ] || as_postgres find "$data" -mindepth 1 -delete || exit 1
elif [ -f "$data/PG_VERSION" ]; then
  [ -f "$data/standby.signal" ] || fail "$data is there, but not a standby's"
  echo "it is there"; exit 0
fi
is_empty || fail "$data is not empty"
repmgr=/usr/lib/postgresql/$version/bin/repmgr
as_postgres "$repmgr" -f /etc/repmgr.conf "$@" --dry-run || exit 1
set_mark
as_postgres "$repmgr" -f /etc/repmgr.conf "$@" || exit 1
[ -f "$data/standby.signal" ] || fail "$data is not a complete copy"
rm "$mark"; sync "\${data%/*}"
`;

export const ENABLE_SCRIPT = `${FUNCTIONS}
systemctl daemon-reload && systemctl --quiet enable repmgrd
`;

/** Restarts repmgrd, and waits until the server knows it. $1 port, $2 database. */
export const REPMGRD_SCRIPT = `${FUNCTIONS}
systemctl restart repmgrd || exit 1
turns=0
while :; do
  [ "$(as_postgres psql -wXqAt -p "$1" -d "$2" -c 'SELECT repmgr.repmgrd_is_running()' 2>/dev/null)" = t ] && exit 0
  turns=$((turns + 1)); [ $turns -lt 60 ] || break
  sleep 0.5
done
systemctl status --no-pager -n 20 repmgrd >&2
exit 1
`;

/**
 * One step at a time on a host, also across consoles: a step of an earlier one may still run. What the step starts does not keep
 * the lock (flock -o).
 */
export function onHost(script: string, words: readonly string[]): readonly string[] {
	return ["flock", "-o", "-w", "900", "/run/repmgr-console-bootstrap", "sh", "-c", script, "sh", ...words];
}
