import type { Finding, Remedy } from "../../model/finding.ts";
import { current } from "../../model/node-state.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import type { ReplicationSlot, ServerReading, WalSender } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted, repmgrOn } from "../advice.ts";
import { isNodesTableEmpty } from "../election/electorate.ts";
import { solePrimary } from "../members.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * NODE_NOT_REGISTERED: the primary reads that repmgr.nodes has no rows (issue #785); or a standby streams from a node, and no registered node can be that standby. Nothing
 * of repmgr takes it along in a failover or switchover; after one it stays on the old timeline.
 *
 * A walsender is a standby's if its client tells what it replayed (backups and pg_receivewal do not) and if
 * it serves no logical slot. Whoever may be one of the registered nodes is not called a stranger: silent while any of
 * them that is not found elsewhere might hide behind another name or address.
 */
export const nodeNotRegistered: Rule = (world) => [
	...nobodyRegistered(world),
	...namedServer(world),
	...strangers(world),
];

/** What this console remembers of the nodes is no help to repmgrd, which reads the table. */
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
			hint: `Register all of them again, the primary first, then each standby ("repmgr standby register --force"), then the witness ("repmgr witness register --force"); start repmgrd again where it ended. If the rows were not deleted on purpose, find out who did.`,
			evidence: [evidenceOf(primary, "repmgr.nodes: 0 rows")],
			remedy: repmgrOn(primary, `register ${quoted(primary)} again`, "primary", "register", "--force"),
		}),
	];
}

/** It told of the nodes and is none of them: a server that was restored elsewhere, or one whose row is gone (issue #535). */
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
			detail: `repmgr does not know it, and no operation here reaches it.${reading.inRecovery ? "" : " It accepts writes."}`,
			hint: reading.inRecovery
				? `If it belongs to the cluster, register it there: repmgr standby register --force.`
				: `If it is the primary: remove the row of the dead one (repmgr primary unregister --node-id=ID on it, if a primary is registered that is gone), then repmgr primary register --force there. If the registered primary lives elsewhere, this one is a copy: keep clients away from it.`,
			evidence: [
				{
					nodeId: null,
					at,
					by: "sql",
					text: `${address}: pg_is_in_recovery() = ${reading.inRecovery}, ${reading.registrations?.length ?? 0} rows in repmgr.nodes, none leads to it`,
				},
			],
		}),
	];
}

const strangers: Rule = (world) => {
	const known = new Set(world.snapshot.nodes.flatMap(namesOf));
	return world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (server === null) return [];
		const slots = new Map(server.slots.map((slot) => [slot.activePid, slot]));
		const strangers = server.walSenders.filter(
			(sender) =>
				isStandby(sender, slots.get(sender.pid)) &&
				// Between cloning and registering a new standby streams for a while.
				(sender.connectedSeconds ?? Number.POSITIVE_INFINITY) >= 6 * world.thresholds.graceSeconds &&
				!namesOfClient(sender, slots.get(sender.pid)).some((name) => known.has(name)),
		);
		if (strangers.length === 0 || mayHide(world, node, server)) return [];
		const names = strangers.map(({ clientAddress }) => clientAddress ?? "a Unix socket");
		return [
			finding({
				code: "NODE_NOT_REGISTERED",
				severity: "notice",
				node,
				message: `a standby at ${listed(names)} streams from ${quoted(node)} and is not registered`,
				detail:
					"repmgr does not know it: after a failover or a switchover it is left behind on the old timeline.",
				hint: 'If it belongs to the cluster, give it a repmgr.conf and register it: "repmgr standby register" on it, or "register NAME" of this program with its name or address. If not, find out whose it is.',
				evidence: strangers.map(({ pid, applicationName, clientAddress, state }) =>
					evidenceOf(
						node,
						`walsender ${pid}: application_name "${applicationName ?? ""}", client ${clientAddress ?? "local"}, ${state}`,
					),
				),
				remedy: registerOf(node, strangers),
			}),
		];
	});
};

/** Where a package of repmgr has its configuration; the plan is refused where there is none. */
const DEFAULT_CONF = "/etc/repmgr.conf";

/** Of a single one that has an address: which of several is meant, only the operator knows. */
function registerOf(upstream: NodeView, [stranger, ...others]: readonly WalSender[]): Remedy | null {
	const host = stranger?.clientAddress ?? null;
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

/** By which a walsender's client may be known as a node: its application_name, slot or address. */
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

/** A registered standby that streams from here, or from who knows where, and that no walsender here is known to serve. */
function mayHide({ snapshot }: World, upstream: NodeView, server: ServerReading): boolean {
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
