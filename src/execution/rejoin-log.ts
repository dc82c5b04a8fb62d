import { sanitiseText } from "../cluster/sanitise.ts";
import { type Host, runScript } from "./host.ts";
import { REJOIN_LOG_SCRIPT } from "./remote-scripts.ts";

/** What `repmgr node rejoin` logged on a host since then (epoch ms, by our clock); null where there is nothing. */
export async function fetchRejoinLog(host: Host, since: number, redact: (text: string) => string) {
	// A minute for the distance of two clocks: a log of the run before last is older than that.
	const outcome = await runScript(host, REJOIN_LOG_SCRIPT, [String(Math.floor(since / 1000) - 60)]);
	const [path = "", base64 = ""] = outcome.value?.split("\n") ?? [];
	if (path === "") return null;
	const text = redact(Buffer.from(base64, "base64").toString("utf8"));
	return {
		nodeId: host.nodeId,
		path: sanitiseText(path),
		text: text.split("\n").map(sanitiseText).join("\n"),
	};
}
