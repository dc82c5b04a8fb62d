import { quoted } from "../../text/words.ts";
import { asRoot } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** LOG_FILE: repmgrd, and repmgr with --log-to-file, end with an error where they can't open it (log.c). */
export const logFile = nodeRule("LOG_FILE", ["conf", "host"], ({ conf, host }, node) => {
	const path = host.unwritableLog;
	if (path === null) return [];
	return [
		{
			severity: "error",
			message: `log_file of ${quoted(node.registration)} can't be written: ${path}`,
			place: placeOf(conf, "log_file"),
			why: `${host.user} may not write there. repmgrd does not start then, and a promote_command or follow_command with --log-to-file ends before it does anything.`,
			link: repmgrManual("configuration-file-log-settings"),
			change: [asRoot(node, ["touch", path], ["chown", host.user, path])],
		},
	];
});
