import { quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { issue, nodeRule } from "../rule.ts";

const COMMANDS = ["start", "stop", "restart", "reload"].map((action) => `service_${action}_command`);

/** CONFIG_DIRECTORY: postgresql.conf is outside of the data directory (Debian), and config_directory is missing or wrong. */
export const configDirectory = nodeRule(
	"CONFIG_DIRECTORY",
	["conf", "privileged"],
	({ conf, privileged }, node) => {
		const data = privileged.settings.get("data_directory")?.value ?? "";
		const file = privileged.settings.get("config_file")?.value ?? "";
		const actual = file.slice(0, file.lastIndexOf("/"));
		const configured = confValue(conf, "config_directory").replace(/\/+$/, "");
		if (file === "" || actual === data || configured === actual) return [];
		const usesPgCtl = COMMANDS.some((name) => confValue(conf, name) === "");
		return [
			{
				severity: configured !== "" ? "error" : usesPgCtl ? "warning" : "notice",
				message:
					configured === ""
						? `config_directory of ${quoted(node.registration)} is not set, though postgresql.conf is in "${actual}"`
						: `config_directory of ${quoted(node.registration)} is not the directory of postgresql.conf`,
				place: placeOf(conf, "config_directory"),
				why: "pg_ctl, which repmgr uses where no service command is set, finds no postgresql.conf in the data directory and fails to start the server.",
				link: issue(367),
				change: [confLine(node, conf, "config_directory", actual)],
			},
		];
	},
);
