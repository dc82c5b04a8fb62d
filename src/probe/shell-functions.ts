import type { CommandProgram } from "../model/repmgr-conf.ts";
import { DEEPEST_INCLUDE } from "../repmgr/includes.ts";

/** Files of one repmgr.conf that are read: files that include each other would never end. */
const MOST_CONF_FILES = 50;

/**
 * For sh(1): `read_conf FILE` reads a repmgr.conf and what it includes, as repmgr does (configfile-scan.l). Then
 * `conf_value NAME` prints the value of a parameter, or nothing, `eval "value=\$conf_NAME"` gets it without a process,
 * "$raw_conninfo" is conninfo as written, "$files_read" lists the files, and "$is_unread" is "yes" where one of them could
 * not be read. The last setting counts.
 *
 * It reads each file once: the shell reads byte by byte, and a script asks for three dozen parameters.
 */
export const READ_CONF = `
files_read=; count_read=0; is_unread=
# What the quoted text in "value" stands for.
unquote_conf() {
  rest=\${value#"'"}; value=
  while :; do
    part=\${rest%%[\\'\\\\]*}; value=$value$part; rest=\${rest#"$part"}
    case $rest in
      "''"*) value="$value'"; rest=\${rest#"''"} ;;
      \\\\[0-7]*)
        part=\${rest#\\\\}; part=\${part%%[!0-7]*}; while [ \${#part} -gt 3 ]; do part=\${part%?}; done
        rest=\${rest#\\\\"$part"}; value=$value$(printf "\\\\$part") ;;
      \\\\[bfnrt]*) rest=\${rest#\\\\?}; value="$value " ;;
      \\\\?*) rest=\${rest#\\\\}; part=\${rest%"\${rest#?}"}; rest=\${rest#?}; value=$value$part ;;
      *) return ;;
    esac
  done
}
# DIRECTIVE FILE DEPTH: reads what is included, relative to the directory of the file that includes it.
read_included() {
  case $value in "") is_unread=yes; return ;; /*) ;; *) value=\${2%/*}/$value ;; esac
  case $1 in
    *[Ii][Rr])
      [ -r "$value" ] && [ -x "$value" ] || { is_unread=yes; files_read="$files_read$value
"; }
      # In byte order, as the scripts have LC_ALL=C.
      case $- in
        *f*) set +f; set -- "$3" "$value"/*.conf; set -f ;;
        *) set -- "$3" "$value"/*.conf ;;
      esac
      while [ $# -gt 1 ]; do
        if [ -e "$2" ] && [ ! -d "$2" ]; then read_conf "$2" "$1"; fi
        value=$1; shift 2; set -- "$value" "$@"
      done ;;
    *) if [ "$value" = "$2" ]; then is_unread=yes; else read_conf "$value" "$3"; fi ;;
  esac
}
# FILE [DEPTH]
read_conf() {
  count_read=$((count_read + 1))
  [ "$count_read" -le ${MOST_CONF_FILES} ] && [ "\${2:-0}" -le ${DEEPEST_INCLUDE} ] || { is_unread=yes; return; }
  files_read="$files_read$1
"
  [ -r "$1" ] && [ ! -d "$1" ] || { is_unread=yes; return; }
  while IFS= read -r line || [ -n "$line" ]; do
    line=\${line#"\${line%%[![:space:]]*}"}
    name=\${line%%[[:space:]=]*}
    value=\${line#"$name"}
    case $name in "" | *[!A-Za-z0-9_]*) continue ;; esac
    [ -n "$value" ] || continue
    value=\${value#"\${value%%[![:space:]=]*}"}
    [ "$name" != conninfo ] || raw_conninfo=$value
    case $value in
      "'"*\\\\* | "'"*"''"*) unquote_conf ;;
      "'"*) value=\${value#"'"}; value=\${value%%"'"*} ;;
      *) value=\${value%%#*}; value=\${value%"\${value##*[![:space:]]}"} ;;
    esac
    case $name in
      [Ii][Nn][Cc][Ll][Uu][Dd][Ee] | [Ii][Nn][Cc][Ll][Uu][Dd][Ee]_[Dd][Ii][Rr] | [Ii][Nn][Cc][Ll][Uu][Dd][Ee]_[Ii][Ff]_[Ee][Xx][Ii][Ss][Tt][Ss])
        read_included "$name" "$1" $((\${2:-0} + 1)); line= ;;
      *[A-Z]*) ;;
      *) eval "conf_$name=\\$value" ;;
    esac
  done 2>/dev/null < "$1"
}
conf_value() { eval "printf '%s\\\\n' \\"\\$conf_$1\\""; }`;

/** READ_CONF, with the file at "$conf" read. */
export const CONF_VALUE = `${READ_CONF}
read_conf "$conf"`;

/**
 * Functions for sh(1), after CONF_VALUE: `find_tool NAME` puts the path of a program of PostgreSQL into "tool": that of
 * pg_bindir, of the server that last ran on "$data" (postmaster.opts), of a package, or in PATH.
 */
