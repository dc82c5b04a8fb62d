import { judgeFailoverCommand } from "../../assess/failover-command.ts";
import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { commandOf, failsOver, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";
import { USUAL_COMMANDS } from "./failover-command-missing.ts";

/** FAILOVER_COMMAND_WRONG: promote_command promotes nothing, or follow_command follows nothing, as far as it can be read. */
export const failoverCommandWrong = nodeRule("FAILOVER_COMMAND_WRONG", ["conf"], ({ conf }, node) =>
	(["promote_command", "follow_command"] as const).flatMap((name) => {
		const command = commandOf(conf, name);
		const trouble = command === null ? null : judgeFailoverCommand(name, command).trouble;
		if (trouble === null) return [];
		return [
			{
				severity: failsOver(conf) ? "error" : "warning",
				message: `${name} of ${quoted(node.registration)} ${trouble}`,
				place: placeOf(conf, name),
				why: `repmgrd runs it only in a failover: "${command}". ${name === "promote_command" ? "This node would not be promoted, and the cluster stays without a primary." : "This node would stay behind, without an upstream."}`,
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [confLine(node, conf, name, USUAL_COMMANDS[name](conf.path)), reloadRepmgrd(node)],
			},
		];
	}),
);
