import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, serverUnitOf } from "../plan/facts.ts";
import type { Command } from "../plan/plan.ts";

/**
 * How long the console waits for a service command, in seconds. A start may recover from a crash first. When the time is over, only
 * the waiting ends: what was asked of the service manager goes on.
 */
export const SERVICE_SECONDS = { stop: 120, start: 600, restart: 600 } as const;

/**
 * A function for sh(1): `run_service SECONDS UNIT DATADIRECTORY COMMAND…` runs a service command, and says every few seconds what the
 * service manager and the server are waiting for. UNIT may be "". Exit code 124: the time is over (timeout(1)).
 */
export const SERVICE_FUNCTION = `
processes() { ps -o pid=,args= "$@" 2>/dev/null | sed 's/^ *//; s/ *$//' | cut -c 1-120 | head -n 12 | tr '\\n' '|' | sed 's/|$//; s/|/; /g; s/ postgres: / /g'; }
property() { printf '%s\\n' "$shown" | sed -n "s/^$1=//p"; }
waiting() {
  if [ -n "$1" ]; then
    shown=$(LC_ALL=C systemctl show -p ActiveState -p SubState -p StateChangeTimestamp -p ControlPID -p Job -- "$1" 2>/dev/null)
    job=$(property Job)
    [ -z "$job" ] || job=$(systemctl list-jobs --no-legend 2>/dev/null | sed -n "s/^ *$job  *[^ ]*  *\\([a-z-]*\\)  *\\([a-z]*\\).*/; its job $job (\\1) is \\2/p")
    printf '%s\\n' "$1 is $(property ActiveState) ($(property SubState)) since $(property StateChangeTimestamp)$job"
    control=$(property ControlPID)
    [ "\${control:-0}" = 0 ] || printf '%s\\n' "systemd waits for: $(processes -p "$control" --ppid "$control")"
  fi
  server=; { read -r server < "$2/postmaster.pid"; } 2>/dev/null
  if [ -n "$server" ] && kill -0 "$server" 2>/dev/null
  then printf '%s\\n' "PostgreSQL runs: $server postmaster; $(processes --ppid "$server")"
  else printf '%s\\n' "PostgreSQL does not run"
  fi
}
run_service() {
  limit=$1 unit=$2 directory=$3; shift 3
  (
    sleep 5 >/dev/null 2>&1; waited=5; before=
    while :; do
      now=$(waiting "$unit" "$directory")
      if [ "$now" = "$before" ]
      then printf '%s\\n' "still waiting after $waited s, as before"
      else printf '%s\\n' "still waiting after $waited s:" "$now"
      fi
      before=$now; sleep 10 >/dev/null 2>&1; waited=$((waited + 10))
    done
  ) </dev/null &
  teller=$!
  timeout "$limit" "$@"; code=$?
  kill "$teller" 2>/dev/null; wait "$teller" 2>/dev/null
  if [ $code -eq 124 ]; then
    printf '%s\\n' "not done after $limit s: this no longer waits; what the service manager has begun goes on:"
    waiting "$unit" "$directory"
  fi
  return $code
}
`;

/** Its words are those of that function. */
export const SERVICE_SCRIPT = `${SERVICE_FUNCTION}
run_service "$@"
`;

/** `repmgr node service --action=…`: runs the service command of the node's repmgr.conf. @param seconds where it is not the usual time. */
export function serviceCommand(
	facts: Facts,
	node: NodeView,
	action: keyof typeof SERVICE_SECONDS,
	seconds: number = SERVICE_SECONDS[action],
): Command {
	const command = repmgr(facts, node, ["node", "service", `--action=${action}`]);
	const unit = serverUnitOf(hostOf(facts, node.nodeId).value)?.unit ?? "";
	const data = hostOf(facts, node.nodeId).value?.look.dataDirectory ?? "";
	const argv = ["sh", "-c", SERVICE_SCRIPT, "sh", String(seconds), unit, data, ...command.argv];
	return { ...command, argv, shown: [shownService(seconds, command.argv)] };
}

export function shownService(seconds: number, argv: readonly string[]): string {
	return shellWords(["timeout", String(seconds), ...argv]);
}
