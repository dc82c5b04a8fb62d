import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { followStep } from "../follow.ts";
import { psql, repmgr } from "../plan/commands.ts";
import type { Facts } from "../plan/facts.ts";
import type { Step } from "../plan/plan.ts";
import { step } from "../plan/step.ts";
import { stopStep } from "../service/steps.ts";

/** A node that leaves, and what that takes. */
export interface Removal {
	readonly node: NodeView;
	readonly primary: NodeView;
	/** Standbys that follow it. */
	readonly downstreams: readonly NodeView[];
	readonly hasRepmgrd: boolean;
	/** Its server is stopped, or runs on; neither where it does not run. */
	readonly stopsServer: boolean;
	readonly keepsServer: boolean;
	/** Its own slot, and the servers that have one of that name; null: it uses none. */
	readonly slot: { readonly name: string; readonly holders: readonly NodeView[] } | null;
}

export function moveDownstreams(facts: Facts, { downstreams, primary }: Removal): readonly Step[] {
	return downstreams.map((one) => ({ ...followStep(facts, one, primary), key: `follow-${one.nodeId}` }));
}

/** repmgrd first: it would take the end of its server for a failure. */
export function stopNode(facts: Facts, { node, hasRepmgrd, stopsServer }: Removal): readonly Step[] {
	const { nodeId } = node;
	return [
		...(hasRepmgrd
			? [
					step({
						key: "repmgrd-stop",
						title: `stop repmgrd on ${quoted(node)}`,
						command: repmgr(facts, node, ["daemon", "stop"]),
						expects: [{ kind: "repmgrd", nodeId, isRunning: false }],
						settleSeconds: 30,
						verification: `the server of ${quoted(node)} says that repmgrd does not run`,
						wayBack: `repmgrd-start ${shellWords([node.nodeName])}`,
					}),
				]
			: []),
		...(stopsServer ? [stopStep(facts, node, "stopped")] : []),
	];
}

/** `repmgr standby|witness unregister`: on the primary, so that the node itself may be gone. */
export function unregisterNode(facts: Facts, { node, primary }: Removal): Step {
	const { nodeId, registered } = node;
	const words = [registered.type, "unregister", `--node-id=${nodeId}`];
	return step({
		key: "remove",
		title: `delete the row of ${quoted(node)}`,
		command: repmgr(facts, primary, words),
		expects: [{ kind: "unregistered", nodeId }],
		settleSeconds: 15,
		verification: `repmgr.nodes on ${quoted(primary)} has no row of node ${nodeId}`,
		wayBack: `Start ${quoted(node)}, and there: repmgr ${registered.type} register.`,
	});
}

/** A slot that is in use belongs to a server that still runs, wherever that is: it is left, and the step fails. */
export function dropSlots(facts: Facts, { slot, keepsServer, node }: Removal): readonly Step[] {
	if (slot === null || keepsServer) return [];
	const name = `'${slot.name.replaceAll("'", "''")}'`;
	return slot.holders.map((holder) =>
		step({
			key: `drop-slot-${holder.nodeId}`,
			title: `drop the slot of ${quoted(node)} on ${quoted(holder)}`,
			command: psql(
				facts,
				holder,
				`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND slot_name IN (${name})`,
				`DO $$BEGIN IF EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ${name}) THEN RAISE EXCEPTION 'the slot is still in use'; END IF; END$$`,
			),
			verification: `there is no slot ${slot.name} on ${quoted(holder)}`,
			wayBack: "A standby that is cloned again gets a new one.",
			together: true,
		}),
	);
}

/** For a check: "node1" and "node2". */
export function holdersText({ holders }: NonNullable<Removal["slot"]>): string {
	return listed(holders.map(quoted));
}
