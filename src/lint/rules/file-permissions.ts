import { listed, quoted } from "../../text/words.ts";
import { asRoot, sqlOn, withNote } from "../changes.ts";
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

/** AUTO_CONF_QUOTES: modify_auto_conf() in repmgr's configfile.c writes all settings again, and escapes nothing. */
export const autoConfQuotes = nodeRule("AUTO_CONF_QUOTES", ["host"], ({ host }, node) => {
	const { autoConf, damagedByRepmgr: damaged } = host;
	if (damaged.length === 0 || autoConf === null) return [];
	return [
		{
			severity: "error",
			message: `repmgr would damage ${listed(damaged)} in postgresql.auto.conf on ${quoted(node.registration)}`,
			place: { file: autoConf.path, line: null },
			why: "A value there has a quote or backslash. With each follow, rejoin and clone, repmgrd's own after a failover included, repmgr writes the file again without escaping them: the server then neither starts nor reloads.",
			link: repmgrManual("repmgr-standby-follow"),
			change: [
				withNote(
					sqlOn(node, damaged.map((name) => `ALTER SYSTEM RESET ${name};`).join(" ")),
					"once the same is set in postgresql.conf",
				),
			],
		},
	];
});
