import { quoted } from "../../text/words.ts";
import { reloadServer, settingLine } from "../changes.ts";
import { settingManual } from "../links.ts";
import { isDataNode } from "../members.ts";
import { nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

/** REPLICATION_TIMEOUT_OFF: a connection whose other end is gone without a word is never noticed. */
export const replicationTimeoutOff = nodeRule("REPLICATION_TIMEOUT_OFF", ["server"], ({ server }, node) =>
	!isDataNode(node)
		? []
		: ["wal_sender_timeout", "wal_receiver_timeout"]
				.filter((name) => settingOf(server, name) === "0")
				.map((name) => ({
					severity: "warning",
					message: `${name} is off on ${quoted(node.registration)}`,
					place: settingPlace(node, server, name),
					why: "When the network to the other server breaks, the replication connection stays open for hours: a standby does not connect again, and a primary counts it as attached and keeps its slot active.",
					link: settingManual("replication", name),
					change: [settingLine(node, server, name, "60s"), reloadServer(node)],
				})),
);
