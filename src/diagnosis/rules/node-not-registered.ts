import type { Finding, Remedy } from "../../model/finding.ts";
import { current } from "../../model/node-state.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import type { ReplicationSlot, ServerReading, WalSender } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { isNodesTableEmpty } from "../election/electorate.ts";
import { solePrimary } from "../members.ts";
import { repmgrOn } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * NODE_NOT_REGISTERED: repmgr.nodes has no rows on the primary (issue #785); the server that the user named is not in its
 * own repmgr.nodes; or a standby streams from a node, and no registered node can be that standby. repmgr does not include
 * it in a failover or switchover, after which it stays on the old timeline.
 *
 * A walsender serves a standby if its client reports what it replayed (backups and pg_receivewal don't) and it serves no
 * logical slot. Not reported while the standby may be a registered node under another name or address.
 */
export const nodeNotRegistered: Rule = (world) => {
	const nobody = nobodyRegistered(world);
	// Where nobody is registered, its standbys are no finding of their own.
	const standbys = unregisteredStandbys(world).filter(
		({ nodeId }) => !nobody.some((one) => one.nodeId === nodeId),
	);
	return [...nobody, ...namedServer(world), ...standbys];
};

/** repmgrd reads the table: what this console remembers does not help it. */
function nobodyRegistered(world: World): readonly Finding[] {
	const primary = solePrimary(world);
	if (primary === null || !isNodesTableEmpty(primary)) return [];
	return [
		finding({
			code: "NODE_NOT_REGISTERED",
			severity: "critical",
			node: primary,
			message: `no node is registered: repmgr.nodes on primary ${quoted(primary)} is empty`,
			detail:
				"repmgrd can't fail over: it finds neither the standbys nor the primary there. The nodes shown here are those that this console remembers.",
			hint: `Register all of them again, the primary first, then each standby ("repmgr standby register --force"), then the witness ("repmgr witness register --force"); restart repmgrd where it has exited. If the rows were not deleted on purpose, find out who deleted them.`,
			evidence: [evidenceOf(primary, "repmgr.nodes: 0 rows")],
			remedy: repmgrOn(primary, `register ${quoted(primary)} again`, "primary", "register", "--force"),
		}),
	];
}

/** The server that listed the nodes is not one itself: restored elsewhere, or its row is gone (issue #535). */
function namedServer({ snapshot }: World): readonly Finding[] {
	const { named } = snapshot;
	if (!named) return [];
	const { address, at, reading } = named;
	const role = reading.inRecovery ? "standby" : "primary";
	return [
		finding({
			code: "NODE_NOT_REGISTERED",
			severity: "warning",
			message: `the server at ${address} answers as a ${role} and is not in its own repmgr.nodes`,
			detail: `repmgr does not know it, and no operation of this console reaches it.${reading.inRecovery ? "" : " It accepts writes."}`,
			hint: reading.inRecovery
				? `If it belongs to the cluster, register it there: repmgr standby register --force.`
				: `If it is the primary: remove the row of a registered primary that is gone (repmgr primary unregister --node-id=ID on this server), then run repmgr primary register --force there. If the registered primary runs elsewhere, this one is a copy: keep clients away from it.`,
			evidence: [
				{
					nodeId: null,
					at,
					by: "sql",
					text: `${address}: pg_is_in_recovery() = ${reading.inRecovery}, ${reading.registrations?.length ?? 0} rows in repmgr.nodes, none for this server`,
				},
			],
		}),
	];
}

const unregisteredStandbys: Rule = (world) => {
	const known = new Set(world.snapshot.nodes.flatMap(namesOf));
	return world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (server === null) return [];
		const slots = new Map(server.slots.map((slot) => [slot.activePid, slot]));
		const unknown = server.walSenders.filter(
			(sender) =>
				isStandby(sender, slots.get(sender.pid)) &&
				// A new standby streams for a while between its cloning and its registration.
				(sender.connectedSeconds ?? Number.POSITIVE_INFINITY) >= 6 * world.thresholds.graceSeconds &&
				!namesOfClient(sender, slots.get(sender.pid)).some((name) => known.has(name)),
		);
		if (unknown.length === 0 || mayBeRegistered(world, node, server)) return [];
		const names = unknown.map(({ clientAddress }) => clientAddress ?? "a Unix socket");
		return [
			finding({
				code: "NODE_NOT_REGISTERED",
				severity: "notice",
				node,
				message: `a standby at ${listed(names)} streams from ${quoted(node)} and is not registered`,
				detail:
					"repmgr does not know it: after a failover or a switchover it is left behind on the old timeline.",
				hint: 'If it belongs to the cluster, give it a repmgr.conf and register it: "repmgr standby register" on it, or "register NAME" of this program with its name or address. If not, find out whose it is.',
				evidence: unknown.map(({ pid, applicationName, clientAddress, state }) =>
					evidenceOf(
						node,
						`walsender ${pid}: application_name "${applicationName ?? ""}", client ${clientAddress ?? "local"}, ${state}`,
					),
				),
				remedy: registerOf(node, unknown),
			}),
		];
	});
};

