import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { listed } from "../text/words.ts";
import { primaryOf, type Situation, surveyOf } from "./situation.ts";

/** What is taken as it is, and should be known. */
export function warningsOf(situation: Situation): readonly string[] {
	const { inventory } = situation;
	const { authentication, failover } = inventory;
	const running = inventory.nodes.filter((node) => surveyOf(situation, node).running === "yes");
	return [
		...(authentication === "trust"
			? [
					`trust: who can send from the address of a node is a superuser of the database without a password. Others than ${listed(inventory.nodes.map(({ name }) => name))} must not be able to.`,
				]
			: []),
		...(inventory.tls
			? []
			: [
					"TLS is off: who listens on the network may read what is sent, unless both sides encrypt it anyway.",
				]),
		...(inventory.synchronous && standbysOf(inventory).length === 1
			? [
					"synchronous with one standby: while it is away, and after a failover until the old primary is back, every write waits.",
				]
			: []),
		...(failover.mode === "manual"
			? ["failover is manual: when the primary dies, an operator must promote a standby."]
			: []),
		...(running.length > 0
			? [
					`PostgreSQL runs already on ${listed(running.map(({ name }) => name))}: of changed settings, those that need a restart wait for one.`,
				]
			: []),
	];
}

/** Those that receive from the primary itself. */
function standbysOf(inventory: Inventory): readonly InventoryNode[] {
	return inventory.nodes.filter(
		({ upstream, role }) => role === "standby" && upstream === primaryOf(inventory).name,
	);
}