export const FIND_TOOL = `
find_tool() {
  major=; { read -r major < "$data/PG_VERSION"; } 2>/dev/null
  own=; { read -r own < "$data/postmaster.opts"; } 2>/dev/null
  own=\${own%% *}; case $own in /*/*) own=\${own%/*} ;; *) own= ;; esac
  for tool in "\${conf_pg_bindir%/}" "$own" "/usr/lib/postgresql/$major/bin" "/usr/pgsql-$major/bin" "/usr/edb/as$major/bin" /opt/bitnami/postgresql/bin; do
    tool=\${tool:+$tool/$1}; [ -x "$tool" ] && return
  done
  tool=$(command -v "$1" 2>/dev/null)
}`;

/**
 * Functions for sh(1): `unit_of PID` puts the service that a process belongs to into "unit", by its cgroup; \`unit_in COMMAND\`
 * the one that a service command hands to systemctl. "" is none: a process that somebody started by hand has none.
 */
export const UNIT_OF = `
unit_of() {
  unit=
  while IFS= read -r path; do
    case $path in *:/user.slice/*) continue ;; 0::* | *:name=systemd:*) path=\${path#*:*:} ;; *) continue ;; esac
    while [ -n "$path" ]; do
      case $path in *.service) unit=\${path##*/}; break 2 ;; esac
      path=\${path%/*}
    done
  done 2>/dev/null < "/proc/$1/cgroup"
  case $unit in ssh[@d.]* | sshd[@.]* | cron.* | crond.* | *[!A-Za-z0-9:_.@\\\\-]*) unit= ;; esac
}
unit_in() {
  unit=
  case " $1" in *[" /"]systemctl" "*) ;; *) return ;; esac
  unit=\${1##* }
  case $unit in "" | -* | *[!A-Za-z0-9:_.@\\\\-]*) unit= ;; *.service) ;; *) unit=$unit.service ;; esac
}`;

/** Units of PostgreSQL and of repmgrd by their names in packages, for \`systemctl show\` and \`journalctl --unit\`. */
export const SERVER_UNITS = ["postgresql*.service", "postgres.service", "edb-as-*.service"] as const;
export const REPMGRD_UNITS = ["repmgr*.service"] as const;

/**
 * A function for sh(1): `program_of COMMAND` prints a state and the program that the command's first word names. It runs and
 * expands nothing. PATH is a service's, since repmgr gets none from a login.
 */
export const PROGRAM_OF = `
program_of() (
  set -f
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  set -- $1
  as=own
  case $1 in
    sudo | */sudo) as=sudo; shift; [ "$1" = -n ] && shift ;;
    sh | bash | dash | */sh | */bash | */dash) [ $# -gt 1 ] && { as=reader; shift; } ;;
  esac
  case $1 in
    -* | *[!A-Za-z0-9_./+@:,%-]* | "") echo unclear; return ;;
    env | exec | nohup | nice | timeout | setsid | su | runuser | cd | . | if | while | for | */env | */nohup | */nice | */timeout | */setsid | */su | */runuser)
      echo unclear; return ;;
    */*) found=$1 ;;
    *) [ "$as" = reader ] && { echo unclear; return; }
      found=$(command -v "$1" 2>/dev/null) ;;
  esac
  case $found in "") echo "missing $1"; return ;; /*) ;; *) echo unclear; return ;; esac
  if [ ! -e "$found" ]; then
    case $(ls -d -- "$found" 2>&1) in
      *"Permission denied"*) [ "$as" = sudo ] && echo unclear || echo "denied $found" ;;
      *) echo "missing $found" ;;
    esac
    return
  fi
  [ "$as" = reader ] && { [ -f "$found" ] && [ -r "$found" ] && echo "runnable $found" || echo "denied $found"; return; }
  [ -f "$found" ] && [ -x "$found" ] || { [ "$as" = sudo ] && [ -f "$found" ] && echo unclear || echo "denied $found"; return; }
  # By the shell itself, since each of a dozen commands comes by here: an executable's first line break is near.
  first=; { IFS= read -r first < "$found"; } 2>/dev/null
  case $first in
    "#!"*)
      first=\${first#??}; set -- $first
      # A line that ends with CR names an interpreter that does not exist.
      [ -x "$1" ] || { echo "nointerpreter $found"; return; } ;;
  esac
  echo "runnable $found"
)`;

const STATES: Readonly<Record<string, CommandProgram["state"]>> = {
	runnable: "runnable",
	missing: "missing",
	denied: "not executable",
	nointerpreter: "no interpreter",
};

/** "PARAMETER STATE PROGRAM", sanitised. */
export function parseProgram(line: string): CommandProgram {
	const [parameter = "", state = "", ...program] = line.split(" ");
	return { parameter, state: STATES[state] ?? "unclear", program: program.join(" ") };
}

/**
 * For sh(1): `damaged_by_repmgr FILE` prints "damaged NAME" for each setting of a postgresql.auto.conf that repmgr would damage. Whenever
 * it writes primary_conninfo there (follow, rejoin, clone), it writes all other settings again, too, without escaping quotes and
 * backslashes (modify_auto_conf() in configfile.c, 5.2 to 5.5): the server then reads another value, or does not start.
 */
export const DAMAGED_BY_REPMGR = `damaged_by_repmgr() {
  sed -n "s/^ *\\([A-Za-z0-9_.]*\\) *= *'.*['\\\\].*' *$/damaged \\1/p" "$1" 2>/dev/null | grep -vx 'damaged primary_conninfo' | head -n 20
}`;
