import type { Finding, Remedy } from "../../model/finding.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { confIsOn, confOf } from "../conf-values.ts";
import { isPastGrace, isSettled } from "../grace.ts";
import { psql } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** The characters of a slot's name (manual 27.2.6.1); any other name never becomes part of a command. */
const SLOT_NAME = /^[a-z0-9_]+$/;

/**
 * SLOT_MISSING: a standby is registered with a replication slot, and its upstream has no slot of this name. If its own
 * server is configured to use it, it can't stream; otherwise it streams, and the upstream may remove WAL that it needs
 * (`repmgr node check --missing-slots`; issues #297, #343, #452, #499).
 *
 * A witness has a slot name, too, but never a slot (issue #827).
 */
export const slotMissing: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const { slotName, type } = node.registered;
		const server = current(node.state.server);
		if (slotName === null || type === "witness" || !server?.inRecovery) return [];
		if (node.observed.attached === true)
			return !isSettled(world, node) ? [] : streaming(world, node, slotName);
		return node.observed.attached === false && isPastGrace(world, node)
			? detached(world, node, slotName)
			: [];
	});

/** It streams without a slot. */
function streaming(world: World, node: NodeView, slotName: string): readonly Finding[] {
	const upstream = world.snapshot.nodes.find(({ nodeId }) => nodeId === node.observed.upstreamNodeId);
	const receiver = current(node.state.server)?.walReceiver;
	if (upstream === undefined || receiver?.status !== "streaming" || receiver.slotName) return [];
	if (!lacks(upstream, slotName)) return [];
	return [
		finding({
			code: "SLOT_MISSING",
			severity: "warning",
			node,
			message: `${quoted(node)} streams without its replication slot`,
			detail: `${quoted(upstream)} has no slot "${slotName}": while ${quoted(node)} is down, ${quoted(upstream)} may remove WAL that ${quoted(node)} still needs.`,
			hint: `Create the slot, then make ${quoted(node)} use it: set primary_slot_name = '${slotName}' there and reload (before PostgreSQL 13 restart).`,
			evidence: evidence(world, node, upstream, slotName, "its walreceiver streams without a slot"),
			remedy: creation(upstream, slotName),
		}),
	];
}

function detached(world: World, node: NodeView, slotName: string): readonly Finding[] {
	const upstream = world.snapshot.nodes.find(({ nodeId }) => nodeId === node.registered.upstreamNodeId);
	// Where it uses another slot, or none, this is not why it does not stream.
	if (upstream === undefined || current(node.state.server)?.settings.primary_slot_name !== slotName)
		return [];
	if (!lacks(upstream, slotName)) return [];
	return [
		finding({
			code: "SLOT_MISSING",
			severity: "warning",
			node,
			message: `${quoted(node)} does not stream: its replication slot is missing`,
			detail: `It asks ${quoted(upstream)} for slot "${slotName}", which does not exist.`,
			hint: `${usesSlots(node) ? `Have ${quoted(node)} follow ${quoted(upstream)} again, which creates the slot; or create it by hand` : "Create the slot"}: the standby retries every few seconds. If it then asks for WAL that was removed, clone it again.`,
			evidence: evidence(
				world,
				node,
				upstream,
				slotName,
				`primary_slot_name = '${slotName}', and no walreceiver streams`,
			),
			remedy: followed(node, upstream, slotName),
		}),
	];
}

function lacks(upstream: NodeView, slotName: string): boolean {
	const server = current(upstream.state.server);
	return server !== null && !server.slots.some((slot) => slot.slotName === slotName);
}

function evidence(world: World, node: NodeView, upstream: NodeView, slotName: string, seen: string) {
	const slots = current(upstream.state.server)?.slots.map((slot) => slot.slotName) ?? [];
	return [
		registeredEvidence(world, `slot_name of ${quoted(node)} is ${slotName}`),
		evidenceOf(upstream, `pg_replication_slots: ${slots.length === 0 ? "none" : slots.join(", ")}`),
		evidenceOf(node, seen),
	];
}

function creation(upstream: NodeView, slotName: string) {
	return SLOT_NAME.test(slotName)
		? psql(
				upstream,
				`create slot ${slotName} on ${quoted(upstream)}`,
				`SELECT pg_catalog.pg_create_physical_replication_slot('${slotName}', true)`,
			)
		: null;
}

/**
 * `repmgr standby follow` creates the slot if it is missing and repmgr.conf uses slots (do_standby_follow_internal() in
 * repmgr-action-standby.c).
 */
function followed(node: NodeView, upstream: NodeView, slotName: string): Remedy | null {
	const byHand = creation(upstream, slotName);
	if (!usesSlots(node)) return byHand;
	return (
		byHand && {
			...byHand,
			intent: { kind: "follow", nodeId: node.nodeId, upstreamNodeId: upstream.nodeId },
		}
	);
}

/** False only where its repmgr.conf was read and says so. */
function usesSlots(node: NodeView): boolean {
	return confOf(node) === null || confIsOn(node, "use_replication_slots");
}
