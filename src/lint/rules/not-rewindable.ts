import { quoted } from "../../text/words.ts";
import { restartServer, settingLine } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { isDataNode, nodeRule, repmgrManual } from "../rule.ts";

/** NOT_REWINDABLE: pg_rewind needs full_page_writes, and wal_log_hints or data checksums. */
export const notRewindable = nodeRule("NOT_REWINDABLE", ["server"], ({ server }, node) => {
	if (!isDataNode(node)) return [];
	const isOn = (name: string): boolean => settingOf(server, name) === "on";
	const lacksHints = !isOn("wal_log_hints") && !isOn("data_checksums");
	const name = lacksHints ? "wal_log_hints" : "full_page_writes";
	if (!lacksHints && isOn("full_page_writes")) return [];
	return [
		{
			severity: "warning",
			message: `${quoted(node.registration)} can't be rewound`,
			place: settingPlace(node, server, name),
			why: `${lacksHints ? "wal_log_hints and data checksums are both off" : "full_page_writes is off"}, so pg_rewind refuses. If this node has to rejoin after a failover, it may have to be cloned again, however big it is.`,
			link: repmgrManual("repmgr-node-rejoin"),
			change: [settingLine(node, server, name, "on"), ...(lacksHints ? [restartServer(node)] : [])],
		},
	];
});
