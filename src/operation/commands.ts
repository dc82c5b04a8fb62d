import type { NodeView } from "../cluster/snapshot.ts";
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

/** One statement on a node's server, from its own host, with the login that repmgr itself uses there. */
export function psql(facts: Facts, node: NodeView, statement: string): Command {
	const program = hostOf(facts, node.nodeId).value?.psql ?? "psql";
	const { host, port, conninfo } = node.registered;
	const keyword = (name: string): string | undefined =>
		new RegExp(`(?:^|\\s)${name}\\s*=\\s*([^\\s'\\\\]+)`).exec(conninfo)?.[1];
	const uri = /^postgres(?:ql)?:\/\/(?:([^:@/]+)(?::[^@/]*)?@)?[^/]*\/([^?]+)/.exec(conninfo);
	const user = keyword("user") ?? uri?.[1];
	const database = keyword("dbname") ?? uri?.[2];
	const words = [
		...["-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
		...(host === null ? [] : ["-h", host]),
		...["-p", String(port)],
		...(user === undefined ? [] : ["-U", user]),
		...(database === undefined ? [] : ["-d", database]),
		...["-c", statement],
	];
	return on(facts, node, [program, ...words], []);
}

function on(
	{ ownerOn }: Facts,
	{ nodeId }: NodeView,
	argv: readonly string[],
	sharesSshTo: readonly string[],
): Command {
	return { nodeId, user: ownerOn(nodeId) ?? DATABASE_OWNER, argv, sharesSshTo };
}
