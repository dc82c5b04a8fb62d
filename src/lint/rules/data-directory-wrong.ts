import { quoted } from "../../text/words.ts";
import { confLine, registerAgain } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { issue, nodeRule } from "../rule.ts";

/** DATA_DIRECTORY_WRONG: repmgr uses another directory than PostgreSQL (symbolic links are resolved). */
export const dataDirectoryWrong = nodeRule(
	"DATA_DIRECTORY_WRONG",
	["conf", "privileged", "host"],
	({ conf, privileged, host }, node, setup) => {
		const configured = confValue(conf, "data_directory");
		const actual = privileged.settings.get("data_directory")?.value ?? "";
		if (configured === "" || actual === "" || configured.replace(/\/+$/, "") === actual) return [];
		if (host.realConfDirectory !== null && host.realConfDirectory === host.realDataDirectory) return [];
		return [
			{
				severity: "error",
				message: `data_directory of ${quoted(node.registration)} is not PostgreSQL's data directory`,
				place: placeOf(conf, "data_directory"),
				why: `repmgr.conf says "${configured}", the server "${actual}". A switchover fails its checks; a rejoin or a clone would use the wrong directory.`,
				link: issue(523),
				change: [confLine(node, conf, "data_directory", actual), registerAgain(node, setup)],
			},
		];
	},
);
