import { PLAIN_ECHO } from "../../text/shell.ts";
import { CONF_VALUE } from "../shell-functions.ts";

/** Destinations that each host tries at a time: sshd drops more than ten unauthenticated connections (MaxStartups). */
const AT_ONCE = 5;

/** Seconds for a connection, and for a login that has begun. */
export const CONNECT_SECONDS = 2;
const LOGIN_SECONDS = 20;

/** Printed by the remote command, which shows that the login worked. */
export const LOGGED_IN = "repmgr-console: logged in";

/** The exit code where the name of repmgr's program did not reach the other host. */
export const NOT_ASKED = 99;

/**
 * Runs on the other host, in one login: the command by which repmgr tests SSH (repmgr-client.c, test_ssh_connection()),
 * then a search for the repmgr program that it would call there (make_remote_repmgr_path()), whose name is a line of input.
 */
const REMOTE = `/bin/true || /usr/bin/true || exit; echo "${LOGGED_IN}"; read -r repmgr || exit ${NOT_ASKED}; command -v "$repmgr"`;

/**
 * Tries one destination by SQL and SSH at once: $1 its node id, $2 its host for SSH ("" where SSH is not tried),
 * $3 conninfo (likewise). Environment: PSQL, REPMGR, REMOTE, SSH_WORDS (one a line), KEX, PASSWORD_n. Each result is
 * one line, written at once: "sql|ssh ID EXITCODE MILLISECONDS TEXT", line breaks in TEXT as tabs. It starts few processes:
 * with 40 nodes each host runs it 40 times, and 40 hosts do so at the same time.
 */
const PROBE_SCRIPT = `
id=$1; host=$2; conninfo=$3
nl='
'
set -f; IFS=$nl
# Since the host started, in hundredths of a second.
look_at_clock() { IFS='. ' read -r whole part rest < /proc/uptime; now=$whole$part; IFS=$nl; }
# WAY EXITCODE TEXT
result() {
  way=$1; code=$2; text=$3; look_at_clock
  [ "\${#text}" -le 1500 ] || text=$(printf '%s' "$text" | tail -c 1500)
  set -- $text; IFS='	'
  printf '%s %s %s %s0 %s\\n' "$way" "$id" "$code" "$((now - from))" "$*"
}
try_ssh() {
  look_at_clock; from=$now; set -- $SSH_WORDS
  [ -z "$KEX" ] || set -- -o "KexAlgorithms=$KEX" "$@"
  # A master that stays behind would hold the pipe open.
  text=$(timeout -k 1 ${LOGIN_SECONDS} ssh -o Batchmode=yes -o ControlMaster=no -o ConnectTimeout=${CONNECT_SECONDS} "$@" "$host" "$REMOTE" 2>&1 <<EOF
$REPMGR
EOF
)
  result ssh $? "$text"
}
try_sql() {
  eval "password=\\\${PASSWORD_$id-}"
  [ -z "$password" ] || { PGPASSWORD=$password; export PGPASSWORD; }
  look_at_clock; from=$now
  text=$(timeout -k 1 ${LOGIN_SECONDS} "$PSQL" -X -w -A -t -q -c 'SELECT 1' -d "$conninfo" 2>&1 </dev/null)
  result sql $? "$text"
}
if [ -n "$host" ]; then try_ssh & fi
if [ -n "$conninfo" ]; then try_sql; fi
wait
`;

/**
 * Tries to reach other nodes from one host as repmgr there would: one constant script for sh(1) that changes nothing, data only
 * as arguments and input. $1 path of repmgr.conf, $2 PROBE_SCRIPT, $3 REMOTE, then three arguments
 * for each destination (PROBE_SCRIPT's). Input: "ID PASSWORD" for each conninfo that holds one: never in argv, where
 * other users could see it. Prints first "psql PATH", "repmgr PATH" and "option WORD" for each of ssh_options, then
 * "ready", then results as they come.
 */
