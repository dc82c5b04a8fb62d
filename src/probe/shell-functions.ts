import type { CommandProgram } from "../model/repmgr-conf.ts";

/**
 * For sh(1): `read_conf FILE` reads a repmgr.conf; then `conf_value NAME` prints the value of a parameter, or nothing,
 * `eval "value=\$conf_NAME"` gets it without a process, and "$raw_conninfo" is conninfo as written. The last setting counts,
 * also across several files. Included files are not read.
 *
 * It reads the file once: the shell reads byte by byte, and a script asks for three dozen parameters.
 */
export const READ_CONF = `
read_conf() {
  while IFS= read -r line || [ -n "$line" ]; do
    line=\${line#"\${line%%[![:space:]]*}"}
    name=\${line%%[[:space:]=]*}
    value=\${line#"$name"}
    case $name in "" | *[!a-z0-9_]*) continue ;; esac
    [ -n "$value" ] || continue
    value=\${value#"\${value%%[![:space:]=]*}"}
    [ "$name" != conninfo ] || raw_conninfo=$value
    case $value in
      "'"*) value=\${value#"'"}; value=\${value%%"'"*} ;;
      *) value=\${value%%#*}; value=\${value%"\${value##*[![:space:]]}"} ;;
    esac
    eval "conf_$name=\\$value"
  done 2>/dev/null < "$1"
}
conf_value() { eval "printf '%s\\\\n' \\"\\$conf_$1\\""; }`;

/** READ_CONF, with the file at "$conf" read. */
export const CONF_VALUE = `${READ_CONF}
read_conf "$conf"`;

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
