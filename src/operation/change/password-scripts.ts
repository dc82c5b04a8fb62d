/**
 * Constant scripts for sh(1), run as the owner of the database, that change the password of repmgr's role. Each has as $1 psql, $2 the
 * password file and $3 conninfo of the primary. Beside the password file lie meanwhile, for the owner alone: the next one
 * (.repmgr-console-new), the one before (.repmgr-console-old), and the statement that changes the role (.repmgr-console-sql).
 * What is in a file here is never an argument, which other users of the host could see.
 */
const FUNCTIONS = String.raw`
LC_ALL=C; export LC_ALL; umask 077; unset PGPASSWORD PGPASSFILE
psql=$1; file=$2; primary=$3; shift 3
next=$file.repmgr-console-new; old=$file.repmgr-console-old; sql=$file.repmgr-console-sql
# PASSFILE CONNINFO: does that server accept the password?
accepts() {
  case $2 in *replication=true) statement=IDENTIFY_SYSTEM ;; *) statement='SELECT 1' ;; esac
  [ -f "$1" ] && PGPASSFILE=$1 timeout -k 1 10 "$psql" -X -w -A -t -q -c "$statement" -d "$2" </dev/null
}
quietly() { "$@" >/dev/null 2>&1; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
`;

/**
 * Puts the next password file in place as soon as the primary no longer accepts the password of the present one: the time in which
 * a new connection fails is then as short as can be, whatever happens to the console. Ends after some minutes, or once the next file
 * is gone.
 */
export const WAIT_SCRIPT = `${FUNCTIONS}
i=0
while [ -f "$next" ] && [ $i -lt 900 ]; do
  i=$((i + 1))
  if quietly accepts "$file" "$primary"; then sleep 0.2
  elif quietly accepts "$next" "$primary"; then mv -f "$next" "$file"
  else sleep 0.5
  fi
done
`;

/**
 * Writes the next password file, and leaves behind what puts it in place in time. $4 the role as a line of the file has it, $5 the
 * role as SQL has it, $6 the numbers of the lines, $7 WAIT_SCRIPT; input: the new password as a line of the file has it, and its SCRAM
 * verifier, a line each.
 */
export const PREPARE_SCRIPT = `${FUNCTIONS}
role=$1; identifier=$2; numbers=$3; wait=$4
IFS= read -r password && IFS= read -r verifier && [ -n "$verifier" ] || fail "the new password has not come"
for left in "$next" "$old" "$sql"; do [ ! -e "$left" ] || fail "$left is there already"; done
said=$(accepts "$file" "$primary" 2>&1) || fail "the primary does not accept the present password: $said"
cp -p "$file" "$old" || exit 1
count=0; changed=0
while IFS= read -r line || [ -n "$line" ]; do
  count=$((count + 1))
  case " $numbers " in *" $count "*)
    line=$(printf '%s\\n' "$line" | sed -E 's/^((([^:\\\\]|\\\\.)*:){4}).*/\\1/')
    case $line in *":$role:") ;; *) rm -f "$old"; fail "line $count of $file is no longer one of this role" ;; esac
    line=$line$password; changed=$((changed + 1)) ;;
  esac
  printf '%s\\n' "$line"
done < "$file" > "$next.part" || exit 1
[ -n "$numbers" ] && [ "$changed" -eq "$(set -- $numbers; echo $#)" ] || { rm -f "$next.part" "$old"; fail "$file has changed"; }
cat > "$sql" <<EOF
SET search_path = pg_catalog;
SELECT set_config(name, value, false) FROM (VALUES ('log_statement', 'none'), ('log_min_duration_statement', '-1'),
  ('log_min_error_statement', 'panic')) AS v(name, value) WHERE (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
ALTER ROLE $identifier PASSWORD '$verifier';
EOF
sync "$sql" "$next.part" "$old" 2>/dev/null
mv "$next.part" "$next" || exit 1
setsid sh -c "$wait" sh "$psql" "$file" "$primary" </dev/null >/dev/null 2>&1 &
echo "the next $file has $changed lines with the new password"
`;

/** $4 conninfo of the host's own server. */
const RENEW = `
renew() {
  for one in "$old" "$file" "$next"; do
    if quietly accepts "$one" "$own"; then
      PGPASSFILE=$one "$psql" -X -w -q -v ON_ERROR_STOP=1 -d "$own" -f "$sql" >/dev/null || return 1
      quietly accepts "$next" "$own" || quietly accepts "$file" "$own" || { echo "the new password is not accepted" >&2; return 1; }
      return 0
    fi
  done
  echo "the server accepts neither the old password nor the new one" >&2
  return 1
}`;

/** Changes the role on the host's own server. $4 its conninfo. */
export const RENEW_SCRIPT = `${FUNCTIONS}
own=$1
${RENEW}
[ -f "$sql" ] || fail "$sql is missing"
renew || exit 1
echo "the role has the new password"
`;

/**
 * Sees the next password file in place, or puts it there, and tries all logins with it. From $4 on two words for each login: its
 * name and its conninfo.
 */
export const SEE_SCRIPT = `${FUNCTIONS}
i=0
while [ -f "$next" ]; do
  if quietly accepts "$next" "$primary"; then mv -f "$next" "$file"
  else
    i=$((i + 1)); [ $i -lt 120 ] || fail "the primary does not accept the new password"
    sleep 0.5
  fi
done
i=0
while [ $# -ge 2 ]; do
  if said=$(accepts "$file" "$2" 2>&1); then echo "$1: the new password is accepted"; shift 2; continue; fi
  # A standby has it once it has replayed that WAL.
  i=$((i + 1)); [ $i -lt 120 ] || fail "$1: $said"
  sleep 0.5
done
`;

/**
 * Ends the change, whatever has come of it: forward where the primary has the new password, else back. Nothing stays beside the
 * password file. $4 conninfo of the host's own server.
 */
export const END_SCRIPT = `${FUNCTIONS}
own=$1
${RENEW}
# A run that never came to read its input may have left it.
[ -z "$REPMGR_CONSOLE_RUN" ] || rm -f "\${REPMGR_CONSOLE_RUN%/*}"/prepare-*/input
left=; for one in "$next" "$next.part" "$old" "$sql"; do [ ! -e "$one" ] || left=yes; done
[ -n "$left" ] || { echo "nothing is left to do"; exit 0; }
new=$file; [ ! -f "$next" ] || new=$next
if quietly accepts "$new" "$primary"; then
  [ ! -f "$next" ] || mv -f "$next" "$file" 2>/dev/null || [ ! -f "$next" ] || fail "$next can't be put in place"
  if [ -f "$sql" ] && ! quietly accepts "$file" "$own"; then renew || exit 1; fi
  rm -f "$next.part" "$old" "$sql" || exit 1
  echo "$file has the password that the primary has"
elif [ -f "$old" ] && quietly accepts "$old" "$primary"; then
  rm -f "$next" "$next.part" "$sql" || exit 1
  cmp -s "$old" "$file" || cp -p "$old" "$file" || exit 1
  rm -f "$old"
  echo "$file has the old password, as before"
else
  fail "the primary accepts neither the old password nor the new one, or does not answer: $old and $next stay"
fi
`;
