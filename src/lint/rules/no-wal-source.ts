import { quoted } from "../../text/words.ts";
import { confLine, reloadServer, settingLine, withNote } from "../changes.ts";
import { isOn, placeOf, settingOf, settingPlace } from "../conf.ts";
import { isDataNode, nodeRule, repmgrManual } from "../rule.ts";

/** NO_WAL_SOURCE: no slots, no WAL kept, no archive to restore from: a standby that was down must be cloned again. */
export const noWalSource = nodeRule("NO_WAL_SOURCE", ["conf", "server"], ({ conf, server }, node) => {
	const kept = Number(settingOf(server, "wal_keep_size") || settingOf(server, "wal_keep_segments") || 0);
	if (!isDataNode(node) || kept > 0 || settingOf(server, "restore_command") !== "") return [];
	const keep = withNote(settingLine(node, server, "wal_keep_size", "1GB"), "with a size that fits your disk");
	// A slot keeps WAL for a standby, but not for a former primary.
	if (isOn(conf, "use_replication_slots"))
		return [
			{
				severity: "notice",
				message: `${quoted(node.registration)} keeps no WAL for a node that rejoins`,
				place: settingPlace(node, server, "wal_keep_size"),
				why: "A former primary has no slot here. When it rejoins after a failover, a checkpoint may have removed the segment that it needs: then it must be cloned again.",
				link: repmgrManual("repmgr-node-rejoin"),
				change: [keep, reloadServer(node)],
			},
		];
	return [
		{
			severity: "warning",
			message: `nothing keeps WAL for ${quoted(node.registration)} while it is down`,
			place: placeOf(conf, "use_replication_slots"),
			why: "Without replication slots, wal_keep_size or a restore_command, the primary removes WAL at its checkpoints. A standby that is down for longer than that must be cloned again, and a rejoin after a failover can miss the segment it needs.",
			link: repmgrManual("cloning-replication-slots"),
			change: [confLine(node, conf, "use_replication_slots", "true"), keep, reloadServer(node)],
		},
	];
});
