import type { Plan, Step } from "../operation/plan/plan.ts";
import { shellWords } from "../text/shell.ts";
import { quoted } from "../text/words.ts";

/** 'on "node2", as postgres: repmgr …', to be read and copied. */
export function commandLine(
	{ command, by }: Pick<Step, "command" | "by">,
	{ nodes }: Pick<Plan, "nodes">,
): string {
	if (by === "this console") return "by this console; nothing is run on a host";
	const node = nodes.find(({ nodeId }) => nodeId === command.nodeId);
	const where = node === undefined ? `node ${command.nodeId}` : quoted(node);
	return `on ${where}, as ${command.user}: ${shellWords(command.argv)}`;
}
