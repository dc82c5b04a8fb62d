import { quoted } from "../../cluster/words.ts";
import { issue } from "../links.ts";
import { hostOf, nodeRule } from "../rule.ts";
import { SERVICE_ACTIONS, unitCommandsOf } from "../services.ts";

/** POSTGRES_OUTSIDE_SYSTEMD: the server was started by pg_ctl, so that the service commands do not reach it. */
export const postgresOutsideSystemd = nodeRule(
	"POSTGRES_OUTSIDE_SYSTEMD",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const commands = unitCommandsOf(conf).filter(({ name }) =>
			SERVICE_ACTIONS.some((action) => name === `service_${action}_command`),
		);
		const [first] = commands;
		if (!systemd.isPostgresRunning || systemd.postgresUnit !== null || first === undefined) return [];
		return [
			{
				severity: "error",
				message: `PostgreSQL on ${quoted(node.registration)} runs outside of systemd, but its service commands use systemctl`,
				place: { file: conf.path, line: null },
				why: `"${first.command}" does not reach a server that was started by pg_ctl: a stop does nothing and says it succeeded, a start fails as the port is taken. A switchover leaves the old primary running.`,
				link: issue(125),
				change: [
					{
						title: `as root on ${hostOf(node)}, at a quiet moment`,
						text: `runuser -u postgres -- ${node.sources.host.value?.tools.get("pg_ctl") ?? "pg_ctl"} -D ${node.sources.privileged.value?.settings.get("data_directory")?.value ?? "DATA_DIRECTORY"} -m fast stop && systemctl start ${first.unit}`,
					},
				],
			},
		];
	},
);
