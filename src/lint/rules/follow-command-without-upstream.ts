import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** FOLLOW_COMMAND_WITHOUT_UPSTREAM: "standby follow" without --upstream-node-id=%n looks for a primary by itself. A script may know better. */
export const followCommandWithoutUpstream = nodeRule(
	"FOLLOW_COMMAND_WITHOUT_UPSTREAM",
	["conf"],
	({ conf }, node) => {
		const command = commandOf(conf, "follow_command");
		if (command === null || !/standby\s+follow/.test(command)) return [];
		if (/--upstream-node-id[= ]\s*%n/.test(command)) return [];
		const without = command.replace(/\s*--upstream-node-id(?:=\S*|\s+[^-\s]\S*)?/, "");
		return [
			{
				severity: "warning",
				message: `follow_command of ${quoted(node.registration)} has no --upstream-node-id=%n`,
				place: placeOf(conf, "follow_command"),
				why: 'repmgrd would put the id of the new primary there. Without it, "standby follow" looks for a primary itself, and when the old one is back in the meantime the node goes on following that.',
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [
					confLine(node, conf, "follow_command", `${without} --upstream-node-id=%n`),
					reloadRepmgrd(node),
				],
			},
		];
	},
);
