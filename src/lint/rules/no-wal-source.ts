import { quoted } from "../../cluster/words.ts";
import { confLine } from "../changes.ts";
import { isOn, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { isDataNode } from "../members.ts";
import { nodeRule } from "../rule.ts";
import { settingOf } from "../settings.ts";

/** NO_WAL_SOURCE: no slots, no WAL kept, no archive to restore from: a standby that was away must be cloned anew. */
export const noWalSource = nodeRule("NO_WAL_SOURCE", ["conf", "server"], ({ conf, server }, node) => {
	if (!isDataNode(node) || isOn(conf, "use_replication_slots")) return [];
	const kept = Number(settingOf(server, "wal_keep_size") || settingOf(server, "wal_keep_segments") || 0);
	if (kept > 0 || settingOf(server, "restore_command") !== "") return [];
	return [
		{
			severity: "warning",
			message: `nothing keeps WAL for ${quoted(node.registration)} while it is away`,
			place: placeOf(conf, "use_replication_slots"),
			why: "Without replication slots, wal_keep_size or a restore_command, the primary removes WAL at its checkpoints. A standby that is away for longer than that must be cloned anew, and a rejoin after a failover can miss the segment it needs.",
			link: repmgrManual("cloning-replication-slots"),
			change: [confLine(node, conf, "use_replication_slots", "true")],
		},
	];
});
