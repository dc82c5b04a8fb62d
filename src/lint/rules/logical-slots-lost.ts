import { listed, quoted } from "../../cluster/words.ts";
import { sqlOn } from "../changes.ts";
import { issue } from "../links.ts";
import { primaryOf } from "../members.ts";
import { nodeRule } from "../rule.ts";

/** Since 17 a slot can be made to go along with a failover. */
const FAILOVER_SLOTS = 170_000;

/** LOGICAL_SLOTS_LOST: logical slots of the primary that no standby has a copy of. */
export const logicalSlotsLost = nodeRule("LOGICAL_SLOTS_LOST", ["server"], ({ server }, node, setup) => {
	if (primaryOf(setup) !== node || server.logicalSlots.length === 0) return [];
	const names = server.logicalSlots.map((name) => `"${name}"`);
	return [
		{
			severity: "warning",
			message: `a failover or switchover from ${quoted(node.registration)} loses the logical ${names.length === 1 ? "slot" : "slots"} ${listed(names)}`,
			place: { file: "view pg_replication_slots", line: null },
			why: "Logical slots are not copied to standbys by themselves. On the new primary they are missing: subscribers stop, and what was written before they are made again is lost to them.",
			link: issue(880),
			change:
				server.version < FAILOVER_SLOTS
					? []
					: [
							sqlOn(
								node,
								"-- on the subscriber: ALTER SUBSCRIPTION … SET (failover = true); on each standby: sync_replication_slots = on, and dbname in primary_conninfo",
							),
						],
		},
	];
});
