import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, configFileIn, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** Where repmgr looks by itself (Debian's and PGDG's packages). */
const DEFAULT_CONF = "/etc/repmgr.conf";

/** FAILOVER_COMMAND_CONF: promote_command or follow_command works with another repmgr.conf than the one that is registered. */
export const failoverCommandConf = nodeRule("FAILOVER_COMMAND_CONF", ["conf"], ({ conf }, node) =>
	(["promote_command", "follow_command"] as const).flatMap((name) => {
		const command = commandOf(conf, name);
		if (command === null || !/repmgr["']?\s.*standby\s+(promote|follow)/.test(command)) return [];
		const file = configFileIn(command);
		if (file === conf.path || (file === null && conf.path === DEFAULT_CONF)) return [];
		const right =
			file === null
				? command.replace(/standby\s+(promote|follow)/, `$& -f ${conf.path}`)
				: command.replace(file, conf.path);
		return [
			{
				severity: file === null ? "warning" : "error",
				message:
					file === null
						? `${name} of ${quoted(node.registration)} does not name its repmgr.conf`
						: `${name} of ${quoted(node.registration)} uses another repmgr.conf: ${file}`,
				place: placeOf(conf, name),
				why: `The node is registered with ${conf.path}. In a failover repmgr would read ${file ?? `what it finds in its usual places, such as ${DEFAULT_CONF}`}: not there, or another node's, and nobody is promoted or follows.`,
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [confLine(node, conf, name, right), reloadRepmgrd(node)],
			},
		];
	}),
);
