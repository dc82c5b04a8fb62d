import type { NodeSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { editLine } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** REPMGR_CONF_INCOMPLETE: one of the four settings without which repmgr does nothing is missing or empty. */
export const repmgrConfIncomplete = nodeRule("REPMGR_CONF_INCOMPLETE", ["conf"], ({ conf }, node) =>
	conf.problems.length > 0
		? []
		: [...required(node)]
				.filter(([name]) => confValue(conf, name) === "")
				.map(([name, value]) => ({
					severity: "error",
					message: `repmgr.conf of ${quoted(node.registration)} does not set ${name}`,
					place: placeOf(conf, name),
					why: "repmgr and repmgrd refuse a file without it.",
					link: repmgrManual("configuration-file-settings"),
					change: [editLine(node, placeOf(conf, name), `${name}='${value}'`)],
				})),
);

/** With the values that are known of the node. */
function required({ registration, sources }: NodeSetup): ReadonlyMap<string, string> {
	return new Map([
		["node_id", String(registration.nodeId)],
		["node_name", registration.nodeName],
		["conninfo", registration.conninfo],
		["data_directory", sources.privileged.value?.settings.get("data_directory")?.value ?? ""],
	]);
}
