import { quoted } from "../../text/words.ts";
import { reloadServer } from "../changes.ts";
import { postgresManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

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
