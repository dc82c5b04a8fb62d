import { isPrimary, replaceRows, tablesOf, writeEvent, writeRows } from "../cluster/cluster.ts";
import { named, primarySeenBy } from "../cluster/members.ts";
import { startDaemon, stopDaemon } from "../cluster/repmgrd.ts";
import { startServer, stopServer } from "../cluster/server.ts";
import { notInPractice, optionOf, type Program, REPMGR_EXIT } from "./program.ts";
import { rejoin } from "./repmgr-rejoin.ts";
import { follow, isDryRun, promote, registerAs } from "./repmgr-standby.ts";
import { registerWitness, switchover } from "./repmgr-switchover.ts";

/** repmgr, by its two words. */
const COMMANDS: Readonly<Record<string, (program: Program) => Promise<number>>> = {
	"standby switchover": switchover,
	"standby promote": promote,
	"standby follow": follow,
	"node rejoin": rejoin,
	"node service": service,
	"daemon start": (program) => daemon(program, true),
	"daemon stop": (program) => daemon(program, false),
	"primary register": register,
	"standby register": register,
	"witness register": witnessRegister,
	"primary unregister": unregister,
	"standby unregister": unregister,
	"witness unregister": unregister,
	"cluster cleanup": cleanup,
};

/** Runs repmgr; while it runs, the host shows it. */
export async function repmgr(program: Program): Promise<number> {
	const { node, words, cluster } = program;
	// Options with a value come first: "-f FILE -h HOST".
	const isOption = (word = ""): boolean => /^-[fhpUd]$/.test(word);
	const [object = "", verb = ""] = words.filter(
		(word, index) => !isOption(word) && !isOption(words[index - 1]),
	);
	const name = `${object} ${verb}`;
	const command = COMMANDS[name];
	if (command === undefined) return notInPractice(program, `repmgr ${name}`);
	await cluster.sleep(100);
	node.commands.push(name);
	try {
		return await command(program);
	} finally {
		node.commands.splice(node.commands.indexOf(name), 1);
	}
}

async function service({ cluster, node, words, say }: Program): Promise<number> {
	const action = optionOf(words, "--action");
	say(`DETAIL: executing server command "${node.conf.get(`service_${action}_command`)}"`);
	if (node.server?.isFrozen && action !== "start") {
		say("ERROR: the server does not stop: systemctl waits for it");
		await cluster.sleep(90_000);
		return REPMGR_EXIT.badConfig;
	}
	if (action !== "start") await stopServer(cluster, node);
	if (action === "stop") return 0;
	const problem = node.isMasked
		? "Unit postgresql@15-main.service is masked."
		: await startServer(cluster, node);
	if (problem === null) return 0;
	say(`ERROR: ${problem}`);
	return REPMGR_EXIT.badConfig;
}

async function daemon({ cluster, node, say }: Program, isStarted: boolean): Promise<number> {
	const command = node.conf.get(`repmgrd_service_${isStarted ? "start" : "stop"}_command`);
	say(`NOTICE: executing: "${command}"`);
	await cluster.sleep(500);
	if (isStarted && node.server === null) {
		say("ERROR: unable to start repmgrd: PostgreSQL does not run");
		return REPMGR_EXIT.noConnection;
	}
	if (isStarted) startDaemon(cluster, node);
	else stopDaemon(cluster, node);
	say(`NOTICE: repmgrd was successfully ${isStarted ? "started" : "stopped"}`);
	return 0;
}

/** `primary register` and `standby register`, with or without -F. */
async function register(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const type = words.includes("primary") ? "primary" : "standby";
	// The first one of a cluster: until now its server had data of its own.
	const isFirst = type === "primary" && node.isWitness && tablesOf(node).rows.length === 0;
	const primary = isFirst && cluster.answers(node.nodeId, node) ? node : primarySeenBy(cluster, node);
	if (primary === null) {
		say("ERROR: unable to connect to the primary");
		return REPMGR_EXIT.noConnection;
	}
	if (type === "primary" && primary !== node) {
		say(`ERROR: there is another primary, ${named(primary)}`);
		return REPMGR_EXIT.badConfig;
	}
	if (isDryRun(program)) {
		say("INFO: all prerequisites for registration are met");
		return 0;
	}
	const upstreamId =
		type === "primary" ? null : Number(optionOf(words, "--upstream-node-id") ?? primary.nodeId);
	if (type === "primary") {
		writeRows(node, (row) =>
			row.type === "primary" && row.node_id !== node.nodeId ? { ...row, active: false } : row,
		);
	}
	if (isFirst) {
		node.isWitness = false;
		writeEvent(node, node, "cluster_created", "");
	}
	registerAs(primary, node, type, upstreamId);
	const details =
		type === "primary"
			? ""
			: `standby registration succeeded; upstream node ID is ${upstreamId}${isForced(words) ? " (-F/--force option was used)" : ""}`;
	writeEvent(primary, node, `${type}_register`, details);
	say(`NOTICE: ${type} node "${node.name}" (ID: ${node.nodeId}) successfully registered`);
	return 0;
}

const isForced = (words: readonly string[]): boolean => words.includes("-F") || words.includes("--force");

async function witnessRegister(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const primary = cluster.nodeAt(optionOf(words, "-h") ?? "");
	if (primary === null || !cluster.answers(node.nodeId, primary) || !isPrimary(primary)) {
		say("ERROR: unable to connect to the primary node");
		return REPMGR_EXIT.noConnection;
	}
	if (isDryRun(program)) {
		say("INFO: prerequisites for registering the witness node are met");
		return 0;
	}
	await cluster.sleep(400);
	registerWitness(node, primary);
	writeEvent(
		primary,
		node,
		"witness_register",
		`witness registration succeeded; upstream node ID is ${primary.nodeId}`,
	);
	say(`INFO: witness registration complete`);
	say(`NOTICE: witness node "${node.name}" (ID: ${node.nodeId}) successfully registered`);
	return 0;
}

async function unregister(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const nodeId = Number(optionOf(words, "--node-id"));
	const [type] = words.filter((word) => ["primary", "standby", "witness"].includes(word));
	const primary = primarySeenBy(cluster, node);
	if (primary === null) {
		say("ERROR: unable to connect to the primary");
		return REPMGR_EXIT.noConnection;
	}
	if (isDryRun(program)) {
		say("INFO: prerequisites for unregistering the node are met");
		return 0;
	}
	replaceRows(
		primary,
		tablesOf(primary).rows.filter((row) => row.node_id !== nodeId),
	);
	writeEvent(primary, cluster.node(nodeId), `${type}_unregister`, "");
	say(`INFO: ${type} unregistration complete`);
	return 0;
}

async function cleanup({ say }: Program): Promise<number> {
	say("NOTICE: no monitoring records to delete");
	return 0;
}
