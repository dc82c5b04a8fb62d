import { PLAIN_ECHO } from "../../text/shell.ts";
import { CONF_VALUE } from "../shell-functions.ts";

/** Of the upstream; each line may fail by itself: pg_ls_waldir() needs pg_monitor. */
export const ASK_UPSTREAM = `
SELECT 'lsn ' || CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END;
SELECT 'segment ' || setting FROM pg_settings WHERE name = 'wal_segment_size';
SELECT 'oldest ' || min(substr(name, 9)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$';
`;

/**
 * Has a host ask Barman what it has, as the owner of the database there and over the same SSH as repmgr; changes nothing but a
 * directory in /tmp that is deleted at the end. $1 path of repmgr.conf; $2 and $3 the host and the server of Barman, or "": those of
 * repmgr.conf; $4 the statements above, $5 host, $6 port, $7 role and $8 database of the upstream. All of Barman's answers are
 * asked for at once: a program in Python takes its time to start.
 */
export const BARMAN_SURVEY_SCRIPT = `
LC_ALL=C; export LC_ALL; umask 077
conf=$1; given_host=$2; given_server=$3; ask=$4; host=$5; port=$6; role=$7; database=$8
${PLAIN_ECHO}
${CONF_VALUE}
barman_host=\${given_host:-$conf_barman_host}; server=\${given_server:-$conf_barman_server}; config=$conf_barman_config
[ -z "$given_host" ] || config=
echo "host $barman_host"; echo "server $server"; echo "config $config"
case $barman_host in "" | -* | *[!A-Za-z0-9_.@-]*) echo end; exit 0 ;; esac
case $server in "" | -* | *[!A-Za-z0-9_.-]*) echo end; exit 0 ;; esac
case $config in *[!A-Za-z0-9_./-]*) echo end; exit 0 ;; esac
echo "restore $conf_restore_command"
restore=$conf_restore_command
if [ -z "$restore" ] && found=$(command -v barman-wal-restore 2>/dev/null || command -v /usr/bin/barman-wal-restore); then
  login=; case $barman_host in *@*) login=" -U \${barman_host%@*}" ;; esac
  restore="$found$login\${config:+ -c $config} \${barman_host##*@} $server %f %p"
  echo "made $restore"
fi
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT; trap 'exit 1' HUP INT TERM
first() { sed '/^[[:space:]]*$/d' "$1" | head -n 1 | cut -c 1-300; }
barman() { timeout 25 ssh -o BatchMode=yes -o ConnectTimeout=10 "$barman_host" barman \${config:+--config="$config"} "$@" </dev/null; }
{ barman -f json show-backup "$server" latest; } >"$scratch/backup" 2>"$scratch/fault" &
{ barman show-backup "$server" latest; } >"$scratch/text" 2>/dev/null &
{ barman -f json check "$server"; } >"$scratch/check" 2>/dev/null &
{ barman list-files --target=wal "$server" latest; } >"$scratch/wal" 2>/dev/null &
{ barman list-files --target=data "$server" latest | sed -n 2p; } >"$scratch/file" 2>/dev/null &
for psql in \${conf_pg_bindir:+"\${conf_pg_bindir%/}/psql"} psql /usr/lib/postgresql/*/bin/psql /usr/pgsql-*/bin/psql; do command -v "$psql" >/dev/null 2>&1 && break; done
printf '%s\\n' "SET search_path = pg_catalog;" "$ask" |
  timeout 10 "$psql" -X -w -q -A -t -h "$host" -p "$port" \${role:+-U "$role"} \${database:+-d "$database"} -f - 2>/dev/null | sed 's/^/upstream /'
wait
tr '\\n' ' ' <"$scratch/backup" | sed 's/^/backup /'; echo
sed -n 's/^ *System Id *: *\\([0-9][0-9]*\\) *$/system \\1/p' "$scratch/text"
grep -q '"_ERROR"' "$scratch/backup" || [ -s "$scratch/backup" ] || echo "fault $(first "$scratch/fault")"
tr '\\n' ' ' <"$scratch/check" | sed 's/^/check /'; echo
sed -n 's|.*/\\([0-9A-F]\\{24\\}\\)$|wal \\1|p' "$scratch/wal" | head -n 200000
file=; { read -r file <"$scratch/file"; } 2>/dev/null
if [ -n "$file" ]; then
  timeout 20 rsync --list-only -e "ssh -o BatchMode=yes -o ConnectTimeout=10" "$barman_host:$file" </dev/null >/dev/null 2>"$scratch/rsync" ||
    echo "rsync $(first "$scratch/rsync")"
fi &
# The first WAL file that the copy needs, by the command that will fetch it.
name=$(sed -n 's/.*"begin_wal": *"\\([0-9A-F]*\\)".*/\\1/p' "$scratch/backup")
if [ -n "$name" ]; then
  rest=$restore; line=
  while :; do
    case $rest in *%*) ;; *) break ;; esac
    line=$line\${rest%%\\%*}; rest=\${rest#*%}
    case $rest in
      f* | r*) line=$line$name; rest=\${rest#?} ;;
      p*) line=$line$scratch/$name; rest=\${rest#?} ;;
      %*) line=$line%; rest=\${rest#?} ;;
      *) line=$line% ;;
    esac
  done
  line=$line$rest
  from=$(date +%s%N)
  if [ -n "$line" ]; then ( cd "$scratch" && timeout 25 sh -c "$line" ) </dev/null >/dev/null 2>"$scratch/fault"
  else barman get-wal "$server" "$name" >"$scratch/$name" 2>"$scratch/fault"; fi
  code=$?
  if [ $code -eq 0 ] && [ -s "$scratch/$name" ]; then echo "fetched $(stat -c %s "$scratch/$name") $(($(date +%s%N) - from))"
  else echo "unfetched $(first "$scratch/fault") (exit code $code)"; fi
fi
wait
echo end
exit 0
`;
