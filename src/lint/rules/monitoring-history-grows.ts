import { formatBytes } from "../../text/format.ts";
import { quoted } from "../../text/words.ts";
import { asPostgres, repmgrOn } from "../changes.ts";
import { isOn, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

const LARGE_BYTES = 100 * 1024 ** 2;

/** MONITORING_HISTORY_GROWS: repmgrd writes a row per standby and interval, and never deletes one. */
export const monitoringHistoryGrows = nodeRule(
	"MONITORING_HISTORY_GROWS",
	["conf", "server"],
	({ conf, server }, node) => {
		const bytes = server.monitoringHistoryBytes ?? 0;
		if (!isOn(conf, "monitoring_history") || bytes < LARGE_BYTES) return [];
		return [
			{
				severity: "warning",
				message: `repmgr.monitoring_history has grown to ${formatBytes(bytes)} on ${quoted(node.registration)}`,
				place: placeOf(conf, "monitoring_history"),
				why: "repmgrd adds a row for each standby every few seconds, and nothing deletes them automatically.",
				link: repmgrManual("repmgr-cluster-cleanup"),
				change: [
					{
						...asPostgres(node, repmgrOn(node, "cluster", "cleanup", "--keep-history=30")),
						title: "from cron, as postgres",
					},
				],
			},
		];
	},
);
