import { listed, quoted } from "../../text/words.ts";
import { confLine } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { isDataNode, issue, nodeRule } from "../rule.ts";

/** TOOLS_NOT_FOUND: a program that repmgr needs is neither in pg_bindir nor in the PATH of a command over SSH. */
export const toolsNotFound = nodeRule("TOOLS_NOT_FOUND", ["conf", "host"], ({ conf, host }, node) => {
	const missing = [...host.tools].flatMap(([tool, path]) => (path === null ? [tool] : []));
	if (missing.length === 0 || !isDataNode(node)) return [];
	const directory = confValue(conf, "pg_bindir");
	return [
		{
			severity: "error",
			message: `repmgr on ${quoted(node.registration)} can't find ${listed(missing)}`,
			place: placeOf(conf, "pg_bindir"),
			why:
				directory === ""
					? "pg_bindir is not set, and the PATH without a login shell has no such program. A switchover or rejoin that needs it fails half way."
					: `pg_bindir is "${directory}", which has no such program. A switchover or rejoin that needs it fails half way.`,
			link: issue(265),
			change: host.binaryDirectory === null ? [] : [confLine(node, conf, "pg_bindir", host.binaryDirectory)],
		},
	];
});
