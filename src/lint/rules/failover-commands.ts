import { checkFailoverCommand } from "../../assess/failover-command.ts";
import { quoted } from "../../text/words.ts";
import { asPostgres, confLine, reloadRepmgrd, repmgrOn } from "../changes.ts";
import { commandOf, configFileIn, confValue, failsOver, placeOf } from "../conf.ts";
import { type LintRule, nodeRule, repmgrManual } from "../rule.ts";

/** The manual's examples, with a node's repmgr.conf. */
export const USUAL_COMMANDS = {
	promote_command: (conf: string) => `/usr/bin/repmgr standby promote -f ${conf} --log-to-file`,
	follow_command: (conf: string) =>
		`/usr/bin/repmgr standby follow -f ${conf} --log-to-file --upstream-node-id=%n`,
} as const;

/** repmgrd with failover=automatic refuses to start without its two commands (do_physical_node_check() in repmgrd-physical.c). */
function missing(code: string, name: keyof typeof USUAL_COMMANDS): LintRule {
	return nodeRule(code, ["conf"], ({ conf }, node) =>
		!failsOver(conf) || confValue(conf, name) !== ""
			? []
			: [
					{
						severity: "error",
						message: `failover is automatic on ${quoted(node.registration)}, but ${name} is not set`,
						place: placeOf(conf, name),
						why: "repmgrd refuses to start without it: the node takes no part in a failover.",
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

/** PROMOTE_COMMAND_SIBLINGS_FOLLOW: forbidden by repmgr's manual. */
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
				why: "In a failover each sibling's own repmgrd makes it follow the new primary. With this option the promoted node does the same over SSH at the same time, and waits for hosts that may be down.",
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [
					confLine(node, conf, "promote_command", command.replace(/\s*--siblings-follow/g, "")),
					reloadRepmgrd(node),
				],
			},
		];
	},
);

/** FOLLOW_COMMAND_WITHOUT_UPSTREAM: "standby follow" without --upstream-node-id=%n looks for a primary itself. Scripts are not checked. */
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
				why: 'repmgrd replaces %n with the id of the new primary. Without it, "standby follow" looks for a primary itself, and if the old one is back by then, the node follows that one.',
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [
					confLine(node, conf, "follow_command", `${without} --upstream-node-id=%n`),
					reloadRepmgrd(node),
				],
			},
		];
	},
);

/** FAILOVER_COMMAND_WRONG: promote_command does not promote, or follow_command does not follow. */
export const failoverCommandWrong = nodeRule("FAILOVER_COMMAND_WRONG", ["conf"], ({ conf }, node) =>
	(["promote_command", "follow_command"] as const).flatMap((name) => {
		const command = commandOf(conf, name);
		const trouble = command === null ? null : checkFailoverCommand(name, command).trouble;
		if (trouble === null) return [];
		return [
			{
				severity: failsOver(conf) ? "error" : "warning",
				message: `${name} of ${quoted(node.registration)} ${trouble}`,
				place: placeOf(conf, name),
				why: `repmgrd runs it only in a failover: "${command}". ${name === "promote_command" ? "This node would not be promoted, and the cluster would stay without a primary." : "This node would be left behind, without an upstream."}`,
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [confLine(node, conf, name, USUAL_COMMANDS[name](conf.path)), reloadRepmgrd(node)],
			},
		];
	}),
);

/** FAILOVER_COMMAND_PATH: repmgrd finds the program by its own PATH, which is not a login's; pg_bindir is not applied. */
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
							: "repmgrd does not apply pg_bindir to it: whether the command is found in a failover depends on the PATH with which repmgrd was started.",
					link: repmgrManual("repmgrd-basic-configuration"),
					change: path
						? [confLine(node, conf, name, command.replace(/^repmgr/, path)), reloadRepmgrd(node)]
						: [],
				},
			];
		}),
);

/** repmgr's default (Debian's and PGDG's packages). */
const DEFAULT_CONF = "/etc/repmgr.conf";

/** FAILOVER_COMMAND_CONF: promote_command or follow_command uses another repmgr.conf than the registered one. */
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
				why: `The node is registered with ${conf.path}. In a failover repmgr would read ${file ?? `its default, such as ${DEFAULT_CONF}`}: if that is missing, or another node's, the node is not promoted or does not follow.`,
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [confLine(node, conf, name, right), reloadRepmgrd(node)],
			},
		];
	}),
);
