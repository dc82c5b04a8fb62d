import { PLAIN_ECHO } from "../text/shell.ts";
import { RECORD_FUNCTIONS } from "./record-scripts.ts";

/** Prints from which address this console logs in, as the login user: sudo takes the variable away. */
export const SEEN_FROM_SCRIPT = 'printf "%s\\n" "$SSH_CONNECTION"';

/** Where Debian keeps what a bootstrap reads and writes; VERSION and the data directory are the inventory's or the host's. */
export const PATHS = {
	home: "/var/lib/postgresql",
	repmgrConf: "/etc/repmgr.conf",
	createcluster: "/etc/postgresql-common/createcluster.d/repmgr-console.conf",
	sudoers: "/etc/sudoers.d/repmgr-console",
	unit: "/etc/systemd/system/repmgrd.service",
	synchronous: (version: number) => `/etc/postgresql/${version}/main/conf.d/repmgr-console-synchronous.conf`,
	settings: (version: number) => `/etc/postgresql/${version}/main/conf.d/repmgr-console.conf`,
	/** Without .crt and .key. */
	certificate: (version: number) => `/etc/postgresql/${version}/main/repmgr-console`,
	hba: (version: number) => `/etc/postgresql/${version}/main/pg_hba.conf`,
} as const;

/**
 * What lies beside the data directory while it is made, "DATA.repmgr-console": "ours", a file with this line; "clone", the directory of
 * a clone (operation/clone/scripts.ts), which holds the only copy of what it replaces; "other"; or "".
 */
export const MARK_LINE = "repmgr-console bootstrap: unfinished";
export const MARK_FUNCTIONS = `
mark=$data.repmgr-console
marked() {
  line=
  if [ -f "$mark" ] && [ ! -L "$mark" ] && { read -r line < "$mark"; } 2>/dev/null && [ "$line" = "${MARK_LINE}" ]; then echo ours
  elif [ -d "$mark" ]; then echo clone
  elif [ -e "$mark" ] || [ -L "$mark" ]; then echo other
  fi
}
`;

/** Prints the data directory that the configuration file $conf names, as Debian writes it. */
export const CONFIGURED = `sed -n "s/^data_directory *= *'\\([^']*\\)'.*/\\1/p" "$conf" | tail -n 1`;

/**
 * Constant script for sh(1), as root: what a host has and offers. It changes nothing. $1 major version or "", $2 data directory
 * or "", $3 port, $4 repmgr's role, $5 its database, $6 the console's role or "", $7 the name by which other nodes reach this
 * host, $8 the archive's directory or "", then for each other node its name and SSH port. Prints "KEY VALUE" lines, files as base64.
 */
