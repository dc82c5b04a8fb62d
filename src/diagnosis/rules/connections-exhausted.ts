import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { solePrimary } from "../members.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** SQLSTATE too_many_connections. */
const TOO_MANY = "53300";

/**
 * CONNECTIONS_EXHAUSTED: a server has no connection slots left, or all or nearly all of those for ordinary users are
 * taken (max_connections less superuser_reserved_connections, and reserved_connections from PostgreSQL 16 on). repmgr
 * needs new connections for every command, repmgrd for every check.
 */
export const connectionsExhausted: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		if (node.fault?.code === TOO_MANY) return [rejected(world, node, node.fault.message)];
		const use = usageOf(node);
		return use === null || use.used < use.usable * world.thresholds.connectionsWarning
			? []
			: [crowded(world, node, use)];
	});

interface Use {
	readonly used: number;
	readonly usable: number;
	readonly most: number;
}

function usageOf(node: NodeView): Use | null {
	const server = current(node.state.server);
	if (server === null || server.connections === null) return null;
	const most = Number(server.settings.max_connections);
	const reserved = Number(server.settings.superuser_reserved_connections ?? 3);
	const usable = most - reserved - Number(server.settings.reserved_connections ?? 0);
	return usable > 0 ? { used: server.connections, usable, most } : null;
}

function rejected(world: World, node: NodeView, message: string) {
	const primary = solePrimary(world);
	const isPrimary =
		primary === null ? node.registered.type === "primary" && node.registered.active : primary === node;
	return finding({
		code: "CONNECTIONS_EXHAUSTED",
		severity: isPrimary ? "critical" : "warning",
		node,
		message: `${quoted(node)} accepts no more connections`,
		detail: `It says: ${message}. It runs; nothing else is known about it now.`,
		hint: HINT,
		evidence: [evidenceOf(node, message)],
		doNot: DO_NOT,
	});
}

function crowded(world: World, node: NodeView, { used, usable, most }: Use) {
	const isFull = used >= usable;
	const isPrimary = solePrimary(world) === node;
	return finding({
		code: "CONNECTIONS_EXHAUSTED",
		severity: isFull && isPrimary ? "critical" : "warning",
		node,
		message: isFull
			? `${quoted(node)} has no connections left for ordinary users`
			: `${quoted(node)} has used ${Math.round((100 * used) / usable)} % of its connections`,
		detail: `${used} of ${usable} are in use; max_connections is ${most}, the rest is reserved.`,
		hint: HINT,
		evidence: [evidenceOf(node, `${used} client backends in pg_stat_activity, max_connections = ${most}`)],
		...(isFull && { doNot: DO_NOT }),
	});
}

const HINT =
	"Find out in pg_stat_activity what holds them, and end idle ones (pg_terminate_backend); a pooler or a higher max_connections solves it. On standbys max_connections must not be lower than on the primary.";
const DO_NOT = "Do not fail over because of this alone: the clients reconnect to the new primary.";
