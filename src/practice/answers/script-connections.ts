import { knownLine } from "../../model/log-lines.ts";
import { LOGGED_IN } from "../../probe/crosscheck/script.ts";
import { BIN } from "../cluster/host.ts";
import { acceptsKey, hasPassword, knowsHost } from "../cluster/host-files.ts";
import { loginProblem } from "../cluster/login.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { lines, type ScriptCall } from "./script-call.ts";

const FILES = {
	postgresql: "/var/log/postgresql/postgresql-15-main.log",
	repmgrd: "/var/log/postgresql/repmgrd.log",
} as const;
/** Lines of a log that are shown at the first look. */
const MOST_LINES = 300;

/** LOG_SCRIPT: CONF BYTES LINES, then of each log FILE INODE OFFSET CURSOR. An offset counts lines here. */
export function logOutput({ node, words }: ScriptCall): string {
	return lines([
		...(["postgresql", "repmgrd"] as const).flatMap((name, index) => {
			const log = node.logs[name];
			const offset = words[5 + 4 * index] ?? "";
			const from = offset === "" ? Math.max(0, log.length - MOST_LINES) : Number(offset);
			return [
				`log ${name} file ${FILES[name]}`,
				...(offset === "" ? ["first"] : []),
				...log.slice(from).map((line) => `|${line}`),
				`to ${1_736_870 + 10 * node.nodeId + index} ${log.length}`,
			];
		}),
		"end",
	]);
}

/** FOUND_LINES_SCRIPT: CONF FROM TO DAYS. */
export function foundLinesOutput({ node }: ScriptCall): string {
	return lines([
		...(["postgresql", "repmgrd"] as const).flatMap((name) => {
			const found = node.logs[name].flatMap((line) => {
				const [, time] = /^\[?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)/.exec(line) ?? [];
				const at = Date.parse(`${time?.replace(" ", "T")}Z`);
				return knownLine(name, line) === null || Number.isNaN(at) ? [] : [{ at, line }];
			});
			return [
				`log ${name} file ${FILES[name]}`,
				...found.map(({ at }) => `at ${(at / 1000).toFixed(3)}`),
				...found.map(({ line }) => `|${line}`),
			];
		}),
		"log kernel journal",
		"end",
	]);
}

/** CROSSCHECK_SCRIPT: CONF PROBE REMOTE, then of each destination ID HOST CONNINFO. */
export async function crosscheckOutput({ cluster, node, words }: ScriptCall): Promise<string> {
	await new Promise((resolve) => setTimeout(resolve, 300));
	const destinations = words.slice(3);
	const results: string[] = [];
	for (let at = 0; at < destinations.length; at += 3) {
		const [id = "", host = "", conninfo = ""] = destinations.slice(at, at + 3);
		const target = cluster.node(Number(id));
		const isReached = cluster.reaches(node.nodeId, target.nodeId);
		if (conninfo !== "") results.push(`sql ${id} ${sqlResult({ cluster, node }, target, conninfo)}`);
		if (host !== "")
			results.push(
				isReached
					? `ssh ${id} ${sshResult(node, target, host)}`
					: `ssh ${id} 255 2000 ssh: connect to host ${host} port 22: Connection timed out`,
			);
	}
	return lines([
		`psql ${BIN}psql`,
		"repmgr /usr/bin/repmgr",
		"option -o",
		"option ConnectTimeout=5",
		"ready",
		...results,
	]);
}

function sqlResult(
	{ cluster, node }: Pick<ScriptCall, "cluster" | "node">,
	target: PracticeNode,
	conninfo: string,
): string {
	const { host, address } = target;
	const at = `psql: error: connection to server at "${host}" (${address}), port 5432 failed:`;
	if (!cluster.reaches(node.nodeId, target.nodeId)) return `2 2000 ${at} timeout expired`;
	if (!cluster.answers(node.nodeId, target)) return `2 120 ${at} Connection refused`;
	const [, user = ""] = /\buser=(\S+)/.exec(conninfo) ?? [];
	const [, database = ""] = /\bdbname=(\S+)/.exec(conninfo) ?? [];
	const login = { address: node.address, database, user };
	const problem = loginProblem(target, { ...login, hasPassword: hasPassword(node, host, database, user) });
	return problem === null ? "0 240 1" : `2 120 ${at} ${problem}`;
}

/** As postgres logs in to another host: with its key, and knowing that host's. */
function sshResult(node: PracticeNode, target: PracticeNode, host: string): string {
	if (!knowsHost(node, target)) return "255 300 Host key verification failed.";
	if (!acceptsKey(target, node)) return `255 300 postgres@${host}: Permission denied (publickey).`;
	return `0 310 ${LOGGED_IN}\t/usr/bin/repmgr`;
}
