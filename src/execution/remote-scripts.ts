import { PLAIN_ECHO, STATE_DIRECTORY } from "../text/shell.ts";

/**
 * Constant scripts for sh(1) that run on hosts as the owner of the database. Data come as arguments and input, never as part
 * of the text. A run is a directory STATE/runs/OPERATION/STEP, a lock a directory STATE/lock-SYSTEMIDENTIFIER.
 */

const PREAMBLE = `
LC_ALL=C; export LC_ALL; umask 077
${PLAIN_ECHO}
HOME=$(getent passwd "$(id -un)" | cut -d : -f 6); export HOME
${STATE_DIRECTORY}
state=$(state_directory)
`;

/**
 * Runs a command to its end, even if no console follows it. $1 run directory, $2 path of repmgr.conf, then its words. A script
 * among the commands finds what earlier steps left beside $REPMGR_CONSOLE_RUN, its run directory.
 *
 * repmgr logs in to the old primary's host several times, once during the write outage; a login takes about 0.2 s. For each
 * host in the file "share" an SSH connection is opened before the command starts, and a program "ssh" in front of the real
 * one sends repmgr's logins through it. Options, keys and names stay the same; ssh logs in as usual where such a connection is
 * missing or broken (ControlMaster=no).
 */
export const RUN_SCRIPT = `
dir=$1; conf=$2; shift 2
echo "$$ $(sed 's/^.*) //' "/proc/$$/stat" | cut -d ' ' -f 20)" > "$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"
path=$PATH
if [ -s "$dir/share" ]; then
  options=$(sed -n "s/^[[:space:]]*ssh_options[[:space:]]*=[[:space:]]*//p" "$conf" 2>/dev/null | tail -n 1 |
    sed "s/^'\\([^']*\\)'.*/\\1/; s/[[:space:]]*#.*//; s/[[:space:]]*$//")
  # Left by runs that were killed; their connections have ended by themselves (ControlPersist).
  find /tmp -maxdepth 1 -name 'repmgr-console.??????' -user "$(id -un)" -mmin +60 -exec rm -rf {} + 2>/dev/null
  # A short name: the path of a socket has about a hundred characters at most.
  sockets=$(mktemp -d /tmp/repmgr-console.XXXXXX)
  real=$(command -v ssh)
  each_host() {
    while IFS= read -r host; do
      printf '%s' "\${options:--q -o ConnectTimeout=10}" | timeout 12 xargs sh -c '
        real=$0; socket=$1; word=$2; host=$3; shift 3
        if [ "$word" = exit ]; then exec "$real" -o "ControlPath=$socket" -O exit "$@" "$host"; fi
        exec "$real" -o Batchmode=yes -o ControlMaster=yes -o "ControlPath=$socket" -o ControlPersist=300 \\
          -o ServerAliveInterval=3 -o ServerAliveCountMax=2 -f -N "$@" "$host"' "$real" "$sockets/%C" "$1" "$host"
    done < "$dir/share" >/dev/null 2>&1
  }
  if [ -n "$real" ] && [ -n "$sockets" ]; then
    mkdir "$dir/bin"
    printf '#!/bin/sh\\nexec "$REPMGR_CONSOLE_SSH" -o ControlMaster=no -o "ControlPath=$REPMGR_CONSOLE_SOCKETS/%%C" "$@"\\n' > "$dir/bin/ssh"
    chmod 700 "$dir/bin/ssh"
    REPMGR_CONSOLE_SSH=$real; REPMGR_CONSOLE_SOCKETS=$sockets; export REPMGR_CONSOLE_SSH REPMGR_CONSOLE_SOCKETS
    # Files in the home directory may not be executable there (noexec).
    if "$dir/bin/ssh" -V >/dev/null 2>&1; then each_host open; path=$dir/bin:$PATH; fi
  fi
fi
REPMGR_CONSOLE_RUN=$dir; export REPMGR_CONSOLE_RUN
# Not kept once it is open: the owner's other programs have no need to read it.
{ rm -f "$dir/input"; PATH=$path "$@"; } <"$dir/input" >"$dir/stdout" 2>"$dir/stderr"
echo $? > "$dir/exit.new"; sync "$dir/exit.new" 2>/dev/null; mv "$dir/exit.new" "$dir/exit"
if [ -n "$sockets" ]; then each_host exit; rm -rf "$sockets"; fi
`;

