import { listed, quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { confValue } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";
import { repmgrdUnitOf } from "../services.ts";

/** REPMGRD_COMMANDS_UNSET: "repmgr daemon start" and "stop" refuse without them. */
export const repmgrdCommandsUnset = nodeRule(
	"REPMGRD_COMMANDS_UNSET",
	["conf", "systemd"],
	({ conf, systemd }, node) => {
		const unit = repmgrdUnitOf(systemd)?.name.replace(/\.service$/, "");
		const unset = (["start", "stop"] as const).filter(
			(action) => confValue(conf, `repmgrd_service_${action}_command`) === "",
		);
		if (unset.length === 0) return [];
		const names = unset.map((action) => `repmgrd_service_${action}_command`);
		return [
			{
				severity: "notice",
				message: `${listed(names)} of ${quoted(node.registration)} ${names.length === 1 ? "is" : "are"} not set`,
				place: { file: conf.path, line: null },
				why: '"repmgr daemon start" and "repmgr daemon stop" do nothing without them.',
				link: repmgrManual("repmgrd-basic-configuration"),
				change:
					unit === undefined
						? []
						: unset.map((action) =>
								confLine(
									node,
									conf,
									`repmgrd_service_${action}_command`,
									`sudo /usr/bin/systemctl ${action} ${unit}`,
								),
							),
			},
		];
	},
);
