import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql, psqlByInput, scriptOn } from "../plan/commands.ts";
import { type Facts, hostOf, programsOn } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";
import { type Assignment, alterSystem } from "./assignment.ts";

/** Before a restart: the server tells by pending_restart that it has seen the new value. */
export function write(facts: Facts, node: NodeView, assignment: Assignment): Step {
	return step({
		key: `set-${node.nodeId}`,
		title: `write ${assignment.name} on ${quoted(node)}, for its next start`,
		command: psqlByInput(facts, node, alterSystem(assignment), "SELECT pg_reload_conf()"),
		verification: "the server accepts the value",
		wayBack: goBack(assignment),
	});
}

/** The server needs no restart for it. Between two commands a session reads the files again. */
export function reloadWith(facts: Facts, node: NodeView, assignment: Assignment): Step {
	return step({
		key: `set-${node.nodeId}`,
		title: `set ${assignment.name} on ${quoted(node)}`,
		command: psqlByInput(
			facts,
			node,
			alterSystem(assignment),
			"SELECT pg_reload_conf()",
			"SELECT pg_sleep(1)",
			inEffect(assignment),
		),
		verification: "the server has the value, from postgresql.auto.conf",
		wayBack: goBack(assignment),
	});
}

export function checkInEffect(facts: Facts, node: NodeView, assignment: Assignment): Step {
	return step({
		key: `check-${node.nodeId}`,
		title: `see that ${quoted(node)} has the new ${assignment.name}`,
		command: psql(facts, node, inEffect(assignment)),
		verification: "the server has the value, from postgresql.auto.conf",
		wayBack: goBack(assignment),
	});
}

function goBack({ name }: Assignment): string {
	return `ALTER SYSTEM RESET ${name} there, and reload or restart it; where the server does not start: take the line out of postgresql.auto.conf in its data directory.`;
}

/** The name is one that pg_settings may have, so that it needs no quoting within the literals. */
function inEffect({ name }: Assignment): string {
	return `DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_settings WHERE lower(name) = '${name}' AND NOT pending_restart AND sourcefile LIKE '%/postgresql.auto.conf') THEN RAISE EXCEPTION '${name} is not in effect from postgresql.auto.conf'; END IF; END$$`;
}

/** What pg_controldata calls the value that the primary had by the WAL replayed so far. */
const CONTROL_NAMES: Readonly<Record<string, string>> = {
	max_prepared_transactions: "max_prepared_xacts",
	max_locks_per_transaction: "max_locks_per_xact",
};

/** $1 pg_controldata, $2 data directory, $3 the setting's name there, $4 the highest value that will do. */
export const WAIT_FOR_REPLAY = `i=0
while :; do
  now=$(LC_ALL=C "$1" -D "$2" | sed -n "s/^$3 setting: *\\([0-9]*\\)$/\\1/p")
  [ -n "$now" ] && [ "$now" -le "$4" ] && { echo "$3 is $now in the control data"; exit 0; }
  i=$((i + 1))
  [ "$i" -ge 120 ] && { echo "$3 is still \${now:-unknown} in the control data" >&2; exit 1; }
  sleep 1
done`;

/** A standby records what its primary has when it replays that; with less it would not start. */
export function waitForReplay(facts: Facts, node: NodeView, name: string, wanted: string): Step {
	const known = CONTROL_NAMES[name] ?? name;
	const directory = hostOf(facts, node.nodeId).value?.look.dataDirectory ?? "";
	const program = `${programsOn(facts, node.nodeId)}pg_controldata`;
	return step({
		key: `replay-${node.nodeId}`,
		title: `wait until ${quoted(node)} has replayed that the primary has the lower ${name}`,
		command: scriptOn(
			facts,
			node,
			WAIT_FOR_REPLAY,
			[program, directory, known, wanted],
			[`until ${program} -D ${directory} says that ${known} is at most ${wanted}; for two minutes`],
		),
		verification: `its control data have ${known} of at most ${wanted}`,
		wayBack: "Nothing has been changed on this node.",
	});
}
