import { loginOf } from "../../libpq/registered.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { STATE_DIRECTORY } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { scriptOn } from "../plan/commands.ts";
import { type Facts, hostOf, programsOn } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";

/**
 * Dumps all databases of a stopped server beside its saved WAL. The server is started for it alone: no port, a socket in a private
 * directory, nothing preloaded, archived or applied from subscriptions, and no upstream. $1 the data directory, $2 the directory of
 * PostgreSQL's programs with a slash at its end, or "", $3 postgresql.conf, $4 a role that may read everything if there is none of the
 * owner's name. Prints "dumped into FILE" last; stops the server and leaves no half dump where it fails.
 */
export const DUMP_SCRIPT = `
LC_ALL=C; export LC_ALL; umask 077
data=$1; bin=$2; config=$3; role=$4
fail() { printf '%s\\n' "$*" >&2; exit 1; }
${STATE_DIRECTORY}
saved=$(sed -n 's/^saved in //p' "\${REPMGR_CONSOLE_RUN%/*}"/save-wal*/stdout 2>/dev/null | tail -n 1)
[ -d "$saved" ] || fail "The directory of the saved WAL is not known."
dump=$saved/dump.sql.gz
needed=$(du -sk "$data" | cut -f 1)
free=$(df -Pk "$saved" | awk 'END { print $4 }')
[ "$free" -gt "$needed" ] || fail "$saved has $free kB free; a dump may need as much as the data directory has, $needed kB."
mkdir -p "$(state_directory)" || exit 1
alone=$(mktemp -d "$(state_directory)/alone.XXXXXX") || exit 1
pid=
end() {
  [ -z "$pid" ] || { kill -INT "$pid" 2>/dev/null; wait "$pid"; pid=; }
  rm -rf "$alone" "$dump.part"
}
trap end EXIT; trap 'exit 1' HUP INT TERM
# Nobody else may enter the directory of the socket.
echo 'local all all trust' > "$alone/hba"
"\${bin}postgres" -D "$data" -c "config_file=$config" -c "hba_file=$alone/hba" -c "unix_socket_directories=$alone" -c port=5432 \\
  -c listen_addresses= -c external_pid_file= -c ssl=off -c shared_preload_libraries= -c archive_mode=off -c autovacuum=off \\
  -c max_logical_replication_workers=0 -c primary_conninfo= -c restore_command= -c hot_standby=on -c default_transaction_read_only=on \\
  -c logging_collector=off -c log_destination=stderr < /dev/null > "$alone/log" 2>&1 &
pid=$!
ask() { "\${bin}psql" -XAtqw -h "$alone" -p 5432 -d template1 "$@" 2>&1; }
until [ "$(ask -U "$(id -un)" -c 'SELECT 1')" = 1 ] && role=$(id -un) || [ "$(ask -U "$role" -c 'SELECT 1')" = 1 ]; do
  kill -0 "$pid" 2>/dev/null || { tail -n 5 "$alone/log" >&2; fail "The server could not be started alone."; }
  sleep 0.5
done
echo "The server runs alone, as process $pid."
{ "\${bin}pg_dumpall" -w -h "$alone" -p 5432 -l template1 -U "$role" || : > "$alone/failed"; } | gzip > "$dump.part" || : > "$alone/failed"
[ ! -e "$alone/failed" ] || fail "The dump failed."
kill -INT "$pid"; wait "$pid" || fail "The server ended with exit code $?."
pid=
sync "$dump.part" && mv -T "$dump.part" "$dump" && sync "$saved" || exit 1
du -k "$dump" | cut -f 1 | sed 's/$/ kB/'
echo "dumped into $dump"
`;

/** On request: what a rewind discards is then there as SQL, too. */
export function dumpStep(facts: Facts, node: NodeView): Step {
	const { look, serverConfigFile = "" } = hostOf(facts, node.nodeId).value ?? {};
	const { user } = loginOf(node.registered.conninfo, node.nodeName);
	return step({
		key: "dump",
		title: `dump all databases of ${quoted(node)}, whose server is started alone for that`,
		command: scriptOn(
			facts,
			node,
			DUMP_SCRIPT,
			[look?.dataDirectory ?? "", programsOn(facts, node.nodeId), serverConfigFile ?? "", user ?? "postgres"],
			[
				"postgres, without a port, with its socket in a private directory, nothing preloaded or archived, read-only",
				"pg_dumpall | gzip > dump.sql.gz, beside the saved WAL",
				"stop that server",
			],
		),
		expects: [{ kind: "shut down", nodeId: node.nodeId }],
		settleSeconds: 20,
		verification: `pg_dumpall and gzip end with 0, and the control data say "shut down"`,
		wayBack:
			"Nothing has been discarded: repeat the operation, without --dump if the server can't be started alone.",
	});
}
