import { quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { isOn } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { dataNodes, isDataNode } from "../members.ts";
import { nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

/** SLOTS_TOO_FEW: as primary this node could not have a replication slot for each of the others. */
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
			why: "use_replication_slots is on. After this node's promotion the slots of some standbys can't be made, and \"standby follow\" fails there.",
			link: repmgrManual("configuration-prerequisites"),
			change: [
				settingLine(node, server, "max_replication_slots", String(Math.max(10, standbys))),
				restartServer(node),
			],
		},
	];
});
