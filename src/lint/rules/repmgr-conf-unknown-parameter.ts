import { RENAMED_PARAMETERS } from "../../model/renamed-parameters.ts";
import { HIDDEN } from "../../model/setup.ts";
import { nearest } from "../../text/nearest.ts";
import { editLine, registerAgain } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { CONNINFO_KEYWORDS, REPMGR_PARAMETERS } from "../parameters.ts";
import { nodeRule } from "../rule.ts";

/** REPMGR_CONF_UNKNOWN_PARAMETER: repmgr warns once about a name it does not know, ignores it, and takes the default. */
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
					why: `repmgr ignores the line and takes the default${isKeyword ? ": it is a keyword of conninfo and belongs there" : meant ? `; "${meant}" may be meant` : ""}. Names are case-sensitive.`,
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
