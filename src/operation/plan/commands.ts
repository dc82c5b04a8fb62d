import type { NodeView } from "../../model/snapshot.ts";
import { type Facts, hostOf } from "./facts.ts";
import type { Command } from "./plan.ts";

/** Debian's and PGDG's packages run PostgreSQL as this user. */
const DATABASE_OWNER = "postgres";

/** repmgr on a node's host, with the repmgr.conf that is registered. */
export function repmgr(
	facts: Facts,
	node: NodeView,
	words: readonly string[],
	sharesSshTo: readonly string[] = [],
): Command {
	const program = hostOf(facts, node.nodeId).value?.repmgr?.path ?? "repmgr";
	const file = node.registered.configFile === "" ? [] : ["-f", node.registered.configFile];
	return on(facts, node, [program, ...file, ...words], sharesSshTo);
}

/** The names by which repmgr uses SSH: those of the registered conninfo. */
export function sshHosts(nodes: readonly NodeView[]): readonly string[] {
	return nodes.flatMap(({ registered: { host } }) => (host === null || host.startsWith("/") ? [] : [host]));
}

/**
 * One statement on a node's server, from its own host, with the login that repmgr itself uses there, which is nearly always
 * a superuser's: nothing that another role put into another schema may run with its rights (CVE-2018-1058).
 */
export function psql(facts: Facts, node: NodeView, statement: string): Command {
	const program = hostOf(facts, node.nodeId).value?.psql ?? "psql";
	const { host, port, user, database } = node.registered;
	const words = [
		...["-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
		...(host === null ? [] : ["-h", host]),
		...["-p", String(port)],
		...(user === null ? [] : ["-U", user]),
		...(database === null ? [] : ["-d", database]),
		...["-c", "SET search_path = pg_catalog", "-c", statement],
	];
	return on(facts, node, [program, ...words]);
}

/**
 * A server that has crashed recovers, and shuts down in good order; nobody can connect to it meanwhile. As pg_rewind does it,
 * but with the configuration where it really lies (issue 888); its standard input is empty.
 */
export function singleUser(facts: Facts, node: NodeView): Command {
	const survey = hostOf(facts, node.nodeId).value;
	const psqlPath = survey?.psql ?? "";
	const directory = psqlPath.slice(0, psqlPath.lastIndexOf("/") + 1);
	const words = ["--single", "-D", survey?.look.dataDirectory ?? "", "-c"];
	return on(facts, node, [
		`${directory}postgres`,
		...words,
		`config_file=${survey?.serverConfigFile ?? ""}`,
		"template1",
	]);
}

/** A command that may hang, and then need not be waited for: timeout(1) ends it. */
export function within(seconds: number, command: Command): Command {
	return { ...command, argv: ["timeout", String(seconds), ...command.argv] };
}

/** A program on a node's host, as the owner of the database. */
function on(
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
