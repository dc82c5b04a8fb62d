import { quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { settingManual } from "../links.ts";
import { isDataNode } from "../members.ts";
import { nodeRule } from "../rule.ts";
import { settingOf, settingPlace } from "../settings.ts";

const NAME = "recovery_target_timeline";

/** RECOVERY_TARGET_TIMELINE: a standby that does not go on to the latest timeline can't follow a promoted sibling. PostgreSQL 12 and later. */
export const recoveryTargetTimeline = nodeRule("RECOVERY_TARGET_TIMELINE", ["server"], ({ server }, node) => {
	const value = settingOf(server, NAME);
	if (!isDataNode(node) || value === "" || value === "latest") return [];
	return [
		{
			severity: "error",
			message: `${NAME} of ${quoted(node.registration)} is ${value}`,
			place: settingPlace(node, server, NAME),
			why: "After the promotion of another node it stays on the old timeline and does not follow.",
			link: settingManual("wal", NAME),
			change: [settingLine(node, server, NAME, "latest"), restartServer(node)],
		},
	];
});
