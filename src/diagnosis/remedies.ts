import { conninfoTo } from "../libpq/registered.ts";
import type { Remedy } from "../model/finding.ts";
import type { MaskedUnit } from "../model/host-reading.ts";
import { current } from "../model/node-state.ts";
import { DATABASE_OWNER } from "../model/registration.ts";
import type { NodeView } from "../model/snapshot.ts";
import { confOf } from "./conf-values.ts";
import { quoted } from "./words.ts";

/** A repmgr command on a node's host; repmgr refuses to run as root. */
export function repmgrOn(node: NodeView, title: string, ...args: readonly string[]): Remedy {
	const { nodeId, registered } = node;
	const file = registered.configFile === "" ? [] : ["-f", registered.configFile];
	return { title, nodeId, user: DATABASE_OWNER, argv: ["repmgr", ...file, ...args] };
}

/** Takes back the mask of a server's unit. */
export function unmask(node: NodeView, { unit }: MaskedUnit): Remedy {
	return {
		title: `let systemd start PostgreSQL on ${quoted(node)} again`,
		nodeId: node.nodeId,
		user: DATABASE_OWNER,
		argv: ["sudo", "systemctl", "unmask", unit],
		intent: { kind: "unfence", nodeId: node.nodeId },
	};
}

/** Starts a node's server by systemd where its unit is known, else as its repmgr.conf says; first of all its unit is unmasked. */
export function startServer(node: NodeView): Remedy {
	const mask = current(node.state.host)?.masked?.find((one) => one.of === "PostgreSQL");
	if (mask !== undefined) return unmask(node, mask);
	const title = `start PostgreSQL on ${quoted(node)}`;
	const { nodeId } = node;
	const unit = serverUnit(node);
	const byHand =
		unit === null
			? repmgrOn(node, title, "node", "service", "--action=start")
			: { title, nodeId, user: DATABASE_OWNER, argv: ["sudo", "systemctl", "start", unit] };
	return { ...byHand, intent: { kind: "start", nodeId } };
}

/** Stops a node's server as its repmgr.conf says; the operation also keeps it from being started, and asks for a reason. */
export function fenceServer(node: NodeView): Remedy {
	const { nodeId } = node;
	return {
		...repmgrOn(node, `stop PostgreSQL on ${quoted(node)}`, "node", "service", "--action=stop"),
		intent: { kind: "fence", nodeId, how: "stop", withoutMask: false, reason: "" },
	};
}

/**
 * The dry run of a rejoin: repmgr says whether the node can attach, and whether it needs a rewind.
 * Null where the primary's conninfo can't be written on a command line.
 */
export function rejoinDryRun(node: NodeView, primary: NodeView): Remedy | null {
	const conninfo = conninfoTo(primary.registered.conninfo);
	if (conninfo === null) return null;
	const title = `dry run: rejoin ${quoted(node)} to ${quoted(primary)}`;
	return {
		...repmgrOn(node, title, "node", "rejoin", "-d", conninfo, "--force-rewind", "--dry-run"),
		intent: { kind: "rejoin", nodeId: node.nodeId, forceRewind: true, stopFirst: node.observed.reachable },
	};
}

/** The dry run of attaching a standby to an upstream. */
export function followDryRun(node: NodeView, upstream: NodeView): Remedy {
	const title = `dry run: make ${quoted(node)} follow ${quoted(upstream)}`;
	const to = `--upstream-node-id=${upstream.nodeId}`;
	return {
		...repmgrOn(node, title, "standby", "follow", to, "--dry-run"),
		intent: { kind: "follow", nodeId: node.nodeId, upstreamNodeId: upstream.nodeId },
	};
}

/** For a standby that repmgr lets follow only after a restart: the operation's plan does both. */
export function followAfterRestart(node: NodeView, upstream: NodeView): Remedy {
	return {
		...repmgrOn(
			node,
			`restart PostgreSQL on ${quoted(node)}, so that it can follow`,
			"node",
			"service",
			"--action=restart",
		),
		intent: { kind: "follow", nodeId: node.nodeId, upstreamNodeId: upstream.nodeId },
	};
}

/** The dry run of a promotion with --siblings-follow. */
export function promotionDryRun(node: NodeView): Remedy {
	const title = `dry run: promote ${quoted(node)}`;
	return {
		...repmgrOn(node, title, "standby", "promote", "--siblings-follow", "--dry-run"),
		intent: { kind: "promote", nodeId: node.nodeId, siblingsFollow: true, acceptLesser: false },
	};
}

/** Debian's postgresql.service is an umbrella over postgresql@VERSION-NAME.service, which is the server's own. */
function serverUnit({ state }: NodeView): string | null {
	const host = state.host.good?.value;
	if (host?.serverUnit) return host.serverUnit;
	const units = (host?.units ?? [])
		.map(({ unit }) => unit)
		.filter((unit) => /^postgresql.*\.service$/.test(unit));
	const instances = units.filter((unit) => unit.includes("@"));
	const candidates = instances.length > 0 ? instances : units;
	return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

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
	const host = node.state.host.good?.value;
	const unit = host?.repmgrdUnit ?? host?.units.find((one) => /^repmgr\S*\.service$/.test(one.unit))?.unit;
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
