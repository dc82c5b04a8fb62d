import { setPaused } from "../cluster/members.ts";
import { receiversOf } from "../cluster/replication.ts";
import { checkpoint } from "../cluster/server.ts";
import { changeable, isPending, pendingOn, reloadSettings, runningValue } from "../cluster/settings.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { notInPractice, optionOf, type Program } from "./program.ts";

/** What statements of operations do on a server. The first that matches is meant. */
const STATEMENTS: readonly (readonly [
	RegExp,
	(server: PracticeNode, match: RegExpExecArray, program: Program) => Promise<void> | number | void,
])[] = [
	[/^SET search_path = pg_catalog$|^SELECT 1$|^SELECT pg_reload_conf\(\)$/, reload],
	[/^SELECT repmgr\.repmgrd_pause\((true|false)\)$/, (node, [, word]) => setPaused(node, word === "true")],
	[/^CHECKPOINT$/, (node, _, { cluster }) => cluster.sleep(300).then(() => checkpoint(node))],
	[
		/^SELECT pg_drop_replication_slot\(slot_name\) FROM pg_replication_slots WHERE (?:NOT active AND slot_name IN|slot_name = ANY) \((.*)\)(?: AND NOT active)?$/,
		dropSlots,
	],
	[
		/^SELECT pg_drop_replication_slot\(slot_name\) FROM pg_replication_slots WHERE slot_name = ('\w+') AND NOT active$/,
		dropSlots,
	],
	[
		/^SELECT pg_create_physical_replication_slot\(name, true\) FROM unnest\((.*)\) name WHERE NOT EXISTS/,
		makeSlots,
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
	[
		/^ALTER SYSTEM SET (\w+) = '(\w+)'$/,
		({ data }, [, name = "", value = ""]) => void data.autoConf.set(name, value),
	],
	[/^\s*SELECT json_build_object\(\s*'version'/, printSettings],
	[/^SELECT pg_sleep\(1\)$/, (_node, _match, { cluster }) => cluster.sleep(1000)],
	[
		/^DO \$\$BEGIN IF NOT EXISTS \(SELECT FROM pg_settings WHERE lower\(name\) = '(\w+)' AND NOT pending_restart/,
		inEffect,
	],
	[/^DO \$\$BEGIN IF EXISTS \(SELECT FROM pg_replication_slots WHERE slot_name = '(\w+)'\)/, slotIsGone],
	[/^DO \$\$DECLARE since timestamptz/, (_node, _match, { cluster }) => cluster.sleep(2000)],
	[/^DO \$\$BEGIN IF EXISTS \(SELECT FROM repmgr\.monitoring_history/, () => {}],
];

/** psql with some `-c STATEMENT`, or a statement a line by `-f -`; the last server named by -h is asked. */
export async function psql(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const host = optionOf(words, "-h") ?? "";
	const target = cluster.nodeAt(host);
	await cluster.sleep(30);
	if (target === null || !cluster.answers(node.nodeId, target)) {
		say(`psql: error: connection to server at "${host}", port 5432 failed: Connection refused`);
		return 2;
	}
	const typed =
		words.at(-1) === "-" ? program.input.split(/;\n/).filter((statement) => statement !== "") : [];
	for (const word of [...words.filter((_, index) => words[index - 1] === "-c"), ...typed]) {
		const found = STATEMENTS.map(([pattern, run]) => ({ match: pattern.exec(word), run })).find(
			({ match }) => match !== null,
		);
		if (found?.match == null) return notInPractice(program, `psql -c ${word}`);
		const exitCode = await found.run(target, found.match, program);
		if (exitCode) return exitCode;
	}
	return 0;
}

/** As settingsStatement() asks. */
function printSettings(node: PracticeNode, { input }: RegExpExecArray, { print }: Program): void {
	const [, name = ""] = /lower\(s\.name\) = '(\w+)'/.exec(input) ?? [];
	const value = runningValue(node, name);
	const place = node.data.autoConf.has(name) ? AUTO_CONF : null;
	const pending = pendingOn(node).map((one) => ({
		...{
			name: one,
			value: runningValue(node, one),
			inFile: node.data.autoConf.get(one) ?? null,
			place: AUTO_CONF,
		},
	}));
	const answer = {
		...{ version: 150020, isSuperuser: true, allowsAlterSystem: null, reservedConnections: 3, pending },
		setting:
			value === null
				? null
				: {
						...{ name, value, shown: value, context: changeable(name)?.context ?? "", place },
						...{
							source: place === null ? "default" : "configuration file",
							isPending: isPending(node, name),
						},
					},
	};
	print(JSON.stringify(answer));
}

const AUTO_CONF = "/var/lib/postgresql/15/main/postgresql.auto.conf:3";

function inEffect(node: PracticeNode, [, name = ""]: RegExpExecArray, { say }: Program): number {
	if (node.data.autoConf.get(name) === runningValue(node, name)) return 0;
	say(`ERROR:  ${name} is not in effect from postgresql.auto.conf`);
	return 3;
}

function reload(node: PracticeNode, [statement]: RegExpExecArray): void {
	const { server } = node;
	if (server === null || !statement.includes("reload")) return;
	server.loadedAt = Date.now();
	reloadSettings(node);
}

function slotIsGone({ data }: PracticeNode, [, name = ""]: RegExpExecArray, { say }: Program): number {
	if (!data.slots.has(name)) return 0;
	say("ERROR:  the slot is still in use");
	return 3;
}

/** Those that no standby uses. */
function dropSlots(node: PracticeNode, [, list = ""]: RegExpExecArray, { cluster }: Program): void {
	const used = receiversOf(cluster, node).map(({ data }) => data.slotName);
	for (const [, name = ""] of list.matchAll(/'([^']*)'/g))
		if (!used.includes(name)) node.data.slots.delete(name);
}

function makeSlots({ data }: PracticeNode, [, list = ""]: RegExpExecArray): void {
	for (const [, name = ""] of list.matchAll(/'([^']*)'/g))
		if (!data.slots.has(name)) data.slots.set(name, { restartLsn: data.end, isLost: false });
}
