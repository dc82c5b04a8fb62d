import { RENAMED_PARAMETERS } from "../../model/repmgr-conf.ts";
import { HIDDEN, type NodeSetup } from "../../model/setup.ts";
import { nearest } from "../../text/nearest.ts";
import { quoted } from "../../text/words.ts";
import { asPostgres, editLine, registerAgain, repmgrOn } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { CONNINFO_KEYWORDS, REPMGR_PARAMETERS } from "../repmgr-names.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** REPMGR_CONF_INVALID: repmgr 5 parses its file like postgresql.conf, and refuses one with a syntax error. */
export const repmgrConfInvalid = nodeRule("REPMGR_CONF_INVALID", ["conf"], ({ conf }, node) =>
	conf.problems.map(({ message, place }) => ({
		severity: "error",
		message,
		place,
		why: `repmgr commands on ${quoted(node.registration)} and a restarted repmgrd refuse this file. A running repmgrd keeps the values that it read before, so that the problem only shows at the next restart or failover.`,
		link: repmgrManual("configuration-file"),
		change: [
			{
				title: "the form of a line, with text in single quotes",
				text: "name='value'",
			},
			asPostgres(node, repmgrOn(node, "node", "check")),
		],
	})),
);

/** REPMGR_CONF_INCOMPLETE: one of the four required settings is missing or empty. */
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

/** The required settings, with the values known for the node. */
function required({ registration, sources }: NodeSetup): ReadonlyMap<string, string> {
	return new Map([
		["node_id", String(registration.nodeId)],
		["node_name", registration.nodeName],
		["conninfo", registration.conninfo],
		["data_directory", sources.privileged.value?.settings.get("data_directory")?.value ?? ""],
	]);
}

/** REPMGR_CONF_UNKNOWN_PARAMETER: repmgr warns about an unknown name, ignores it, and uses the default. */
export const repmgrConfUnknownParameter = nodeRule(
	"REPMGR_CONF_UNKNOWN_PARAMETER",
	["conf"],
	({ conf }, node, setup) =>
		conf.entries
			.filter(({ name }) => !REPMGR_PARAMETERS.has(name))
			.map(({ name, value, place }) => {
				const isKeyword = CONNINFO_KEYWORDS.has(name);
				const meant = RENAMED_PARAMETERS.has(name)
					? RENAMED_PARAMETERS.get(name)
					: nearest(name, REPMGR_PARAMETERS);
				const shown = value === HIDDEN ? "…" : value;
				return {
					severity: "warning",
					message: `repmgr.conf has a parameter "${name}" that repmgr does not know`,
					place,
					why: `repmgr ignores the line and uses the default${isKeyword ? ": it is a keyword of conninfo and belongs there" : meant ? `; "${meant}" may be meant` : ""}. Names are case-sensitive.`,
					link: repmgrManual("configuration-file"),
					change: isKeyword
						? [
								editLine(node, place, `# ${name}`),
								{ title: "into conninfo, within its quotes", text: `${name}=${shown}` },
								registerAgain(node, setup),
							]
						: [editLine(node, place, meant ? `${meant}='${shown}'` : `# ${name}`)],
				};
			}),
);
