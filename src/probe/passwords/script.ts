import { PLAIN_ECHO } from "../../text/shell.ts";
import { CONF_VALUE, FIND_TOOL } from "../shell-functions.ts";

/**
 * Reads what the programs on a host log in with, and tries it: one constant script for sh(1) that changes nothing and prints one
 * fact a line, and no password. $1 path of repmgr.conf, $2 conninfo of the host's own server, $3 the names of all nodes, one a line,
 * then three arguments for each login to try: "sql" or "replication", node id, conninfo.
 *
 * Whether a server wants a password is tried without one: libpq then ends the connection, and the server logs no failure.
 */
export const PASSWORDS_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1; self=$2; names=$3; shift 3
${PLAIN_ECHO}
${CONF_VALUE}
${FIND_TOOL}
data=\${conf_data_directory%/}
find_tool psql; psql=\${tool:-psql}
unset PGPASSWORD PGPASSFILE PGSERVICE PGOPTIONS
home=$(getent passwd "$(id -un)" | cut -d : -f 6)
HOME=$home; export HOME
wanted=\${conf_passfile:-$home/.pgpass}
file=$(readlink -f -- "$wanted" 2>/dev/null); file=\${file:-$wanted}
echo "file $file"
if [ ! -f "$file" ]; then echo "state missing"
elif [ ! -r "$file" ] || [ ! -O "$file" ] || [ -n "$(find "$file" -perm /077 2>/dev/null)" ]; then echo "state unsafe"
elif [ ! -w "\${file%/*}" ]; then echo "state locked"
else echo "state usable"
fi
for left in "$file".repmgr-console*; do if [ -e "$left" ]; then echo "left over"; fi; done
# The password is what follows the fourth colon that is not escaped.
[ ! -f "$file" ] || sed '$a\\' "$file" 2>/dev/null | sed -E 's/^#.*//; t one; :one; s/^((([^:\\\\]|\\\\.)*:){4}).*/line \\1/; t; s/.*/line /'
# The files that others on this host read.
other_file() {
  real=$(readlink -f -- "$2" 2>/dev/null)
  [ "\${real:-$2}" = "$file" ] || echo "otherwise $1 reads its password from $2"
}
postmaster=; { read -r postmaster < "$data/postmaster.pid"; } 2>/dev/null
for pid in $postmaster $(pgrep -u "$(id -u)" -x repmgrd); do
  case $pid in "$postmaster") name="the server" ;; *) name=repmgrd ;; esac
  of=$home
  while IFS= read -r variable; do
    case $variable in
      PGPASSWORD=*) echo "otherwise $name has PGPASSWORD in its environment" ;;
      PGPASSFILE=?*) of=; other_file "$name" "\${variable#*=}" ;;
      # Which home counts depends on the version of libpq: one without a password file can't be what it uses.
      HOME=?*) [ -z "$of" ] || [ ! -r "\${variable#*=}/.pgpass" ] || of=\${variable#*=} ;;
    esac
  done <<EOF
$(tr '\\0' '\\n' < "/proc/$pid/environ" 2>/dev/null)
EOF
  [ -z "$of" ] || other_file "$name" "$of/.pgpass"
done
ask() { PGPASSFILE=$1; export PGPASSFILE; timeout -k 1 10 "$psql" -X -w -A -t -q -c "$3" -d "$2" </dev/null; }
# What its own server says.
own() { ask "$file" "$self" "$1" 2>/dev/null; }
conceal() { sed -E "s/(password *= *)('([^'\\\\\\\\]|\\\\\\\\.)*'|[^ ]*)/\\\\1x/g"; }
echo "primary $(own "SELECT setting FROM pg_settings WHERE name = 'primary_conninfo'" | conceal)"
echo "delay $(own "SELECT setting FROM pg_settings WHERE name = 'recovery_min_apply_delay'")"
sessions="SELECT DISTINCT application_name FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender') LIMIT 100"
own "$sessions" | while IFS= read -r session; do
  printf '%s\\n' "$names" | grep -qxF -- "$session" || echo "session $session"
done
while [ $# -ge 3 ]; do
  case $1 in replication) statement=IDENTIFY_SYSTEM ;; *) statement='SELECT 1' ;; esac
  text=$(ask "$file" "$3" "$statement" 2>&1); code=$?
  if ask /dev/null "$3" "$statement" >/dev/null 2>&1; then asked=no; else asked=yes; fi
  [ $code -ne 0 ] || text=
  echo "try $1 $2 $code $asked $text"
  shift 3
done
echo end
`;
