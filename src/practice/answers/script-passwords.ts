import { lines, type ScriptCall } from "./script-call.ts";

/** Where every host of practice has its password file. */
export const PASSWORD_FILE = "/var/lib/postgresql/.pgpass";

/** PASSWORDS_SCRIPT: CONF OWN NAMES, then of each login WAY ID CONNINFO. Every server wants a password. */
export function passwordsOutput({ cluster, node, words }: ScriptCall): string {
	const logins = words.slice(3);
	const tries: string[] = [];
	for (let at = 0; at < logins.length; at += 3) {
		const [way = "", id = ""] = logins.slice(at, at + 2);
		const isAnswered = cluster.answers(node.nodeId, cluster.node(Number(id)));
		tries.push(`try ${way} ${id} ${isAnswered ? "0 yes " : "2 yes Connection refused"}`);
	}
	const isLeftOver = node.files.has("next-password");
	return lines([
		`file ${PASSWORD_FILE}`,
		"state usable",
		...(isLeftOver ? ["left over"] : []),
		...cluster.nodes.flatMap(({ name }) => [
			`line ${name}:5432:repmgr:repmgr:`,
			`line ${name}:5432:replication:repmgr:`,
		]),
		"primary ",
		"delay 0",
		...tries,
		"end",
	]);
}
