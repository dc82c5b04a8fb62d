import { quoted } from "../../cluster/words.ts";
import { reloadServer, settingLine, withNote } from "../changes.ts";
import { isOn } from "../conf.ts";
import { settingManual } from "../links.ts";
import { isDataNode } from "../members.ts";
import { nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

/** SLOTS_WITHOUT_LIMIT: a standby that is gone for good fills the primary's disk. Since PostgreSQL 13 there is a limit. */
export const slotsWithoutLimit = nodeRule(
	"SLOTS_WITHOUT_LIMIT",
	["conf", "server"],
	({ conf, server }, node) => {
		const name = "max_slot_wal_keep_size";
		if (!isDataNode(node) || !isOn(conf, "use_replication_slots") || settingOf(server, name) !== "-1")
			return [];
		return [
			{
				severity: "notice",
				message: `nothing limits the WAL that replication slots keep on ${quoted(node.registration)}`,
				place: settingPlace(node, server, name),
				why: "The slot of a standby that is away keeps all WAL since then, until the disk is full and the primary stops. With a limit below the room on the disk the standby is lost instead, and is cloned anew.",
				link: settingManual("replication", name),
				change: [
					withNote(settingLine(node, server, name, "50GB"), "with a limit that fits your disk"),
					reloadServer(node),
				],
			},
		];
	},
);
