import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** FAILOVER_COMMAND_PATH: repmgrd looks for the program in the PATH that it happens to have, which is not a login's; pg_bindir is not applied. */
export const failoverCommandPath = nodeRule(
	"FAILOVER_COMMAND_PATH",
	["conf", "host"],
	({ conf, host }, node) =>
		(["promote_command", "follow_command"] as const).flatMap((name) => {
			const command = commandOf(conf, name);
			if (command === null || !/^repmgr\s/.test(command)) return [];
			const found = host.repmgrInPath;
			const path = found ?? host.tools.get("repmgr");
			return [
				{
					severity: found === null ? "error" : "notice",
					message: `${name} of ${quoted(node.registration)} names repmgr without its path`,
					place: placeOf(conf, name),
					why:
						found === null
							? "repmgrd does not apply pg_bindir to it, and the PATH of a service has no repmgr: in a failover the command would not be found."
							: "repmgrd does not apply pg_bindir to it: whether the command is found in a failover depends on the PATH that repmgrd was started with.",
					link: repmgrManual("repmgrd-basic-configuration"),
					change: path
						? [confLine(node, conf, name, command.replace(/^repmgr/, path)), reloadRepmgrd(node)]
						: [],
				},
			];
		}),
);
