import { setPaused } from "../cluster/members.ts";
import { checkpoint } from "../cluster/server.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { notInPractice, optionOf, type Program } from "./program.ts";

/** What statements of operations do on a server. The first that matches is meant. */
const STATEMENTS: readonly (readonly [
	RegExp,
	(server: PracticeNode, match: RegExpExecArray, program: Program) => Promise<void> | void,
])[] = [
	[/^SET search_path = pg_catalog$|^SELECT 1$|^SELECT pg_reload_conf\(\)$/, reload],
	[/^SELECT repmgr\.repmgrd_pause\((true|false)\)$/, (node, [, word]) => setPaused(node, word === "true")],
	[/^CHECKPOINT$/, (node, _, { cluster }) => cluster.sleep(300).then(() => checkpoint(node))],
	[
		/^SELECT pg_drop_replication_slot\(slot_name\) FROM pg_replication_slots WHERE NOT active AND slot_name IN \((.*)\)$/,
		dropSlots,
	],
	[
		/^ALTER SYSTEM (SET|RESET) default_transaction_read_only/,
		(node, [, verb]) => {
			node.data.isReadOnly = verb === "SET";
		},
	],
	[
		/^SET client_min_messages = warning; DROP SCHEMA IF EXISTS repmgr_console_drill CASCADE(; CREATE SCHEMA)?/,
		({ data }, [, isMade]) => {
			data.drillWrites = isMade === undefined ? null : [];
		},
	],
	[/^DO \$\$DECLARE since timestamptz/, (_node, _match, { cluster }) => cluster.sleep(2000)],
	[/^DO \$\$BEGIN IF EXISTS \(SELECT FROM repmgr\.monitoring_history/, () => {}],
];

/** psql with some `-c STATEMENT`; the last server named by -h is asked. */
export async function psql(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const host = optionOf(words, "-h") ?? "";
	const target = cluster.nodeAt(host);
	await cluster.sleep(30);
	if (target === null || !cluster.answers(node.nodeId, target)) {
		say(`psql: error: connection to server at "${host}", port 5432 failed: Connection refused`);
		return 2;
	}
	for (const [index, word] of words.entries()) {
		if (words[index - 1] !== "-c") continue;
		const found = STATEMENTS.map(([pattern, run]) => ({ match: pattern.exec(word), run })).find(
			({ match }) => match !== null,
		);
		if (found?.match == null) return notInPractice(program, `psql -c ${word}`);
		await found.run(target, found.match, program);
	}
	return 0;
}

function reload({ server }: PracticeNode, [statement]: RegExpExecArray): void {
	if (server !== null && statement.includes("reload")) server.loadedAt = Date.now();
}

function dropSlots({ data }: PracticeNode, [, list = ""]: RegExpExecArray): void {
	for (const [, name = ""] of list.matchAll(/'([^']*)'/g)) data.slots.delete(name);
}
