import { nearest } from "../../cluster/nearest.ts";
import { HIDDEN } from "../../cluster/setup.ts";
import { editLine } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { RENAMED, REPMGR_PARAMETERS } from "../parameters.ts";
import { nodeRule } from "../rule.ts";

/** REPMGR_CONF_UNKNOWN_PARAMETER: repmgr warns once about a name it does not know, ignores it, and takes the default. */
export const repmgrConfUnknownParameter = nodeRule(
	"REPMGR_CONF_UNKNOWN_PARAMETER",
	["conf"],
	({ conf }, node) =>
		conf.entries
			.filter(({ name }) => !REPMGR_PARAMETERS.has(name))
			.map(({ name, value, place }) => {
				const meant = RENAMED.has(name) ? RENAMED.get(name) : nearest(name, REPMGR_PARAMETERS);
				const text = meant ? `${meant}='${value === HIDDEN ? "…" : value}'` : "";
				return {
					severity: "warning",
					message: `repmgr.conf has a parameter "${name}" that repmgr does not know`,
					place,
					why: `repmgr ignores the line and takes the default${meant ? `; "${meant}" may be meant` : ""}. Names are case-sensitive.`,
					link: repmgrManual("configuration-file"),
					change: [editLine(node, place, text === "" ? `# ${name}` : text)],
				};
			}),
);
