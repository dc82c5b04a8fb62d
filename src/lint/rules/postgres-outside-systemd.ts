import type { NodeSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { asRoot, ownerOf, withNote } from "../changes.ts";
import { hostOf, issue, nodeRule, postgresManual } from "../rule.ts";
import { postgresUnitOf, SERVICE_ACTIONS, unitCommandsOf } from "../services.ts";

/** POSTGRES_OUTSIDE_SYSTEMD: the server was started by pg_ctl, so that the service commands have no effect on it. */
export const postgresOutsideSystemd = nodeRule(
	"POSTGRES_OUTSIDE_SYSTEMD",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const [first] = unitCommandsOf(conf).filter(({ name }) =>
			SERVICE_ACTIONS.some((action) => name === `service_${action}_command`),
		);
		if (!systemd.isPostgresRunning || postgresUnitOf(systemd) !== null || first === undefined) return [];
		return [
			{
				severity: "error",
				message: `PostgreSQL on ${quoted(node.registration)} runs outside of its unit, but its service commands use systemctl`,
				place: { file: conf.path, line: null },
				why: `"${first.command}" has no effect on a server that was started by pg_ctl: a stop does nothing and reports success, a start fails because the port is in use. A switchover leaves the old primary running.`,
				link: issue(125),
				change: [withNote(startInUnit(node, first.unit), "at a quiet moment")],
			},
		];
	},
);

/** POSTGRES_IN_REPMGRD_UNIT: repmgrd started the server by pg_ctl; systemd stops all processes of a unit together. */
export const postgresInRepmgrdUnit = nodeRule(
	"POSTGRES_IN_REPMGRD_UNIT",
	["systemd"],
	({ systemd }, node) => {
		const { postgresUnit, repmgrdUnit } = systemd;
		if (postgresUnit === null || (postgresUnit !== repmgrdUnit && !postgresUnit.startsWith("repmgr")))
			return [];
		return [
			{
				severity: "error",
				message: `PostgreSQL on ${quoted(node.registration)} runs in the unit of repmgrd, "${postgresUnit}"`,
				place: { file: `systemd unit ${postgresUnit}`, line: null },
				why: 'repmgrd restarted the server by pg_ctl, since no service commands are set. systemd treats it as a part of repmgrd: "systemctl stop" or "restart" of repmgrd stops PostgreSQL, too.',
				link: issue(125),
				change: [withNote(startInUnit(node, "postgresql.service"), "with its own unit, at a quiet moment")],
			},
		];
	},
);

function startInUnit(node: NodeSetup, unit: string) {
	const program = node.sources.host.value?.tools.get("pg_ctl") ?? "pg_ctl";
	const data = node.sources.privileged.value?.settings.get("data_directory")?.value ?? "DATA_DIRECTORY";
	const stop = ["runuser", "-u", ownerOf(node), "--", program, "-D", data, "-m", "fast", "stop"];
	return asRoot(node, stop, ["systemctl", "start", unit]);
}

/** The first user id of people (login.defs); systemd exempts system users. */
const FIRST_PERSON = 1000;

/** REMOVE_IPC: systemd-logind removes PostgreSQL's shared memory when its user logs out. The default is yes. */
export const removeIpc = nodeRule("REMOVE_IPC", ["host", "systemd"], ({ host }, node) => {
	if (host.userId === null || host.userId < FIRST_PERSON || host.removesIpc === false) return [];
	return [
		{
			severity: "warning",
			message: `systemd may remove the shared memory of PostgreSQL on ${quoted(node.registration)}`,
			place: { file: "/etc/systemd/logind.conf", line: null },
			why: `RemoveIPC is on, and ${host.user} (id ${host.userId}) is not a system user: when its last session ends, such as an SSH login of repmgr, systemd removes the shared memory of its processes, and the server crashes.`,
			link: postgresManual("kernel-resources#SYSTEMD-REMOVEIPC"),
			change: [
				{ title: `in /etc/systemd/logind.conf on ${hostOf(node)}, under [Login]`, text: "RemoveIPC=no" },
				{ title: `then, as root on ${hostOf(node)}`, text: "systemctl restart systemd-logind" },
			],
		},
	];
});