/** Where packages of repmgr put it; without such a file the plan is refused. */
const DEFAULT_CONF = "/etc/repmgr.conf";

/** Only for a single one with an address: of several, only the operator knows which one is meant. */
function registerOf(upstream: NodeView, [sender, ...others]: readonly WalSender[]): Remedy | null {
	const host = sender?.clientAddress ?? null;
	if (host === null || others.length > 0) return null;
	return {
		title: `register the standby at ${host}`,
		nodeId: upstream.nodeId,
		host,
		user: DATABASE_OWNER,
		argv: ["repmgr", "-f", DEFAULT_CONF, "standby", "register", `--upstream-node-id=${upstream.nodeId}`],
		intent: { kind: "register-host", host, configFile: DEFAULT_CONF },
	};
}

function isStandby({ state, replayLsn }: WalSender, slot: ReplicationSlot | undefined): boolean {
	return (state === "streaming" || state === "catchup") && replayLsn !== null && slot?.slotType !== "logical";
}

/** What may identify a walsender's client as a node: its application_name, slot or address. */
function namesOfClient({ applicationName, clientAddress }: WalSender, slot: ReplicationSlot | undefined) {
	return [
		`name ${applicationName}`,
		...(slot === undefined ? [] : [`slot ${slot.slotName}`]),
		...(clientAddress === null ? [] : [`address ${clientAddress}`]),
	];
}

function namesOf({ registered, state }: NodeView): readonly string[] {
	const server = state.server.good?.value;
	return [
		`name ${registered.nodeName}`,
		...[registered.slotName, server?.walReceiver?.slotName].flatMap((slot) => (slot ? [`slot ${slot}`] : [])),
		...[registered.host, server?.serverAddress].flatMap((address) => (address ? [`address ${address}`] : [])),
	];
}

/** Is there a registered standby that may stream from here, and that no walsender here is known to serve? */
function mayBeRegistered({ snapshot }: World, upstream: NodeView, server: ServerReading): boolean {
	return snapshot.nodes.some((member) => {
		const { role, reachable, attached, upstreamNodeId } = member.observed;
		if (member.nodeId === upstream.nodeId || (reachable && role !== "standby") || attached === false)
			return false;
		if (upstreamNodeId !== null && upstreamNodeId !== upstream.nodeId) return false;
		// A witness has no walreceiver.
		if (!reachable && member.registered.type === "witness") return false;
		if (member.observed.status === "stopped") return false;
		const names = namesOf(member);
		return !server.walSenders.some((sender) => {
			const slot = server.slots.find(({ activePid }) => activePid === sender.pid);
			return namesOfClient(sender, slot).some((name) => names.includes(name));
		});
	});
}
