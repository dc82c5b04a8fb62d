import type { Cluster } from "../cluster/cluster.ts";
import { CONF_FILE, COPIED_A_SECOND, DATA_DIRECTORY } from "../cluster/host.ts";
import { startServer, stopServer } from "../cluster/server.ts";
import type { CopyState, DataDirectory, PracticeNode } from "../cluster/state.ts";
import { optionOf, type Program, REPMGR_EXIT } from "./program.ts";

const TURN_MS = 250;
/** END_SCRIPT looks so often whether the new server streams. */
const LOOKS = 20;

type Then = (argv: readonly string[]) => Promise<number>;

/** The node that is copied; null: it does not answer. */
function sourceOf({ cluster, node, words, say }: Program): PracticeNode | null {
	const id = Number(optionOf(words, "--upstream-node-id"));
	const source = cluster.nodes.find(({ nodeId }) => nodeId === id);
	if (source !== undefined && cluster.answers(node.nodeId, source)) {
		say("INFO: connecting to source node");
		say(`DETAIL: current installation size is ${source.data.databaseBytes / 1024 ** 2} MB`);
		return source;
	}
	say("ERROR: connection to the source node failed");
	return null;
}

/** DRY_RUN_SCRIPT: DATA CONF OPTIONS LINKS MORE, then repmgr and its words. */
export async function dryRunClone(program: Program): Promise<number> {
	const { cluster, say } = program;
	await cluster.sleep(600);
	say(`NOTICE: destination directory "${DATA_DIRECTORY}.repmgr-console/new" provided`);
	if (sourceOf(program) === null) return REPMGR_EXIT.noConnection;
	say("NOTICE: checking for available walsenders on the source node (2 required)");
	say("INFO: sufficient walsenders available on the source node");
	say("INFO: prerequisites for executing STANDBY CLONE are met");
	return 0;
}

/** COPY_SCRIPT: DATA CONF WAS OPTIONS SLOT NAME LINKS MORE BACKUP, then repmgr and its words. */
export async function copyClone(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const [, , was, , slot = "", name = ""] = words;
	if (node.copy !== null) {
		say(`ERROR: ${DATA_DIRECTORY}.repmgr-console can't be made, or an earlier clone has left it`);
		return REPMGR_EXIT.badConfig;
	}
	const source = sourceOf(program);
	if (source === null) return REPMGR_EXIT.noConnection;
	const copy: CopyState = {
		...{ fromId: source.nodeId, name, bytes: 0, totalBytes: source.data.databaseBytes },
		...{ fresh: null, old: null, wasRunning: was === "running" },
	};
	node.copy = copy;
	node.commands.push("standby clone");
	try {
		say("NOTICE: starting backup (using pg_basebackup)...");
		while (copy.bytes < copy.totalBytes) {
			await cluster.sleep(TURN_MS);
			if (node.copy !== copy) return 143;
			if (!cluster.answers(node.nodeId, source)) {
				say("pg_basebackup: error: could not read COPY data: server closed the connection unexpectedly");
				say("ERROR: unable to take a base backup of the source server");
				return REPMGR_EXIT.badBasebackup;
			}
			copy.bytes = Math.min(copy.totalBytes, copy.bytes + (COPIED_A_SECOND * TURN_MS) / 1000);
		}
	} finally {
		node.commands.splice(node.commands.indexOf("standby clone"), 1);
	}
	copy.fresh = copyOf(source, slot);
	say("NOTICE: standby clone (using pg_basebackup) complete");
	say("NOTICE: you can now start your PostgreSQL server");
	return 0;
}

/** What a base backup of that node holds, as a standby of it. */
export function copyOf({ data, nodeId }: PracticeNode, slot: string): DataDirectory {
	return {
		...data,
		...{ replayed: data.end, state: "shut down in recovery", controlAt: Date.now(), isStandby: true },
		...{ upstreamId: nodeId, slotName: slot === "" ? null : slot, slots: new Map() },
		autoConf: new Map(data.autoConf),
	};
}

/** ABORT_SCRIPT. */
export function abortClone({ node, print }: Program): number {
	if (node.copy === null || node.copy.fresh !== null) return 0;
	print("ending the copy, which still runs");
	node.copy = null;
	return 0;
}

/** STOP_SCRIPT of a clone: DATA CONF UNIT REPMGR, then psql. */
export async function stopForClone({ node, words, say }: Program, then: Then): Promise<number> {
	if (!node.data.isStandby) {
		say("ERROR: it does not say that it is a standby");
		return 1;
	}
	return await then([words[3] ?? "", "-f", CONF_FILE, "node", "service", "--action=stop"]);
}

/** SWAP_SCRIPT. */
export function swapClone({ node, say }: Program): number {
	const { copy } = node;
	if (copy === null || copy.fresh === null || node.server !== null) {
		say(`ERROR: ${DATA_DIRECTORY}.repmgr-console does not hold a copy that waits`);
		return 1;
	}
	copy.old = node.data;
	node.data = copy.fresh;
	return 0;
}

/** END_SCRIPT: DATA CONF keep|discard UNIT REPMGR, then psql. */
export async function endClone({ cluster, node, words, print }: Program): Promise<number> {
	const { copy } = node;
	if (copy === null) {
		print("nothing is left to be ended");
		return 0;
	}
	if (copy.old !== null && (await streams(cluster, node))) {
		const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
		if (words[2] === "keep") print(`the old directory is kept as ${DATA_DIRECTORY}.old-${stamp}`);
		node.copy = null;
		return 0;
	}
	if (copy.old !== null) {
		if (node.server !== null) print("the new server does not stream: it is stopped");
		await stopServer(cluster, node);
		node.data = copy.old;
		print(`the old directory is back as ${DATA_DIRECTORY}`);
	}
	node.copy = null;
	if (copy.wasRunning && node.server === null) {
		print("starting the old server, which ran before");
		if ((await startServer(cluster, node)) !== null) return 1;
	}
	print(`removed ${DATA_DIRECTORY}.repmgr-console`);
	return 0;
}

async function streams(cluster: Cluster, node: PracticeNode): Promise<boolean> {
	for (let look = 0; node.server !== null && look < LOOKS; look++) {
		if (node.server.receiver !== null || !node.data.isStandby) return true;
		await cluster.sleep(500);
	}
	return false;
}
