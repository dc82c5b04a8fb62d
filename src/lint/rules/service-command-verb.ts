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

/** SERVICE_COMMAND_VERB: a command that was copied from another action, so that "stop" starts the server. */
export const serviceCommandVerb = nodeRule("SERVICE_COMMAND_VERB", ["conf"], ({ conf }, node) =>
	COMMANDS.flatMap(({ name, action }) => {
		const command = commandOf(conf, name);
		if (command === null || !/(^|[\s/])(systemctl|service|pg_ctl|pg_ctlcluster)\s/.test(command)) return [];
		const verbs = command.split(/\s+/).filter((word) => VERBS.includes(word));
		const [verb] = verbs;
		// A restart also starts a stopped server.
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

/** Is a command unset, by systemctl, which other rules check, or by pg_ctlcluster for the server of that unit? */
function isUnits(command: string | null, unit: string | null): boolean {
	if (command === null || /(^|[\s/])(systemctl|service)\s/.test(command)) return true;
	const [, version, name] = /(?:^|[\s/])pg_ctlcluster\s+(\d+)\s+(\S+)/.exec(command) ?? [];
	return unit === `postgresql@${version}-${name}.service`;
}

/** SERVICE_COMMAND_NOT_SYSTEMD: the server runs in a systemd unit, but a service command does not use systemctl. */
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
				"systemd considers a server that pg_ctl stopped as failed and may start it again, and does not know of one that pg_ctl started: the next systemctl restart or reboot fails.",
			),
			...say(
				others.filter((name) => !isPgCtl(name)),
				"unknown",
				"may act on another server than this one: that was not checked",
				`PostgreSQL runs in ${unit}, and what a script does is unknown without running it.`,
			),
		];
	},
);
