import { quoted } from "../../text/words.ts";
import { confLine, sudoers } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { issue } from "../links.ts";
import { nodeRule } from "../rule.ts";
import { unitCommandsOf } from "../services.ts";

/** SERVICE_COMMAND_WITHOUT_SUDO: systemd lets root alone start and stop units; polkit may say otherwise, which is not looked into. */
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
				why: `repmgr runs it as ${host.user}. Unless polkit has a rule for that, systemd answers "Interactive authentication required", and a switchover, follow or rejoin fails half way.`,
				link: issue(326),
				change: [
					confLine(node, conf, name, `sudo ${command}`),
					sudoers(node, [command.replace(/^systemctl/, "/usr/bin/systemctl")]),
				],
			})),
);
