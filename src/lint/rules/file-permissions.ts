import { quoted } from "../../text/words.ts";
import { asRoot } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** LOG_FILE: repmgrd, and repmgr with --log-to-file, exit with an error if they can't open it (log.c). */
export const logFile = nodeRule("LOG_FILE", ["conf", "host"], ({ conf, host }, node) => {
	const path = host.unwritableLog;
	if (path === null) return [];
	return [
		{
			severity: "error",
			message: `log_file of ${quoted(node.registration)} can't be written: ${path}`,
			place: placeOf(conf, "log_file"),
			why: `${host.user} may not write there. repmgrd does not start then, and a promote_command or follow_command with --log-to-file exits before it does anything.`,
			link: repmgrManual("configuration-file-log-settings"),
			change: [asRoot(node, ["touch", path], ["chown", host.user, path])],
		},
	];
});

/** AUTO_CONF_OWNER: repmgr and ALTER SYSTEM rewrite postgresql.auto.conf as the owner of the data directory. */
export const autoConfOwner = nodeRule("AUTO_CONF_OWNER", ["host"], ({ host }, node) => {
	const { autoConf, dataDirectory } = host;
	if (autoConf === null || dataDirectory === null || autoConf.owner === dataDirectory.owner) return [];
	return [
		{
			severity: "error",
			message: `postgresql.auto.conf on ${quoted(node.registration)} belongs to ${autoConf.owner}`,
			place: { file: autoConf.path, line: null },
			why: `repmgr writes primary_conninfo there as ${dataDirectory.owner}: a switchover refuses to start, a follow or rejoin fails.`,
			link: repmgrManual("repmgr-node-check"),
			change: [asRoot(node, ["chown", `${dataDirectory.owner}:`, autoConf.path])],
		},
	];
});
