import { RENAMED_PARAMETERS } from "../../model/repmgr-conf.ts";
import { HIDDEN, type NodeSetup } from "../../model/setup.ts";
import { nearest } from "../../text/nearest.ts";
import { quoted } from "../../text/words.ts";
import { asPostgres, editLine, registerAgain, repmgrOn } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { CONNINFO_KEYWORDS, PARAMETER_SINCE, REPMGR_PARAMETERS } from "../repmgr-names.ts";
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

/** REPMGR_CONF_NEWER_PARAMETER: repmgr ignores what a later version brought; told by the extension, which is never newer. */
export const repmgrConfNewerParameter = nodeRule(
	"REPMGR_CONF_NEWER_PARAMETER",
	["conf", "server"],
	({ conf, server: { repmgrVersion } }, node) =>
		conf.entries.flatMap(({ name, place }) => {
			const since = PARAMETER_SINCE.get(name);
			if (since === undefined || repmgrVersion === null || !isBefore(repmgrVersion, since)) return [];
			return [
				{
					severity: "warning",
					message: `repmgr.conf has ${name}, which repmgr knows since ${since}, and ${quoted(node.registration)} has repmgr ${repmgrVersion}`,
					place,
					why: "This repmgr ignores the line. If a newer package is installed, the extension was not updated after that: ALTER EXTENSION repmgr UPDATE, on the primary.",
					link: repmgrManual("appendix-release-notes"),
					change: [editLine(node, place, `# ${name}`)],
				},
			];
		}),
);

/** By major and minor version, the only numbers that an extension's version has. */
function isBefore(version: string, since: string): boolean {
	const [major = 0, minor = 0] = version.split(".").map(Number);
	const [sinceMajor = 0, sinceMinor = 0] = since.split(".").map(Number);
	return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
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
