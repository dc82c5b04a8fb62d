import type { Login } from "../../libpq/registered.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { type Facts, hostOf, programsOn } from "./facts.ts";
import type { Command } from "./plan.ts";

/** repmgr on a node's host, with its registered repmgr.conf. */
export function repmgr(
	facts: Facts,
	node: NodeView,
	words: readonly string[],
	sharesSshTo: readonly string[] = [],
): Command {
	const program = hostOf(facts, node.nodeId).value?.repmgr?.path ?? "repmgr";
	const file = node.registered.configFile === "" ? [] : ["-f", node.registered.configFile];
	return onHost(facts, node, [program, ...file, ...words], sharesSshTo);
}

/** The host names that repmgr passes to ssh: those of the registered conninfo. */
export function sshHosts(nodes: readonly NodeView[]): readonly string[] {
	return nodes.flatMap(({ registered: { host } }) => (host === null || host.startsWith("/") ? [] : [host]));
}

/**
 * Statements on a node's server, from its own host, with repmgr's own login. That is nearly always a superuser, so
 * search_path is pg_catalog alone: no object of another role may run with its rights (CVE-2018-1058).
 */
export function psql(facts: Facts, node: NodeView, ...statements: readonly string[]): Command {
	const program = hostOf(facts, node.nodeId).value?.psql ?? "psql";
	return onHost(facts, node, [program, ...psqlWords(node.registered, ...statements)]);
}

/** The same statements by standard input: what they say is not among the arguments, which every user of the host can see. */
export function psqlByInput(facts: Facts, node: NodeView, ...statements: readonly string[]): Command {
	const program = hostOf(facts, node.nodeId).value?.psql ?? "psql";
	const argv = [program, ...psqlOptions(node.registered), "-f", "-"];
	const lines = [SAFE_PATH, ...statements].map((statement) => `${statement};`);
	return {
		...onHost(facts, node, argv),
		input: lines.map((line) => `${line}\n`).join(""),
		shown: [`${shellWords(["printf", "%s\\n", ...lines])} | ${shellWords(argv)}`],
	};
}

const SAFE_PATH = "SET search_path = pg_catalog";

/** The words after "psql" for statements on a registered server. */
export function psqlWords(to: Login, ...statements: readonly string[]): readonly string[] {
	return [...psqlOptions(to), ...[SAFE_PATH, ...statements].flatMap((statement) => ["-c", statement])];
}

function psqlOptions(to: Login): readonly string[] {
	return ["-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...loginWords(to)];
}

/** The options of psql and repmgr that lead to a registered server. */
export function loginWords({ host, port, user, database }: Login): readonly string[] {
	return [
		...(host === null ? [] : ["-h", host]),
		...["-p", String(port)],
		...(user === null ? [] : ["-U", user]),
		...(database === null ? [] : ["-d", database]),
	];
}

/**
 * Crash recovery in single-user mode, where no client can connect; standard input is empty, so the server shuts down cleanly
 * at once. pg_rewind does the same, but does not find a postgresql.conf outside of the data directory (repmgr issue 888).
 */
export function singleUser(facts: Facts, node: NodeView): Command {
	const survey = hostOf(facts, node.nodeId).value;
	const words = ["--single", "-D", survey?.look.dataDirectory ?? "", "-c"];
	return onHost(facts, node, [
		`${programsOn(facts, node.nodeId)}postgres`,
		...words,
		`config_file=${survey?.serverConfigFile ?? ""}`,
		"template1",
	]);
}

/** What the server's program makes of a value: it reads the server's files, checks the value as a start does, and prints it. */
export function tryValue(facts: Facts, node: NodeView, name: string, value: string): Command {
	const survey = hostOf(facts, node.nodeId).value;
	return onHost(facts, node, [
		`${programsOn(facts, node.nodeId)}postgres`,
		...["-C", name, "-D", survey?.look.dataDirectory ?? ""],
		...["-c", `config_file=${survey?.serverConfigFile ?? ""}`, "-c", `${name}=${value}`],
	]);
}

/** A constant script for sh(1) on a node's host. @param shown what it does, one a line, for the operator. */
export function scriptOn(
	facts: Facts,
	node: NodeView,
	script: string,
	words: readonly string[],
	shown: readonly string[],
): Command {
	return { ...onHost(facts, node, ["sh", "-c", script, "sh", ...words]), shown };
}

/** Any command on a node's host, as the owner of the database. */
export function onHost(
	{ ownerOn }: Facts,
	{ nodeId }: NodeView,
	argv: readonly string[],
	sharesSshTo: readonly string[] = [],
): Command {
	return { nodeId, user: ownerOn(nodeId) ?? DATABASE_OWNER, argv, sharesSshTo };
}

/** The line that says why a command failed: the server's FATAL where there is one, else the last ERROR; null: neither. */
export function errorLine(lines: readonly string[]): string | null {
	const fatal = lines.find((line) => line.includes("FATAL:"));
	const line = fatal ?? lines.findLast((one) => one.includes("ERROR:"));
	return line === undefined ? null : `${line.slice(line.search(/FATAL:|ERROR:/)).trim()}.`;
}
