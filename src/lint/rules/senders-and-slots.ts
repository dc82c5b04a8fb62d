import { quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { isOn, settingOf, settingPlace } from "../conf.ts";
import { dataNodes, isDataNode, nodeRule, repmgrManual } from "../rule.ts";

/** "repmgr standby clone" needs two: for the base backup and for the WAL written meanwhile. */
const FOR_A_CLONE = 2;

/** WAL_SENDERS_TOO_FEW: as the primary this node could not serve all the others, or none could be cloned from it. */
export const walSendersTooFew = nodeRule("WAL_SENDERS_TOO_FEW", ["server"], ({ server }, node, setup) => {
	const standbys = dataNodes(setup).length - 1;
	const has = Number(settingOf(server, "max_wal_senders") || Number.NaN);
	if (!isDataNode(node) || Number.isNaN(has) || has >= standbys + FOR_A_CLONE) return [];
	return [
		{
			severity: has < standbys ? "error" : "warning",
			message: `max_wal_senders of ${quoted(node.registration)} is ${has}, for ${standbys} other ${standbys === 1 ? "node" : "nodes"}`,
			place: settingPlace(node, server, "max_wal_senders"),
			why:
				has < standbys
					? "As the primary it could not serve all standbys: after a failover some would stay detached."
					: "No standby can be cloned from it: that takes two walsenders in addition to those of the standbys.",
			link: repmgrManual("configuration-prerequisites"),
			change: [
				settingLine(node, server, "max_wal_senders", String(Math.max(10, standbys + FOR_A_CLONE))),
				restartServer(node),
			],
		},
	];
});

/** SLOTS_TOO_FEW: as the primary this node could not have a replication slot for each of the others. */
export const slotsTooFew = nodeRule("SLOTS_TOO_FEW", ["conf", "server"], ({ conf, server }, node, setup) => {
	const standbys = dataNodes(setup).length - 1;
	const has = Number(settingOf(server, "max_replication_slots") || Number.NaN);
	if (!isDataNode(node) || !isOn(conf, "use_replication_slots") || Number.isNaN(has) || has >= standbys)
		return [];
	return [
		{
			severity: "error",
			message: `max_replication_slots of ${quoted(node.registration)} is ${has}, for ${standbys} other ${standbys === 1 ? "node" : "nodes"}`,
			place: settingPlace(node, server, "max_replication_slots"),
			why: "use_replication_slots is on. After this node's promotion the slots of some standbys can't be created, and \"standby follow\" fails there.",
			link: repmgrManual("configuration-prerequisites"),
			change: [
				settingLine(node, server, "max_replication_slots", String(Math.max(10, standbys))),
				restartServer(node),
			],
		},
	];
});
