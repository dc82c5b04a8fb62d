import type { LintChange } from "../../model/lint-result.ts";
import type { ConfSetup, FilePlace, NodeSetup, SystemdSetup, UnitSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { asRoot, editLine } from "../changes.ts";
import { configFileIn, failsOver } from "../conf.ts";
import { type Draft, hostOf, nodeRule, repmgrManual } from "../rule.ts";
import { repmgrdUnitOf } from "../services.ts";

const DEFAULTS: FilePlace = { file: "/etc/default/repmgrd", line: null };
const MANUAL = repmgrManual("repmgrd-daemon");

/** The settings of Debian's init script, which systemd wraps; null where it is not used, or can't be read. */
function initScriptOf(systemd: SystemdSetup): Readonly<Record<string, string>> | null {
	const isUsed = repmgrdUnitOf(systemd)?.sourcePath === "/etc/init.d/repmgrd";
	return isUsed ? systemd.repmgrdDefaults : null;
}

function placeOf(unit: UnitSetup | null): FilePlace {
	return { file: `systemd unit ${unit?.name ?? "repmgrd.service"}`, line: null };
}

function inDefaults(node: NodeSetup, setting: string): LintChange {
	return editLine(node, DEFAULTS, setting);
}

function inUnit(node: NodeSetup, unit: UnitSetup | null, text: string): LintChange {
	return {
		title: `as root on ${hostOf(node)}, in systemctl edit --full ${unit?.name ?? "repmgrd.service"}`,
		text,
	};
}

/** REPMGRD_NOT_ENABLED: after a reboot of the host repmgrd does not run. */
export const repmgrdNotEnabled = nodeRule(
	"REPMGRD_NOT_ENABLED",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const unit = repmgrdUnitOf(systemd);
		const script = initScriptOf(systemd);
		const isSwitchedOff = script !== null && script.REPMGRD_ENABLED !== "yes";
		const isEnabled = unit !== null && !["disabled", "masked"].includes(unit.fileState);
		if (!failsOver(conf) || (isEnabled && !isSwitchedOff)) return [];
		const enable = asRoot(
			node,
			["systemctl", "daemon-reload"],
			["systemctl", "enable", "--now", unit?.name ?? "repmgrd"],
		);
		return [
			{
				severity: "warning",
				message: `repmgrd on ${quoted(node.registration)} is not started at boot`,
				place: isSwitchedOff ? DEFAULTS : placeOf(unit),
				why: "failover is automatic, but after a reboot of this host no repmgrd runs there: the node takes no part in the next failover, and is not promoted.",
				link: MANUAL,
				change: isSwitchedOff
					? [inDefaults(node, "REPMGRD_ENABLED=yes"), inDefaults(node, `REPMGRD_CONF="${conf.path}"`), enable]
					: [enable],
			},
		];
	},
);

/** REPMGRD_INIT_SCRIPT: Debian's init script can't stop a repmgrd that daemonised itself. */
export const repmgrdInitScript = nodeRule("REPMGRD_INIT_SCRIPT", ["systemd"], ({ systemd }, node) => {
	const script = initScriptOf(systemd);
	if (script === null || script.REPMGRD_OPTS?.includes("--daemonize=false")) return [];
	return [
		{
			severity: "warning",
			message: `repmgrd on ${quoted(node.registration)} is started by an init script without --daemonize=false`,
			place: DEFAULTS,
			why: 'The script can\'t track repmgrd then: "systemctl stop repmgrd" and "restart" report success and leave the old process running with its old configuration.',
			link: MANUAL,
			change: [
				inDefaults(node, 'REPMGRD_OPTS="--daemonize=false"'),
				asRoot(
					node,
					["pkill", "-x", "repmgrd"],
					["systemctl", "daemon-reload"],
					["systemctl", "restart", "repmgrd"],
				),
			],
		},
	];
});