export const SURVEY_SCRIPT = `
LC_ALL=C; export LC_ALL; umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
${PLAIN_ECHO}
version=$1; data=$2; port=$3; role=$4; database=$5; watcher=$6; own=$7; archive=$8; shift 8
echo "time $(date +%s.%N)"
(. /etc/os-release && echo "os $ID" && echo "like $ID_LIKE" && echo "release $PRETTY_NAME") 2>/dev/null
echo "hostname $(uname -n)"
[ -d /run/systemd/system ] && echo "systemd yes"
echo "memory $(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)"

# Connections to the other nodes, all at once; a port that refuses is reached.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT; trap 'exit 1' HUP INT TERM
for address in $(getent ahosts "$own" | awk '{print $1}' | sort -u); do echo "own $address"; done
turn=0
while [ $# -gt 1 ]; do
  turn=$((turn + 1)); name=$1; ssh=$2; shift 2
  (
    for address in $(getent ahosts "$name" | awk '{print $1}' | sort -u); do
      echo "name $name $address"
      ip -o route get "$address" 2>/dev/null | sed -n "s/.* src \\([^ ]*\\).*/source $name \\1/p"
    done
    for number in "$ssh" "$port"; do
      said=$(timeout 4 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$name" "$number" 2>&1); code=$?
      case "$code $said" in 0*) state=open ;; *refused*) state=refused ;; 124*) state=silent ;; *) state=unreachable ;; esac
      echo "port $name $number $state"
    done
  ) > "$tmp/$turn" 2>/dev/null &
done

dpkg-query -W -f='\${db:Status-Status} \${Package} \${Version}\\n' 'postgresql-[0-9]*' repmgr sudo openssh-client 2>/dev/null |
  while read -r state name number; do [ "$state" != installed ] || echo "installed $name $number"; done
command -v apt-get >/dev/null && echo "apt yes"
options="-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
offered() { apt-cache $options pkgnames postgresql- 2>/dev/null | sed -n 's/^postgresql-\\([0-9]*\\)-repmgr$/\\1/p' | sort -n; }
numbers=$(offered)
if [ -z "$numbers" ] && command -v apt-get >/dev/null; then
  # No lists, or lists without them: read into a directory of our own, so that nothing is changed.
  mkdir -p "$tmp/lists/partial"
  options="$options -o Dir::State::lists=$tmp/lists -o APT::Sandbox::User=root"
  said=$(timeout 60 apt-get $options -q update 2>&1) || echo "sources $(printf '%s\\n' "$said" | grep '^[EW]:' | tail -n 1)"
  numbers=$(offered)
fi
for number in $numbers; do
  for name in "postgresql-$number" "postgresql-$number-repmgr"; do
    candidate=$(apt-cache $options policy "$name" 2>/dev/null | sed -n 's/^  Candidate: //p')
    case $candidate in "" | "(none)") ;; *) echo "offered $number $name $candidate" ;; esac
  done
done
# Of what was set up already the version stays, whatever is offered now.
${RECORD_FUNCTIONS}
[ -n "$version" ] || grep -sqx cleaned "$record" || version=$(sed -n 's/^place \\([0-9]*\\) .*/\\1/p' "$record" 2>/dev/null | tail -n 1)
[ -n "$version" ] || version=$(printf '%s\\n' $numbers | tail -n 1)
echo "version $version"
[ -n "$data" ] || data=/var/lib/postgresql/$version/main
echo "data $data"

# What lies at the data directory, and where it is mounted.
${MARK_FUNCTIONS}
case $(marked) in ours) echo "unfinished yes" ;; clone) echo "beside clone" ;; other) echo "beside other" ;; esac
if [ -L "$data" ]; then echo "found link"
elif [ ! -e "$data" ]; then echo "found nothing"
elif [ -f "$data/PG_VERSION" ]; then
  echo "found cluster"
  if [ -f "$data/standby.signal" ]; then echo "standby yes"; fi
  "/usr/lib/postgresql/$version/bin/pg_controldata" "$data" 2>/dev/null | sed -n 's/^Database system identifier: */identifier /p'
elif [ -d "$data" ] && [ -z "$(ls -A "$data")" ]; then echo "found empty"
else echo "found other"
fi
place=$data
while [ ! -e "$place" ]; do place=\${place%/*}; [ -n "$place" ] || place=/; done
echo "disk $(df -Pk "$place" 2>/dev/null | awk 'END {print $2, $4}')"
config=/etc/postgresql/$version/main; conf=$config/postgresql.conf
[ -e "$conf" ] && echo "configured $(${CONFIGURED})"
for other in /etc/postgresql/*/*/postgresql.conf; do
  [ "$other" = "$config/postgresql.conf" ] || [ ! -e "$other" ] || echo "other \${other%/postgresql.conf}"
done
pid=; { read -r pid < "$data/postmaster.pid"; } 2>/dev/null
comm=; [ -z "$pid" ] || { read -r comm < "/proc/$pid/comm"; } 2>/dev/null
case $comm in postgres | postmaster) echo "running yes"; running=yes ;; *) running= ;; esac
if [ -n "$(ss -Hltn "sport = :$port" 2>/dev/null)" ]; then echo "listening yes"; fi

home=$(getent passwd postgres | cut -d : -f 6)
[ -z "$home" ] || echo "home $home"
file() { [ ! -f "$2" ] || echo "file $1 $(stat -c '%a %U' "$2") $(head -c 1000000 "$2" | base64 -w 0)"; }
file repmgr.conf ${PATHS.repmgrConf}
file createcluster ${PATHS.createcluster}
file sudoers ${PATHS.sudoers}
file unit ${PATHS.unit}
file settings "$config/conf.d/repmgr-console.conf"
file synchronous "$config/conf.d/repmgr-console-synchronous.conf"
file hba "$config/pg_hba.conf"
if [ -n "$archive" ]; then
  if [ ! -d "$archive" ]; then echo "archive missing"
  elif [ -n "$home" ]; then
    if runuser -u postgres -- test -w "$archive"; then echo "archive there"; else echo "archive unwritable"; fi
  # The user that the packages make will be in no group of others and own nothing: it may do what any user may.
  elif runuser -u nobody -- test -w "$archive"; then echo "archive there"
  else echo "archive closed"
  fi
  # WAL files, partial ones, history and backup files (manual, 26.3).
  echo "archived $(ls -U "$archive" 2>/dev/null | grep -cE '^[0-9A-F]{8}([.]history|[0-9A-F]{16}([.]|$))')"
fi
pair=$config/repmgr-console
if [ -f "$pair.key" ] && [ -f "$pair.crt" ] && [ "$(stat -c '%a %U' "$pair.key")" = "600 postgres" ] &&
  public=$(openssl pkey -in "$pair.key" -passin pass: -pubout 2>/dev/null) &&
  [ "$public" = "$(openssl x509 -in "$pair.crt" -noout -pubkey 2>/dev/null)" ]; then echo "certificate yes"; fi
# With it sslmode=require checks certificates, for compatibility's sake (manual, 34.19.1). It may be there before postgres is.
authority=\${home:-${PATHS.home}}/.postgresql/root.crt
[ ! -e "$authority" ] || echo "authority $authority"
if [ -n "$home" ]; then
  file pgpass "$home/.pgpass"
  file authorized_keys "$home/.ssh/authorized_keys"
  file known_hosts "$home/.ssh/known_hosts"
  # Without its comment, which may be anything.
  sed -n '1s/^\\(ssh-ed25519 [A-Za-z0-9+/=]\\{1,\\}\\).*/key \\1/p' "$home/.ssh/id_ed25519.pub" 2>/dev/null
  for left in "$home"/.local/state/repmgr-console/lock-* "$home"/.local/state/repmgr-console/rewind-* "$home"/.local/state/repmgr-console/fence-*; do
    [ ! -e "$left" ] || echo "left $(printf %s "\${left##*/}" | tr -c 'A-Za-z0-9._-' '?')"
  done
fi
[ ! -f "$record" ] || sed 's/^/record /' "$record"
for type in ed25519 ecdsa rsa; do
  [ ! -f "/etc/ssh/ssh_host_\${type}_key.pub" ] || echo "hostkey $(cut -d ' ' -f 1,2 "/etc/ssh/ssh_host_\${type}_key.pub")"
done
echo "repmgrd $(systemctl show repmgrd -p UnitFileState -p ActiveState -p NeedDaemonReload --value 2>/dev/null | tr '\\n' ' ')"

# Of a server that runs here, as postgres; psql reads no start-up file and asks for no password.
if [ -n "$running" ]; then
  as_postgres() { runuser -u postgres -- env -C / "HOME=$home" PGCONNECT_TIMEOUT=4 "$@" 2>/dev/null; }
  ask() { as_postgres psql -wXqAt -p "$port" -v ON_ERROR_STOP=1 "$@"; }
  printf '%s\\n' "SELECT pg_catalog.json_build_object('recovery', pg_catalog.pg_is_in_recovery(),
    'role', (SELECT rolsuper AND rolreplication AND rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = :'role'),
    'synchronous', pg_catalog.current_setting('synchronous_standby_names'),
    'database', EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'database'),
    'watcher', (SELECT pg_catalog.pg_has_role(oid, 'pg_monitor', 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = :'watcher'),
    'receiver', (SELECT status FROM pg_catalog.pg_stat_wal_receiver),
    'sender', (SELECT sender_host FROM pg_catalog.pg_stat_wal_receiver))" |
    ask -d postgres -v "role=$role" -v "database=$database" -v "watcher=$watcher" -f - | sed 's/^/sql /'
  printf '%s\\n' "SELECT pg_catalog.json_build_object('id', node_id, 'name', node_name, 'type', type, 'upstream', upstream_node_id,
    'active', active, 'location', location, 'priority', priority, 'conninfo', conninfo) FROM repmgr.nodes" |
    ask -d "$database" -f - | sed 's/^/node /'
  if [ -n "$watcher" ]; then
    printf '%s\\n' "SELECT CASE WHEN pg_catalog.has_schema_privilege(:'watcher', 'repmgr', 'USAGE')
      AND pg_catalog.has_table_privilege(:'watcher', 'repmgr.nodes', 'SELECT') THEN 'yes' END" |
      ask -d "$database" -v "watcher=$watcher" -f - | sed -n 's/^yes$/granted yes/p'
  fi
  can_log_in() { [ "$(as_postgres psql -wXqAt "$1 user=$2 port=$port dbname=$database" -c 'SELECT 1')" != 1 ] || echo "login $2"; }
  can_log_in "host=$own" "$role"
  # The console may not log in from here, but Debian lets everybody try at the loopback address; the name is for the password file.
  [ -z "$watcher" ] || can_log_in "host=$own hostaddr=127.0.0.1" "$watcher"
fi
wait
cat "$tmp"/[0-9]* 2>/dev/null
echo "end yes"
`;
