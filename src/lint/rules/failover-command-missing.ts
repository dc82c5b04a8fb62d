import { quoted } from "../../text/words.ts";
import { asPostgres, confLine, repmgrOn } from "../changes.ts";
import { confValue, failsOver, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { type LintRule, nodeRule } from "../rule.ts";

/** As the manual has them, with a node's repmgr.conf. */
export const USUAL_COMMANDS = {
	promote_command: (conf: string) => `/usr/bin/repmgr standby promote -f ${conf} --log-to-file`,
	follow_command: (conf: string) =>
		`/usr/bin/repmgr standby follow -f ${conf} --log-to-file --upstream-node-id=%n`,
} as const;

/** repmgrd with failover=automatic refuses to start without its two commands (repmgrd-physical.c, do_physical_node_check). */
function missing(code: string, name: keyof typeof USUAL_COMMANDS): LintRule {
	return nodeRule(code, ["conf"], ({ conf }, node) =>
		!failsOver(conf) || confValue(conf, name) !== ""
			? []
			: [
					{
						severity: "error",
						message: `failover is automatic on ${quoted(node.registration)}, but ${name} is not set`,
						place: placeOf(conf, name),
						why: "repmgrd refuses to start so: the node takes no part in a failover.",
						link: repmgrManual("repmgrd-basic-configuration"),
						change: [
							confLine(node, conf, name, USUAL_COMMANDS[name](conf.path)),
							asPostgres(node, repmgrOn(node, "daemon", "start")),
						],
					},
				],
	);
}

export const promoteCommandMissing = missing("PROMOTE_COMMAND_MISSING", "promote_command");

export const followCommandMissing = missing("FOLLOW_COMMAND_MISSING", "follow_command");
