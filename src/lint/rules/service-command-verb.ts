import { listed, quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { commandOf, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";
import { postgresUnitOf, SERVICE_ACTIONS } from "../services.ts";

const VERBS: readonly string[] = SERVICE_ACTIONS;
const LINK = repmgrManual("configuration-file-service-commands");

const COMMANDS = [
	...SERVICE_ACTIONS.map((action) => ({ name: `service_${action}_command`, action })),
	...(["start", "stop"] as const).map((action) => ({ name: `repmgrd_service_${action}_command`, action })),
];

/** SERVICE_COMMAND_VERB: a line that was copied from another command: to stop it says start. */
export const serviceCommandVerb = nodeRule("SERVICE_COMMAND_VERB", ["conf"], ({ conf }, node) =>
	COMMANDS.flatMap(({ name, action }) => {
		const command = commandOf(conf, name);
		if (command === null || !/(^|[\s/])(systemctl|service|pg_ctl|pg_ctlcluster)\s/.test(command)) return [];
		const verbs = command.split(/\s+/).filter((word) => VERBS.includes(word));
		const [verb] = verbs;
		// A start that restarts does no harm to a server that is stopped.
		if (verb === undefined || verbs.includes(action) || (action === "start" && verb === "restart")) return [];
		return [
			{
				severity: "error",
				message: `${name} of ${quoted(node.registration)} says ${verb}, not ${action}`,
				place: placeOf(conf, name),
				why: `A switchover, follow or rejoin that has to ${action} the server would ${verb} it: "${command}".`,
				link: LINK,
				change: [
					confLine(node, conf, name, command.replace(new RegExp(`(\\s)${verb}(?=\\s|$)`), `$1${action}`)),
				],
			},
		];
	}),
);

/** Unset, systemctl's, which other checks judge, or by Debian's program for the server of that unit. */
function isUnits(command: string | null, unit: string | null): boolean {
	if (command === null || /(^|[\s/])(systemctl|service)\s/.test(command)) return true;
	const [, version, name] = /(?:^|[\s/])pg_ctlcluster\s+(\d+)\s+(\S+)/.exec(command) ?? [];
	return unit === `postgresql@${version}-${name}.service`;
}

/** SERVICE_COMMAND_NOT_SYSTEMD: what a command does to a server that runs in a unit of systemd, other than by systemctl. */
export const serviceCommandNotSystemd = nodeRule(
	"SERVICE_COMMAND_NOT_SYSTEMD",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const unit = postgresUnitOf(systemd);
		const others = SERVICE_ACTIONS.map((action) => `service_${action}_command`).filter(
			(name) => !isUnits(commandOf(conf, name), unit),
		);
		if (unit === null || others.length === 0) return [];
		const isPgCtl = (name: string): boolean => /(^|[\s/])pg_ctl\s/.test(commandOf(conf, name) ?? "");
		const say = (names: readonly string[], severity: "warning" | "unknown", what: string, why: string) =>
			names.length === 0
				? []
				: [
						{
							severity,
							message: `${listed(names)} of ${quoted(node.registration)} ${what}`,
							place: placeOf(conf, names[0] ?? ""),
							why,
							link: LINK,
							change: [],
						},
					];
		return [
			...say(
				others.filter(isPgCtl),
				"warning",
				`${others.filter(isPgCtl).length === 1 ? "uses" : "use"} pg_ctl, but PostgreSQL runs in ${unit}`,
				"systemd takes a server that pg_ctl stopped for failed and may start it again, and knows nothing of one that pg_ctl started: the next systemctl restart or reboot goes wrong.",
			),
			...say(
				others.filter((name) => !isPgCtl(name)),
				"unknown",
				"may act on another server than this one: that was not checked",
				`PostgreSQL runs in ${unit}, and what a script does can't be told without running it.`,
			),
		];
	},
);
