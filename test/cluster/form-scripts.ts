/**
 * What runs on the hosts, as bash with positional arguments: nothing is spliced into a script. Every script stops at its first error.
 */

/** As root; $1 the path, $2 the mode, the content on standard input. The file is postgres' and is never seen half-written. */
export const WRITE_FILE = `set -eu
umask 077
mkdir -p "$(dirname "$1")"
cat > "$1.new"
chown postgres:postgres "$1.new"
chmod "$2" "$1.new"
mv "$1.new" "$1"
`;

/** As postgres: a key pair; prints the public key. */
export const CREATE_KEY = `set -eu
mkdir -p -m 700 ~/.ssh
ssh-keygen -q -t ed25519 -N '' -C "postgres@$(hostname)" -f ~/.ssh/id_ed25519
cat ~/.ssh/id_ed25519.pub
`;

/** As root; $1 the version. Replaces Debian's configuration by ours; the cluster itself gets a system identifier of its own. */
export const CREATE_CLUSTER = `set -eu
pg_createcluster "$1" main -- --no-sync >/dev/null
install -o postgres -g postgres -m 640 /run/form/pg_hba.conf "/etc/postgresql/$1/main/pg_hba.conf"
install -o postgres -g postgres -m 644 /run/form/postgresql.conf "/etc/postgresql/$1/main/conf.d/repmgr.conf"
`;

/** As root; $1 the version, $2 $3 $4 the passwords of repmgr, monitor and plain. Starts a server and creates roles and database. */
export const START_AND_CREATE_ROLES = `set -eu
systemctl start "postgresql@$1-main"
runuser -u postgres -- psql -XqAt -v ON_ERROR_STOP=1 -v repmgr="$2" -v monitor="$3" -v plain="$4" <<'SQL'
CREATE ROLE repmgr LOGIN SUPERUSER REPLICATION CREATEDB CREATEROLE PASSWORD :'repmgr';
ALTER ROLE repmgr SET search_path TO repmgr, "$user", public;
CREATE ROLE monitor LOGIN PASSWORD :'monitor';
GRANT pg_monitor TO monitor;
CREATE ROLE plain LOGIN PASSWORD :'plain';
CREATE DATABASE repmgr OWNER repmgr;
SQL
`;

/** As postgres, after the extension exists: what the role monitor needs to read repmgr's tables. */
export const GRANT_TO_MONITOR = `set -eu
psql -XqAt -v ON_ERROR_STOP=1 -d repmgr <<'SQL'
GRANT USAGE ON SCHEMA repmgr TO monitor;
GRANT SELECT ON ALL TABLES IN SCHEMA repmgr TO monitor;
SQL
`;

export const REGISTER_PRIMARY = "exec repmgr -f /etc/repmgr.conf primary register";

/** As postgres; $1 the primary. */
export const REGISTER_WITNESS =
	'exec repmgr -f /etc/repmgr.conf witness register -h "$1" -U repmgr -d repmgr';

/** As root; $1 the version, $2 the node to clone from. Also makes a broken standby whole again. */
export const CLONE_STANDBY = `set -eu
systemctl stop repmgrd
systemctl stop "postgresql@$1-main"
rm -rf "/var/lib/postgresql/$1/main"
runuser -u postgres -- repmgr -f /etc/repmgr.conf -h "$2" -U repmgr -d repmgr standby clone --fast-checkpoint
systemctl start "postgresql@$1-main"
runuser -u postgres -- repmgr -f /etc/repmgr.conf -h "$2" -U repmgr -d repmgr standby register --force --wait-start=20
`;
