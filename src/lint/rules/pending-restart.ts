import { quoted } from "../../text/words.ts";
import { restartServer } from "../changes.ts";
import { postgresManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

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
