import type { RunState } from "../operation/run/run-state.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { runScript } from "./host.ts";
import type { RemoteRun } from "./remote-run.ts";
import { MOST_LOG_BYTES, REJOIN_LOG_SCRIPT } from "./remote-scripts.ts";

const CUT = `(only its first ${MOST_LOG_BYTES} bytes were read)\n`;

/** What `repmgr node rejoin` logged on the host of a step's command since that began; null where there is nothing. */
export async function fetchRejoinLog(
	{ host, operationId, key }: RemoteRun,
	redact: (text: string) => string,
): Promise<RunState["rejoinLogs"][number] | null> {
	const outcome = await runScript(host, REJOIN_LOG_SCRIPT, [operationId, key]);
	const [path = "", base64 = ""] = outcome.value?.split("\n") ?? [];
	if (path === "") return null;
	const bytes = Buffer.from(base64, "base64");
	const log = bytes.toString("utf8");
	// Whole lines: half a secret is not known as one.
	const text = redact(log.slice(0, log.lastIndexOf("\n") + 1));
	return {
		nodeId: host.nodeId,
		path: sanitiseText(path),
		text: text.split("\n").map(sanitiseText).join("\n") + (bytes.length < MOST_LOG_BYTES ? "" : CUT),
	};
}