export const CROSSCHECK_SCRIPT = `
LC_ALL=C; export LC_ALL
conf=$1; probe=$2; REMOTE=$3; shift 3
${PLAIN_ECHO}
${CONF_VALUE}
nl='
'
set -f
# runuser keeps root's HOME; libpq looks there for .pgpass.
[ -O "$HOME" ] || HOME=$(getent passwd "$(id -un)" | cut -d : -f 6)
export HOME
while IFS= read -r line; do export "PASSWORD_\${line%% *}=\${line#* }"; done
bindir=$(conf_value pg_bindir); bindir=\${bindir%/}
version=; { read -r version < "$(conf_value data_directory)/PG_VERSION"; } 2>/dev/null
PSQL=psql
for dir in "$bindir" "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin"; do
  if [ -n "$dir" ] && [ -x "$dir/psql" ]; then PSQL=$dir/psql; break; fi
done
own=$(conf_value repmgr_bindir); own=\${own%/}; own=\${own:-$bindir}
REPMGR=\${own:+$own/}repmgr
printf 'psql %s\\nrepmgr %s\\n' "$PSQL" "$REPMGR"
options=$(conf_value ssh_options); options=\${options:--q -o ConnectTimeout=10}
# Split as a shell would, but nothing is run or expanded.
case $options in
  *\\"* | *\\'* | *\\\\*) words=$(printf '%s' "$options" | xargs printf '%s\\n') ;;
  *) words=$(printf '%s\\n' $options) ;;
esac
SSH_WORDS=; IFS=$nl
for word in $words; do
  # It would hide the reason.
  [ "$word" != -q ] || continue
  SSH_WORDS=$SSH_WORDS$word$nl; echo "option $word"
done
# Half of what a login costs both hosts is OpenSSH's first choice of key exchange. Of the same set another one comes first, so
# that whether there is a common one stays as it is; not where somebody chose a set, or may have in another file.
KEX=
case $SSH_WORDS in
  *[Kk][Ee][Xx]* | *-F*) ;;
  *)
    if ! grep -rhisE '^[[:space:]]*(kexalgorithms|include)' "$HOME/.ssh/config" /etc/ssh/ssh_config /etc/ssh/ssh_config.d |
      grep -qvixE 'include /etc/ssh/ssh_config[.]d/[*][.]conf'; then
      KEX=$(ssh -F none -G localhost 2>/dev/null | sed -n 's/^kexalgorithms //p')
      case ,$KEX, in *,curve25519-sha256,*) KEX=curve25519-sha256,$KEX ;; *) KEX= ;; esac
    fi
    ;;
esac
export PSQL REPMGR REMOTE SSH_WORDS KEX
echo ready
printf '%s\\0' "$@" | xargs -0 -n 3 -P ${AT_ONCE} sh -c "$probe" probe
`;

/** One destination, for the script. */
export interface ScriptDestination {
	readonly nodeId: number;
	/** For ssh; null: SSH is not tried. */
	readonly host: string | null;
	/** Without secrets; null: SQL is not tried. */
	readonly conninfo: string | null;
	readonly password: string | null;
}

/** The script's argv and input. */
export function crosscheckCommand(configFile: string, destinations: readonly ScriptDestination[]) {
	// Time for all rounds in the worst case; a script that hangs ends itself.
	const seconds = 10 * Math.ceil(destinations.length / AT_ONCE);
	return {
		argv: [
			"timeout",
			String(seconds),
			"sh",
			"-c",
			CROSSCHECK_SCRIPT,
			"sh",
			configFile,
			PROBE_SCRIPT,
			REMOTE,
			...destinations.flatMap(({ nodeId, host, conninfo }) => [String(nodeId), host ?? "", conninfo ?? ""]),
		],
		input: destinations
			.map(({ nodeId, password }) => (password === null ? "" : `${nodeId} ${password}\n`))
			.join(""),
		deadlineMs: seconds * 1000 + 2000,
	};
}
