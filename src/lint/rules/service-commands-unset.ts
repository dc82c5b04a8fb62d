import { listed, quoted } from "../../text/words.ts";
import { confLine, sudoers } from "../changes.ts";
import { confValue } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";
import { postgresUnitOf, SERVICE_ACTIONS } from "../services.ts";

/** SERVICE_COMMANDS_UNSET: repmgr falls back to pg_ctl, of which systemd knows nothing. */
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
				why: 'repmgr then uses pg_ctl. systemd takes a server that was stopped so for failed and may start it again, and knows nothing of one that was started so: the next "systemctl restart" or reboot goes wrong.',
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
