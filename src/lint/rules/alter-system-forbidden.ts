import { quoted } from "../../text/words.ts";
import { reloadServer, settingLine } from "../changes.ts";
import { isOn, settingOf, settingPlace } from "../conf.ts";
import { isDataNode, nodeRule, settingManual } from "../rule.ts";

/**
 * ALTER_SYSTEM_FORBIDDEN: repmgrd stops a walreceiver by ALTER SYSTEM SET wal_retrieve_retry_interval (disable_wal_receiver() in
 * dbutils.c), which PostgreSQL 17 and later refuse where allow_alter_system is off.
 */
export const alterSystemForbidden = nodeRule(
	"ALTER_SYSTEM_FORBIDDEN",
	["conf", "server"],
	({ conf, server }, node) => {
		const name = "allow_alter_system";
		if (!isDataNode(node) || settingOf(server, name) !== "off") return [];
		if (!isOn(conf, "standby_disconnect_on_failover")) return [];
		return [
			{
				severity: "error",
				message: `repmgrd on ${quoted(node.registration)} can't disconnect the standby before a failover: ${name} is off`,
				place: settingPlace(node, server, name),
				why: "standby_disconnect_on_failover makes repmgrd run ALTER SYSTEM, which the server refuses. Standbys may then receive more WAL during the election, and the wrong one may be promoted.",
				link: settingManual("compatible", name),
				change: [settingLine(node, server, name, "on"), reloadServer(node)],
			},
		];
	},
);
