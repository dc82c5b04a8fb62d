import { quoted } from "../../text/words.ts";
import { asRoot } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** AUTO_CONF_OWNER: repmgr and ALTER SYSTEM rewrite postgresql.auto.conf as the owner of the data directory. */
export const autoConfOwner = nodeRule("AUTO_CONF_OWNER", ["host"], ({ host }, node) => {
	const { autoConf, dataDirectory } = host;
	if (autoConf === null || dataDirectory === null || autoConf.owner === dataDirectory.owner) return [];
	return [
		{
			severity: "error",
			message: `postgresql.auto.conf on ${quoted(node.registration)} belongs to ${autoConf.owner}`,
			place: { file: autoConf.path, line: null },
			why: `repmgr writes primary_conninfo there as ${dataDirectory.owner}: a switchover refuses to begin, a follow or rejoin fails.`,
			link: repmgrManual("repmgr-node-check"),
			change: [asRoot(node, ["chown", `${dataDirectory.owner}:`, autoConf.path])],
		},
	];
});
