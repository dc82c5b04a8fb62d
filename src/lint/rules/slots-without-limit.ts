import type { ServerSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { reloadServer, settingLine, withNote } from "../changes.ts";
import { isOn, settingOf, settingPlace } from "../conf.ts";
import { isDataNode, nodeRule, settingManual } from "../rule.ts";

/** Since PostgreSQL 18 a slot that is idle for this long is invalidated at the next checkpoint; 0: never. */
const IDLE = "idle_replication_slot_timeout";

function isIdleLimited(server: ServerSetup): boolean {
	return !["", "0"].includes(settingOf(server, IDLE));
}

/** SLOTS_IDLE_TIMEOUT: a standby that is down for longer loses its slot, and must be cloned if the WAL is gone. */
export const slotsIdleTimeout = nodeRule(
	"SLOTS_IDLE_TIMEOUT",
	["conf", "server"],
	({ conf, server }, node) =>
		!isDataNode(node) || !isOn(conf, "use_replication_slots") || !isIdleLimited(server)
			? []
			: [
					{
						severity: "notice",
						message: `a standby of ${quoted(node.registration)} that is down for ${settingOf(server, IDLE)} s loses its slot`,
						place: settingPlace(node, server, IDLE),
						why: "The next checkpoint invalidates a slot that was idle for this long. Unless the WAL is still there or in an archive, the standby has to be cloned again: maintenance must be shorter.",
						link: settingManual("replication", IDLE),
						change: [],
					},
				],
);

/** SLOTS_WITHOUT_LIMIT: the slot of a standby that never comes back fills the primary's disk. PostgreSQL 13 and later have a limit. */
export const slotsWithoutLimit = nodeRule(
	"SLOTS_WITHOUT_LIMIT",
	["conf", "server"],
	({ conf, server }, node) => {
		const name = "max_slot_wal_keep_size";
		if (!isDataNode(node) || !isOn(conf, "use_replication_slots") || settingOf(server, name) !== "-1")
			return [];
		if (isIdleLimited(server)) return [];
		return [
			{
				severity: "notice",
				message: `nothing limits the WAL that replication slots keep on ${quoted(node.registration)}`,
				place: settingPlace(node, server, name),
				why: "The slot of a standby that is down keeps all WAL since then, until the disk is full and the primary stops. With a limit below the free space only the standby is lost, and must be cloned again.",
				link: settingManual("replication", name),
				change: [
					withNote(settingLine(node, server, name, "50GB"), "with a limit that fits your disk"),
					reloadServer(node),
				],
			},
		];
	},
);
