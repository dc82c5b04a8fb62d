import { quoted } from "../../text/words.ts";
import { reloadServer, restartServer } from "../changes.ts";
import { nodeRule, postgresManual } from "../rule.ts";

/** CONFIG_FILE_ERROR: a running server ignores the change, and a server can't start with such a line. */
export const configFileError = nodeRule("CONFIG_FILE_ERROR", ["fileErrors"], ({ fileErrors }, node) =>
	fileErrors.map(({ name, message, place }) => ({
		severity: "error",
		message: `${name === "" ? "a line" : name} in a configuration file of ${quoted(node.registration)} is wrong: ${message}`,
		place,
		why: "The running server keeps its old value. At the next start, such as the one in a switchover or rejoin, it refuses to come up.",
		link: postgresManual("view-pg-file-settings"),
		change: [reloadServer(node)],
	})),
);

/** PENDING_RESTART: the server's value differs from the file's until the next restart. */
export const pendingRestart = nodeRule("PENDING_RESTART", ["privileged"], ({ privileged }, node) =>
	privileged.pendingRestart.map(({ name, place }) => ({
		severity: "warning",
		message: `a change of ${name} on ${quoted(node.registration)} needs a restart`,
		place,
		why: "The server runs with the old value and takes the new one at an unplanned moment, such as a restart in a switchover. Other results here are about the value in force.",
		link: postgresManual("view-pg-settings"),
		change: [restartServer(node)],
	})),
);
