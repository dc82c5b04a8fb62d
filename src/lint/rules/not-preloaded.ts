import { quoted } from "../../text/words.ts";
import { editLine, restartServer, sqlOn } from "../changes.ts";
import { settingPlace } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** NOT_PRELOADED: repmgrd keeps its state in the server's shared memory, which needs a preloaded library. */
export const notPreloaded = nodeRule(
	"NOT_PRELOADED",
	["server", "privileged"],
	({ server, privileged }, node) => {
		const setting = privileged.settings.get("shared_preload_libraries");
		const libraries = (setting?.value ?? "").split(",").map((name) => name.trim().replaceAll('"', ""));
		if (setting === undefined || libraries.some((name) => name === "repmgr" || name.endsWith("/repmgr")))
			return [];
		const value = [...libraries.filter((name) => name !== ""), "repmgr"].join(", ");
		const inAutoConf = setting.place?.file.endsWith("postgresql.auto.conf");
		return [
			{
				severity: "error",
				message: `repmgr is not among the shared_preload_libraries of ${quoted(node.registration)}`,
				place: settingPlace(node, server, "shared_preload_libraries"),
				why: "repmgrd refuses to start on this node, and an election on another node does not count it.",
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [
					inAutoConf
						? sqlOn(node, `ALTER SYSTEM SET shared_preload_libraries = ${value};`)
						: editLine(
								node,
								settingPlace(node, server, "shared_preload_libraries"),
								`shared_preload_libraries = '${value}'`,
							),
					restartServer(node),
				],
			},
		];
	},
);
