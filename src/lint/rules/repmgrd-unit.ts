import type { ConfSetup, SystemdSetup } from "../../cluster/setup.ts";
import { quoted } from "../../cluster/words.ts";
import { configFileIn, failsOver } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { hostOf, nodeRule } from "../rule.ts";
import { repmgrdUnitOf } from "../services.ts";

const DEFAULTS_FILE = "/etc/default/repmgrd";
const MANUAL = repmgrManual("repmgrd-daemon");

/** The init script of Debian's package, which systemd only wraps. */
function isInitScript(systemd: SystemdSetup): boolean {
	return repmgrdUnitOf(systemd)?.sourcePath === "/etc/init.d/repmgrd";
}

/** REPMGRD_NOT_ENABLED: after the next reboot of the host nobody watches. */
export const repmgrdNotEnabled = nodeRule(
	"REPMGRD_NOT_ENABLED",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		if (!failsOver(conf)) return [];
		const unit = repmgrdUnitOf(systemd);
		const isSwitchedOff = isInitScript(systemd) && systemd.repmgrdDefaults?.REPMGRD_ENABLED !== "yes";
		if (unit !== null && !["disabled", "masked"].includes(unit.fileState) && !isSwitchedOff) return [];
		return [
			{
				severity: "warning",
				message: `repmgrd on ${quoted(node.registration)} is not started at boot`,
				place: {
					file: isSwitchedOff ? DEFAULTS_FILE : `systemd unit ${unit?.name ?? "repmgrd.service"}`,
					line: null,
				},
				why: "failover is automatic, but after a reboot of this host no repmgrd runs there: the node takes no part in the next failover, and is not promoted.",
				link: MANUAL,
				change: isSwitchedOff
					? [
							{ title: `in ${DEFAULTS_FILE} on ${hostOf(node)}`, text: "REPMGRD_ENABLED=yes" },
							{ title: `in ${DEFAULTS_FILE} on ${hostOf(node)}`, text: `REPMGRD_CONF="${conf.path}"` },
							{
								title: `then, as root on ${hostOf(node)}`,
								text: "systemctl daemon-reload && systemctl enable --now repmgrd",
							},
						]
					: unit === null
						? []
						: [{ title: `as root on ${hostOf(node)}`, text: `systemctl enable ${unit.name}` }],
			},
		];
	},
);

/** REPMGRD_INIT_SCRIPT: the init script can't stop a repmgrd that put itself into the background. */
export const repmgrdInitScript = nodeRule("REPMGRD_INIT_SCRIPT", ["conf", "systemd"], ({ systemd }, node) => {
	const options = systemd.repmgrdDefaults?.REPMGRD_OPTS ?? "";
	if (!isInitScript(systemd) || options.includes("--daemonize=false")) return [];
	return [
		{
			severity: "warning",
			message: `repmgrd on ${quoted(node.registration)} is started by an init script without --daemonize=false`,
			place: { file: DEFAULTS_FILE, line: null },
			why: 'The script then loses sight of repmgrd: "systemctl stop repmgrd" and "restart" succeed, say "active", and leave the old process running with its old configuration.',
			link: MANUAL,
			change: [
				{ title: `in ${DEFAULTS_FILE} on ${hostOf(node)}`, text: 'REPMGRD_OPTS="--daemonize=false"' },
				{
					title: `then, as root on ${hostOf(node)}`,
					text: "pkill -x repmgrd; systemctl daemon-reload && systemctl restart repmgrd",
				},
			],
		},
	];
});

/** REPMGRD_OTHER_CONF: repmgrd is started with another file than the one that is registered. */
export const repmgrdOtherConf = nodeRule(
	"REPMGRD_OTHER_CONF",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const file = confOfRepmgrd(systemd);
		if (file === null || file === conf.path) return [];
		const unit = repmgrdUnitOf(systemd)?.name ?? "repmgrd.service";
		return [
			{
				severity: "error",
				message: `repmgrd on ${quoted(node.registration)} is started with another repmgr.conf: ${file}`,
				place: { file: isInitScript(systemd) ? DEFAULTS_FILE : `systemd unit ${unit}`, line: null },
				why: `The node is registered with ${conf.path}, which repmgr commands from other nodes use. What is changed there does not reach repmgrd.`,
				link: MANUAL,
				change: isInitScript(systemd)
					? [{ title: `in ${DEFAULTS_FILE} on ${hostOf(node)}`, text: `REPMGRD_CONF="${conf.path}"` }]
					: [
							{
								title: `in ExecStart, as root on ${hostOf(node)}: systemctl edit --full ${unit}`,
								text: `-f ${conf.path}`,
							},
						],
			},
		];
	},
);

/** Null where it is not said. */
function confOfRepmgrd(systemd: SystemdSetup): ConfSetup["path"] | null {
	if (isInitScript(systemd)) return systemd.repmgrdDefaults?.REPMGRD_CONF ?? null;
	const command = repmgrdUnitOf(systemd)?.command ?? "";
	return /repmgrd/.test(command) ? configFileIn(command) : null;
}

/** "" where it is not known: the command may be runuser or su. Without User= a unit runs as root. */
function userOfRepmgrd(systemd: SystemdSetup): string {
	if (isInitScript(systemd)) return systemd.repmgrdDefaults?.REPMGRD_USER ?? "";
	const unit = repmgrdUnitOf(systemd);
	return unit?.user || (/^\S*repmgrd\s/.test(unit?.command ?? "") ? "root" : "");
}

/** REPMGRD_OTHER_USER: repmgr can't see a process of another user (kill(pid, 0) is refused), and counts it as not running; as root it refuses to start. */
export const repmgrdOtherUser = nodeRule(
	"REPMGRD_OTHER_USER",
	["systemd", "host"],
	({ systemd, host }, node) => {
		const unit = repmgrdUnitOf(systemd);
		const user = userOfRepmgrd(systemd);
		const owner = host.dataDirectory?.owner ?? null;
		if (unit === null || user === "" || owner === null || user === owner) return [];
		return [
			{
				severity: "error",
				message: `repmgrd on ${quoted(node.registration)} runs as ${user}, PostgreSQL as ${owner}`,
				place: { file: isInitScript(systemd) ? DEFAULTS_FILE : `systemd unit ${unit.name}`, line: null },
				why: "The server looks for repmgrd's process by a signal that another user's process refuses, and reports it as not running. repmgrd can't restart the server to follow a new primary either.",
				link: MANUAL,
				change: [
					isInitScript(systemd)
						? { title: `in ${DEFAULTS_FILE} on ${hostOf(node)}`, text: `REPMGRD_USER=${owner}` }
						: {
								title: `as root on ${hostOf(node)}: systemctl edit --full ${unit.name}`,
								text: `User=${owner}`,
							},
				],
			},
		];
	},
);
