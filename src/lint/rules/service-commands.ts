import type { LintChange } from "../../model/lint-result.ts";
import { type NodeSetup, type SudoSetup, wantsPassword } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { confLine, sudoers } from "../changes.ts";
import { commandOf, confValue, placeOf } from "../conf.ts";
import { issue, nodeRule, repmgrManual } from "../rule.ts";
import { postgresUnitOf, SERVICE_ACTIONS, unitCommandsOf, unitOf } from "../services.ts";

/** SERVICE_COMMANDS_UNSET: repmgr falls back to pg_ctl, behind systemd's back. */
export const serviceCommandsUnset = nodeRule(
	"SERVICE_COMMANDS_UNSET",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const unit = postgresUnitOf(systemd)?.replace(/\.service$/, "");
		const unset = SERVICE_ACTIONS.filter((action) => confValue(conf, `service_${action}_command`) === "");
		if (unit === undefined || unset.length === 0) return [];
		const names = unset.map((action) => `service_${action}_command`);
		return [
			{
				severity: "warning",
				message: `PostgreSQL on ${quoted(node.registration)} runs under systemd, but ${listed(names)} ${names.length === 1 ? "is" : "are"} not set`,
				place: { file: conf.path, line: null },
				why: 'repmgr then uses pg_ctl. systemd considers a server that pg_ctl stopped as failed and may start it again, and does not know of one that pg_ctl started: the next "systemctl restart" or reboot fails.',
				link: repmgrManual("configuration-file-service-commands"),
				change: [
					...unset.map((action) =>
						confLine(node, conf, `service_${action}_command`, `sudo /usr/bin/systemctl ${action} ${unit}`),
					),
					sudoers(
						node,
						SERVICE_ACTIONS.map((action) => `/usr/bin/systemctl ${action} ${unit}`),
					),
				],
			},
		];
	},
);

/** SERVICE_COMMAND_WITHOUT_SUDO: only root may start and stop units; polkit may permit others, which is not checked. */
export const serviceCommandWithoutSudo = nodeRule(
	"SERVICE_COMMAND_WITHOUT_SUDO",
	["conf", "host"],
	({ conf, host }, node) =>
		unitCommandsOf(conf)
			.filter(({ command }) => host.userId !== 0 && /^(\S*\/)?systemctl\s/.test(command))
			.map(({ name, command }) => ({
				severity: "warning",
				message: `${name} of ${quoted(node.registration)} uses systemctl without sudo`,
				place: placeOf(conf, name),
				why: `repmgr runs it as ${host.user}. Unless polkit has a rule for it, systemd answers "Interactive authentication required", and a switchover, follow or rejoin fails half way.`,
				link: issue(326),
				change: [
					confLine(node, conf, name, `sudo ${command}`),
					sudoers(node, [command.replace(/^systemctl/, "/usr/bin/systemctl")]),
				],
			})),
);

/** SUDO_REFUSES: a command of repmgr.conf uses sudo, which refuses it, or asks for a password. */
export const sudoRefuses = nodeRule("SUDO_REFUSES", ["conf", "sudo"], ({ conf, sudo }, node) =>
	[...sudo.resolved].flatMap(([name, resolved]) => {
		const isAsked = sudo.refusal !== null || (resolved !== null && wantsPassword(sudo, resolved));
		if (resolved !== null && !isAsked) return [];
		const command = commandOf(conf, name) ?? "";
		const words = (resolved ?? command.replace(/^\S*sudo\s+/, "")).split(/\s+/);
		const [program = "", ...args] = words;
		const path = program.startsWith("/") ? program : `/usr/bin/${program}`;
		return [
			{
				severity: "error",
				message: isAsked
					? `sudo asks ${sudo.user} for a password on ${quoted(node.registration)}: ${name}`
					: `sudo does not let ${sudo.user} run ${name} on ${quoted(node.registration)}`,
				place: placeOf(conf, name),
				why: `repmgr runs "${command}" without a terminal${sudo.refusal === null ? "" : `, where sudo says "${sudo.refusal}"`}: it fails, in a switchover after the primary was stopped.`,
				link: issue(326),
				change: [...terminal(sudo, node), sudoers(node, [[path, ...args].join(" ")])],
			},
		];
	}),
);

/** sudo may require a terminal, which repmgr does not have over SSH. */
function terminal({ refusal, user }: SudoSetup, node: NodeSetup): readonly LintChange[] {
	if (!refusal?.includes("tty")) return [];
	return [{ ...sudoers(node, []), text: `Defaults:${user} !requiretty` }];
}

/** Debian's unit for all servers of a host. */
const UMBRELLA = "postgresql.service";

/** SERVICE_COMMAND_UNIT: a service command names a unit that does not exist, or another server's. */
export const serviceCommandUnit = nodeRule(
	"SERVICE_COMMAND_UNIT",
	["conf", "systemd"],
	({ conf, systemd }, node) =>
		unitCommandsOf(conf).flatMap(({ name, command, unit }) => {
			const actual = name.startsWith("repmgrd") ? systemd.repmgrdUnit : postgresUnitOf(systemd);
			const isThere = unitOf(systemd, unit)?.loadState === "loaded";
			if (isThere && (actual === null || actual === unit || unit === UMBRELLA)) return [];
			const server = name.startsWith("repmgrd") ? "repmgrd" : "PostgreSQL";
			const right = actual?.replace(/\.service$/, "");
			return [
				{
					severity: "error",
					message: isThere
						? `${name} of ${quoted(node.registration)} names "${unit}", but ${server} runs in "${actual}"`
						: `${name} of ${quoted(node.registration)} names a unit that does not exist: "${unit}"`,
					place: placeOf(conf, name),
					why: `A failover, switchover or rejoin that needs the command fails half way: "${command}".`,
					link: issue(716),
					change: right === undefined ? [] : [confLine(node, conf, name, command.replace(/\S+\s*$/, right))],
				},
			];
		}),
);
