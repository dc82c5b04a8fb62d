import { quoted } from "../../text/words.ts";
import { postgresManual } from "../links.ts";
import { hostOf, nodeRule } from "../rule.ts";

/** From here on users are people's (login.defs); systemd spares those below. */
const FIRST_PERSON = 1000;

/** REMOVE_IPC: systemd-logind removes PostgreSQL's shared memory when its user logs out. The default is yes. */
export const removeIpc = nodeRule("REMOVE_IPC", ["host", "systemd"], ({ host }, node) => {
	if (host.userId === null || host.userId < FIRST_PERSON || host.removesIpc === false) return [];
	return [
		{
			severity: "warning",
			message: `systemd may remove the shared memory of PostgreSQL on ${quoted(node.registration)}`,
			place: { file: "/etc/systemd/logind.conf", line: null },
			why: `RemoveIPC is on, and ${host.user} (id ${host.userId}) is no system user: when its last session ends, such as an SSH login of repmgr, systemd removes the shared memory of its processes, and the server crashes.`,
			link: postgresManual("kernel-resources#SYSTEMD-REMOVEIPC"),
			change: [
				{ title: `in /etc/systemd/logind.conf on ${hostOf(node)}, under [Login]`, text: "RemoveIPC=no" },
				{ title: `then, as root on ${hostOf(node)}`, text: "systemctl restart systemd-logind" },
			],
		},
	];
});
