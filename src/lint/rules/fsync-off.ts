import { quoted } from "../../text/words.ts";
import { reloadServer, settingLine } from "../changes.ts";
import { settingManual } from "../links.ts";
import { nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

/** FSYNC_OFF: after a crash of the host the data may be beyond repair, and repmgr brings the node back all the same. */
export const fsyncOff = nodeRule("FSYNC_OFF", ["server"], ({ server }, node) =>
	settingOf(server, "fsync") !== "off"
		? []
		: [
				{
					severity: "error",
					message: `fsync is off on ${quoted(node.registration)}`,
					place: settingPlace(node, server, "fsync"),
					why: "After a crash of the operating system or the power the data directory may be corrupt without a sign of it. As a primary that comes back, or as a source of clones, it hands that on.",
					link: settingManual("wal", "fsync"),
					change: [settingLine(node, server, "fsync", "on"), reloadServer(node)],
				},
			],
);