/** REPMGRD_OTHER_CONF: repmgrd is started with another file than the registered one. */
export const repmgrdOtherConf = nodeRule(
	"REPMGRD_OTHER_CONF",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const script = initScriptOf(systemd);
		const unit = repmgrdUnitOf(systemd);
		const file = script === null ? confOf(unit) : (script.REPMGRD_CONF ?? null);
		if (file === null || file === conf.path) return runningOtherConf(node, conf, systemd);
		return [
			{
				severity: "error",
				message: `repmgrd on ${quoted(node.registration)} is started with another repmgr.conf: ${file}`,
				place: script === null ? placeOf(unit) : DEFAULTS,
				why: `The node is registered with ${conf.path}, which repmgr commands from other nodes use. Changes there have no effect on repmgrd.`,
				link: MANUAL,
				change: [
					script === null
						? inUnit(node, unit, `ExecStart=${unit?.command.replace(file, conf.path)}`)
						: inDefaults(node, `REPMGRD_CONF="${conf.path}"`),
				],
			},
		];
	},
);

/** What starts repmgrd names no other file, but the process has one: started by hand, or before the unit was changed. */
function runningOtherConf(node: NodeSetup, conf: ConfSetup, systemd: SystemdSetup): readonly Draft[] {
	const file = systemd.repmgrdConf;
	if (file === null) return [];
	const unit = systemd.repmgrdUnit ?? repmgrdUnitOf(systemd)?.name ?? "repmgrd";
	return [
		{
			severity: "error",
			message: `repmgrd on ${quoted(node.registration)} runs with another repmgr.conf: ${file}`,
			place: { file: conf.path, line: null },
			why: `The node is registered with ${conf.path}, which repmgr commands from other nodes use; the arguments of the running repmgrd name ${file}. Changes of the registered file have no effect on repmgrd.`,
			link: MANUAL,
			change: [
				systemd.repmgrdUnit === null
					? {
							title: `on ${hostOf(node)}, stop that repmgrd by its process ID, and then as root`,
							text: `systemctl start ${unit}`,
						}
					: asRoot(node, ["systemctl", "restart", unit]),
			],
		},
	];
}

/** Null where the command does not name one. */
function confOf(unit: UnitSetup | null): string | null {
	return unit !== null && /repmgrd\s/.test(unit.command) ? configFileIn(unit.command) : null;
}

/** REPMGRD_OTHER_USER: the server can't signal another user's process (kill(pid, 0) in repmgr.c), and reports repmgrd as not running; as root repmgrd refuses to start. */
export const repmgrdOtherUser = nodeRule(
	"REPMGRD_OTHER_USER",
	["systemd", "host"],
	({ systemd, host }, node) => {
		const script = initScriptOf(systemd);
		const unit = repmgrdUnitOf(systemd);
		const user = script === null ? userOf(unit) : (script.REPMGRD_USER ?? null);
		const owner = host.dataDirectory?.owner ?? null;
		if (user === null || owner === null || user === owner) return [];
		return [
			{
				severity: "error",
				message: `repmgrd on ${quoted(node.registration)} runs as ${user}, PostgreSQL as ${owner}`,
				place: script === null ? placeOf(unit) : DEFAULTS,
				why: "The server checks repmgrd's process by a signal, which it may not send to another user's process, and reports it as not running. repmgrd also can't restart the server to follow a new primary.",
				link: MANUAL,
				change: [
					script === null ? inUnit(node, unit, `User=${owner}`) : inDefaults(node, `REPMGRD_USER=${owner}`),
				],
			},
		];
	},
);

/** Without User= a unit runs as root; null where its command may change the user (runuser, su, an init script). */
function userOf(unit: UnitSetup | null): string | null {
	if (unit === null) return null;
	if (unit.user !== "") return unit.user;
	return /^\S*repmgrd\s/.test(unit.command) && unit.sourcePath === "" ? "root" : null;
}
