import type { ServerSetup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { reloadServer, settingLine, sqlOn } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { dataNodes, issue, nodeRule, primaryOf, settingManual } from "../rule.ts";

/** Failover slots exist since PostgreSQL 17. */
const FAILOVER_SLOTS = 170_000;

/**
 * SYNCHRONIZED_STANDBY_SLOT_IDLE: subscribers of failover slots wait for each slot in synchronized_standby_slots (manual 19.6.2), so
 * that a standby which is down, or a slot that is gone, stops them all.
 */
export const synchronizedStandbySlotIdle = nodeRule(
	"SYNCHRONIZED_STANDBY_SLOT_IDLE",
	["server"],
	({ server }, node, setup) => {
		const setting = "synchronized_standby_slots";
		if (primaryOf(setup) !== node || server.logicalSlots.length === 0) return [];
		const named = settingOf(server, setting)
			.split(",")
			.map((name) => name.trim().replace(/^"(.*)"$/, "$1"))
			.filter((name) => name !== "");
		const idle = named.filter(
			(name) => !server.physicalSlots.some((slot) => slot.name === name && slot.isActive),
		);
		if (idle.length === 0) return [];
		const isOne = idle.length === 1;
		return [
			{
				severity: "error",
				message: `logical replication from ${quoted(node.registration)} waits for the ${isOne ? "slot" : "slots"} ${listed(idle.map((name) => `"${name}"`))}, which no standby uses`,
				place: settingPlace(node, server, setting),
				why: `Changes of slots with failover = true are sent only when the standbys of all slots in ${setting} have received them. Until ${isOne ? "this one is" : "these are"} used again the subscribers get nothing, and their slots keep WAL.`,
				link: settingManual("replication", setting),
				change: [
					settingLine(node, server, setting, named.filter((name) => !idle.includes(name)).join(", ")),
					reloadServer(node),
				],
			},
		];
	},
);

/** LOGICAL_SLOTS_LOST: a standby has no synchronised copy of the primary's logical slots; failover = true alone creates none. */
export const logicalSlotsLost = nodeRule("LOGICAL_SLOTS_LOST", ["server"], ({ server }, node, setup) => {
	if (primaryOf(setup) !== node || server.logicalSlots.length === 0) return [];
	return dataNodes(setup).flatMap((standby) => {
		const to = standby.sources.server.value;
		if (standby === node || to === undefined) return [];
		const lost = server.logicalSlots.filter((name) => !to.syncedSlots.includes(name));
		if (lost.length === 0) return [];
		const slots = `logical ${lost.length === 1 ? "slot" : "slots"} ${listed(lost.map((name) => `"${name}"`))}`;
		return [
			{
				severity: "warning",
				message: `a failover or switchover from ${quoted(node.registration)} to ${quoted(standby.registration)} loses the ${slots}`,
				place: { file: "view pg_replication_slots", line: null },
				why: `${quoted(standby.registration)} has no synchronised copy of ${lost.length === 1 ? "it" : "them"}. Subscribers stop, and miss all changes until the slots are created again.${whyNotSynced(to)}`,
				link: issue(880),
				change:
					server.version < FAILOVER_SLOTS
						? []
						: [
								sqlOn(
									node,
									"-- on the subscriber: ALTER SUBSCRIPTION … SET (failover = true); on each standby: sync_replication_slots, hot_standby_feedback and primary_slot_name, and dbname in primary_conninfo",
								),
							],
			},
		];
	});
});

/** What a standby needs to synchronise slots (manual 47.2.3). */
function whyNotSynced(standby: ServerSetup): string {
	if (standby.version < FAILOVER_SLOTS) return "";
	const missing = [
		...["sync_replication_slots", "hot_standby_feedback"].flatMap((name) =>
			settingOf(standby, name) === "on" ? [] : [`${name} is off`],
		),
		...(settingOf(standby, "primary_slot_name") === "" ? ["primary_slot_name is not set"] : []),
		// repmgr writes primary_conninfo without it: with each follow, rejoin and switchover (issues 880, 903).
		...(standby.followsWithDatabase === false
			? ["primary_conninfo has no dbname, and repmgr removes one at each follow, rejoin and switchover"]
			: []),
	];
	return missing.length === 0
		? " Its settings allow it: check whether the slot has failover = true, and the standby's log."
		: ` There ${listed(missing)}.`;
}
