import { quoted } from "../../text/words.ts";
import { reloadServer, restartServer } from "../changes.ts";
import { nodeRule, postgresManual } from "../rule.ts";

/** CONFIG_FILE_ERROR: with such a line a server that runs ignores the change, and one that is started refuses. */
export const configFileError = nodeRule("CONFIG_FILE_ERROR", ["fileErrors"], ({ fileErrors }, node) =>
	fileErrors.map(({ name, message, place }) => ({
		severity: "error",
		message: `${name === "" ? "a line" : name} in a configuration file of ${quoted(node.registration)} is wrong: ${message}`,
		place,
		why: "The server goes on with what it had before. At the next start, such as the one in a failover or rejoin, it refuses to come up.",
		link: postgresManual("view-pg-file-settings"),
		change: [reloadServer(node)],
	})),
);

/** PENDING_RESTART: the file says one thing, the server still does another; the next restart, maybe a failover's, changes it. */
export const pendingRestart = nodeRule("PENDING_RESTART", ["privileged"], ({ privileged }, node) =>
	privileged.pendingRestart.map(({ name, place }) => ({
		severity: "warning",
		message: `a change of ${name} on ${quoted(node.registration)} waits for a restart`,
		place,
		why: "The server runs with the old value, and takes the new one at a moment that nobody chose, such as the restart in a failover. Other results here judge the value that is in force.",
		link: postgresManual("view-pg-settings"),
		change: [restartServer(node)],
	})),
);