/**
 * Starts a run that outlives the SSH session. $1 RUN_SCRIPT, $2 operation, $3 step, $4 path of repmgr.conf, then the words
 * of the command; input: how many bytes of input the command gets, a line; those bytes; then the hosts to share connections to, one
 * a line. Prints "started", or "exists" if it was started before: a run never starts twice. One whose input has not come whole never
 * starts, as if it was claimed.
 */
export const START_SCRIPT = `${PREAMBLE}
run=$1; dir=$state/runs/$2/$3; conf=$4; shift 4
mkdir -p "\${dir%/*}" || exit 1
mkdir "$dir" 2>/dev/null || { [ -d "$dir" ] && echo exists && exit 0; exit 1; }
IFS= read -r size && head -c "$size" > "$dir/input" && [ "$(wc -c < "$dir/input")" -eq "$size" ] || { rm -f "$dir/input"; : > "$dir/never"; exit 1; }
cat > "$dir/share"; printf '%s\\0' "$@" > "$dir/argv"; : > "$dir/stdout"; : > "$dir/stderr"
setsid sh -c "$run" run "$dir" "$conf" "$@" </dev/null >/dev/null 2>&1 &
echo started
`;

/**
 * Makes sure that a run that was not begun never will be, however late a START_SCRIPT for it arrives. $1 operation, $2 step.
 * Prints "never" or "begun".
 */
export const CLAIM_SCRIPT = `${PREAMBLE}
dir=$state/runs/$1/$2
mkdir -p "\${dir%/*}" || exit 1
if mkdir "$dir" 2>/dev/null; then : > "$dir/never"; fi
[ -d "$dir" ] || exit 1
if [ -e "$dir/never" ]; then echo never; else echo begun; fi
`;

/**
 * Waits up to five seconds until a run has something new to tell. $1 operation, $2 step, $3 and $4 how many bytes of stdout
 * and stderr are known. Prints "state absent | running | exit CODE | lost", then new output as base64.
 */
export const FOLLOW_SCRIPT = `${PREAMBLE}
dir=$state/runs/$1/$2; known_out=$3; known_err=$4
if [ ! -d "$dir" ] || [ -e "$dir/never" ]; then echo "state absent"; exit 0; fi
# Starting processes costs time during a write outage: the shell's builtins do what they can.
started_at() { line=; { read -r line < "/proc/$1/stat"; } 2>/dev/null; set -- \${line##*) }; started=\${20-}; }
sizes_now() { sizes=$(stat -c %s "$dir/stdout" "$dir/stderr" 2>/dev/null | tr '\\n' ' '); }
sizes_now
turns=0
while :; do
  said=running
  if [ -f "$dir/exit" ]; then said="exit $(cat "$dir/exit")"
  elif [ -f "$dir/pid" ]; then
    read -r pid start < "$dir/pid"
    started_at "$pid"
    if [ "$started" != "$start" ]; then
      sleep 0.3
      if [ -f "$dir/exit" ]; then said="exit $(cat "$dir/exit")"; else said=lost; fi
    fi
  elif [ $turns -ge 19 ] && [ -n "$(find "$dir" -maxdepth 0 -mmin +1)" ]; then said=lost
  fi
  # The end is looked for at every turn, output at every fourth.
  [ $((turns % 4)) -ne 3 ] || sizes_now
  [ "$said" = running ] && [ "$sizes" = "$known_out $known_err " ] && [ $turns -lt 20 ] || break
  sleep 0.25; turns=$((turns + 1))
done
echo "state $said"
echo "stdout $(tail -c "+$((known_out + 1))" "$dir/stdout" 2>/dev/null | head -c 60000 | base64 -w 0)"
echo "stderr $(tail -c "+$((known_err + 1))" "$dir/stderr" 2>/dev/null | head -c 60000 | base64 -w 0)"
`;

