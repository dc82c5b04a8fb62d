import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** PROMOTE_COMMAND_SIBLINGS_FOLLOW: forbidden by the manual, and in the second seed all the same. */
export const promoteCommandSiblingsFollow = nodeRule(
	"PROMOTE_COMMAND_SIBLINGS_FOLLOW",
	["conf"],
	({ conf }, node) => {
		const command = commandOf(conf, "promote_command");
		if (!command?.includes("--siblings-follow")) return [];
		return [
			{
				severity: "error",
				message: `promote_command of ${quoted(node.registration)} has --siblings-follow`,
				place: placeOf(conf, "promote_command"),
				why: "In a failover each sibling's own repmgrd makes it follow the new primary. With this option the promoted node does the same over SSH at the same time, and waits for hosts that may be the ones that are gone.",
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [
					confLine(node, conf, "promote_command", command.replace(/\s*--siblings-follow/g, "")),
					reloadRepmgrd(node),
				],
			},
		];
	},
);
