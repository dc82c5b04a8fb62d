import { quoted } from "../../text/words.ts";
import { asPostgres, repmgrOn } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { nodeRule } from "../rule.ts";

/** REPMGR_CONF_INVALID: repmgr 5 reads its file by postgresql.conf's rules, and refuses one that does not follow them. */
export const repmgrConfInvalid = nodeRule("REPMGR_CONF_INVALID", ["conf"], ({ conf }, node) =>
	conf.problems.map(({ message, place }) => ({
		severity: "error",
		message,
		place,
		why: `repmgr commands on ${quoted(node.registration)} and a repmgrd that is started again refuse this file. A repmgrd that runs goes on with what it read before, so that the trouble shows at the next restart or failover.`,
		link: repmgrManual("configuration-file"),
		change: [
			{
				title: "the form of a line, text in single quotes",
				text: "name='value'",
			},
			asPostgres(node, repmgrOn(node, "node", "check")),
		],
	})),
);