/**
 * Takes the lock. $1 system identifier; input: the holder as one line of JSON, then the operation as another. Prints "taken",
 * or "held" and the present holder. The lock appears whole or not at all: a connection that breaks meanwhile must not leave
 * one behind that does not tell its holder.
 */
export const LOCK_SCRIPT = `${PREAMBLE}
dir=$state/lock-$1; new=$state/new-$1-$$
IFS= read -r holder && IFS= read -r operation || exit 1
trap 'rm -rf "$new"' EXIT; trap 'exit 1' HUP INT TERM
rm -rf "$new"; mkdir -p "$new" || exit 1
printf '%s\\n' "$operation" > "$new/operation.json" && printf '%s\\n' "$holder" > "$new/holder.json" || exit 1
sync "$new/operation.json" "$new/holder.json" "$new" 2>/dev/null
# rename(2) of a directory onto one that is not empty fails.
if mv -T "$new" "$dir" 2>/dev/null; then sync "$state" 2>/dev/null; echo taken; exit 0; fi
[ -d "$dir" ] || exit 1
echo held; cat "$dir/holder.json" 2>/dev/null; exit 0
`;

/**
 * Releases the lock of one operation, or with "" of any. $1 system identifier, $2 operation. Prints "released", or "other" if
 * another operation holds it. Also removes runs older than a month, and marks of rewinds that succeeded.
 */
export const RELEASE_SCRIPT = `${PREAMBLE}
dir=$state/lock-$1; gone=$state/gone-$1-$$
for mark in "$state"/rewind-*; do
  [ -r "$mark" ] || continue
  operation=$(sed -n 3p "$mark")
  case $(cat "$operation"/rejoin*/exit 2>/dev/null) in 0) rm -f "$mark" ;; esac
done
find "$state/runs" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} + 2>/dev/null
# Left by scripts that were killed.
find "$state" -mindepth 1 -maxdepth 1 \\( -name 'new-*' -o -name 'gone-*' \\) -mmin +60 -exec rm -rf {} + 2>/dev/null
[ -d "$dir" ] || { echo released; exit 0; }
if [ -n "$2" ] && ! grep -q -F "\\"operationId\\":\\"$2\\"" "$dir/holder.json" 2>/dev/null; then echo other; exit 0; fi
# Renamed first: another console must not see half of it.
mv "$dir" "$gone" && rm -rf "$gone" && echo released
`;

/** The operation whose lock is held there. $1 system identifier. Prints it as base64, or nothing. */
export const READ_LOCK_SCRIPT = `${PREAMBLE}
head -c 1000000 "$state/lock-$1/operation.json" 2>/dev/null | base64 -w 0
`;

/** How much of a rejoin's log is read. */
export const MOST_LOG_BYTES = 60_000;

/**
 * The newest log of a rejoin since a run began. During a switchover repmgr runs the rejoin over SSH and has its own shell
 * write the log (repmgr-action-standby.c, node_rejoin_log), so the file is on this host, although repmgr says that it is on
 * the other. $1 operation, $2 step. Prints its path and, as base64, its text.
 */
export const REJOIN_LOG_SCRIPT = `${PREAMBLE}
file=$(find /tmp -maxdepth 1 -type f -name 'node-rejoin.*.log' -user "$(id -un)" -newer "$state/runs/$1/$2/argv" 2>/dev/null | sort | tail -n 1)
[ -n "$file" ] || exit 0
echo "$file"
head -c ${MOST_LOG_BYTES} "$file" | base64 -w 0
`;
