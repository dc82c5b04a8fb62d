import type { Remedy } from "../model/finding.ts";
import { DATABASE_OWNER } from "../model/registration.ts";
import type { NodeView } from "../model/snapshot.ts";
import { quoted, repmgrOn } from "./advice.ts";
import { confOf } from "./conf-values.ts";

/** A one-line query on a node's server. */
export function psql(node: NodeView, title: string, query: string): Remedy {
	const { nodeId, registered } = node;
	return {
		title,
		nodeId,
		user: DATABASE_OWNER,
		argv: ["psql", "-p", String(registered.port), "-d", "postgres", "-c", query],
	};
}

/**
 * Registers a node again in its observed role, which only changes repmgr.nodes; null where something that the command
 * needs is not known.
 *
 * @param primary where the row is written.
 */
export function registerAgain(node: NodeView, primary: NodeView | null): Remedy | null {
	if (primary === null) return null;
	const byHand = registerByHand(node, primary);
	return byHand && { ...byHand, intent: { kind: "register", nodeId: node.nodeId } };
}

function registerByHand(node: NodeView, primary: NodeView): Remedy | null {
	const title = `register ${quoted(node)} again`;
	switch (node.observed.role) {
		case "primary":
			return node.nodeId === primary.nodeId ? repmgrOn(node, title, "primary", "register", "-F") : null;
		case "standby": {
			const { upstreamNodeId } = node.observed;
			return upstreamNodeId === null
				? null
				: repmgrOn(node, title, "standby", "register", "-F", `--upstream-node-id=${upstreamNodeId}`);
		}
		case "witness": {
			const target = connectionOptions(primary);
			return target && repmgrOn(node, title, "witness", "register", "-F", ...target);
		}
		default:
			return null;
	}
}

/** A server on repmgr's command line, by its registered conninfo, never with a password. */
function connectionOptions({ registered }: NodeView): readonly string[] | null {
	const { host, port, user, database } = registered;
	if (host === null || user === null || database === null) return null;
	return ["-h", host, ...(port === 5432 ? [] : ["-p", String(port)]), "-U", user, "-d", database];
}

/** Starts or restarts repmgrd: by its systemd unit where there is one, else by the command in repmgr.conf. */
export function startRepmgrd(node: NodeView): Remedy | null {
	const title = `start repmgrd on ${quoted(node)}`;
	const unit = node.state.host.good?.value.units.find(({ unit }) => /^repmgr\S*\.service$/.test(unit))?.unit;
	// Not "start": the unit of an init script stays "active" when its process is gone, and "start" then does nothing.
	const hasCommand = confOf(node)?.values.repmgrd_service_start_command !== undefined;
	const byHand =
		unit !== undefined
			? { title, nodeId: node.nodeId, user: DATABASE_OWNER, argv: ["sudo", "systemctl", "restart", unit] }
			: hasCommand
				? repmgrOn(node, title, "daemon", "start")
				: null;
	// The operation uses the command in repmgr.conf, and starts only a repmgrd that does not run.
	return byHand !== null && hasCommand && node.repmgrd.running !== true
		? { ...byHand, intent: { kind: "repmgrd-start", nodeId: node.nodeId } }
		: byHand;
}
