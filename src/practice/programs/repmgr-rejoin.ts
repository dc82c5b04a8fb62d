import { writeEvent } from "../cluster/cluster.ts";
import { named, primarySeenBy } from "../cluster/members.ts";
import { commitsIn } from "../cluster/own-wal.ts";
import { startServer } from "../cluster/server.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { forkOf, hasDiverged, lsnText, timelineOf } from "../cluster/wal.ts";
import { optionOf, type Program, REPMGR_EXIT } from "./program.ts";
import { attach, cannotFollow, isDryRun, registerAs, THINK_MS } from "./repmgr-standby.ts";

/** node_rejoin_timeout. */
const REJOIN_SECONDS = 60;

/** `repmgr node rejoin -d CONNINFO [--force-rewind]`. */
export async function rejoin(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	await cluster.sleep(THINK_MS);
	const host = /\bhost=(\S+)/.exec(optionOf(words, "-d") ?? "")?.[1] ?? "";
	const target = cluster.nodeAt(host);
	if (target === null || !cluster.answers(node.nodeId, target)) {
		say(`ERROR: connection to the node at "${host}" failed`);
		return REPMGR_EXIT.noConnection;
	}
	if (node.server !== null) {
		say('ERROR: database is still running in state "in production"');
		say('HINT: "repmgr node rejoin" cannot be executed on a running node');
		return REPMGR_EXIT.rejoinFailed;
	}
	const { data } = node;
	const isForced = words.some((word) => word.startsWith("--force-rewind"));
	if (!data.state.startsWith("shut down") && !isForced) {
		say("ERROR: database is not shut down cleanly");
		say("HINT: shut down the database cleanly first, or recover it in single-user mode");
		return REPMGR_EXIT.rejoinFailed;
	}
	const isBehind = !hasDiverged(data, target.data);
	if (!isBehind && !isForced) {
		for (const line of cannotFollow(node, target) ?? [])
			say(line.replace("follow target node", "rejoin target node"));
		say('HINT: "pg_rewind" may be used: add --force-rewind');
		return REPMGR_EXIT.rejoinFailed;
	}
	say(
		isBehind
			? `INFO: timelines are same or this server is behind; rejoin target is ${named(target)}`
			: `NOTICE: pg_rewind execution required for this node to attach to rejoin target node ${target.nodeId}`,
	);
	if (isDryRun(program)) {
		say("INFO: prerequisites for executing NODE REJOIN are met");
		return 0;
	}
	if (!isBehind) await rewind(program, target);
	return await attachAndStart(program, target);
}

const REWIND_MS = 3000;

async function rewind({ cluster, node, say }: Program, target: PracticeNode): Promise<void> {
	const { data } = node;
	const from = lsnText(forkOf(data, target.data));
	cluster.lostCommits += commitsIn(node, [String(timelineOf(data.history)), from, ""]).length;
	say("NOTICE: executing pg_rewind");
	say(
		`DETAIL: pg_rewind command is "${node.conf.get("pg_bindir")}/pg_rewind -D '${node.conf.get("data_directory")}' --source-server='host=${target.host} user=repmgr dbname=repmgr connect_timeout=2'"`,
	);
	await cluster.sleep(REWIND_MS);
	Object.assign(data, {
		history: target.data.history,
		end: target.data.end,
		replayed: target.data.end,
		versions: target.data.versions,
		checkpoint: { lsn: target.data.checkpoint.lsn, timeline: timelineOf(target.data.history) },
		written: target.data.written,
		drillWrites: target.data.drillWrites,
	});
	data.slots.clear();
	say(`NOTICE: 0 files copied to ${node.conf.get("data_directory")}`);
}

/** Makes a stopped node a standby of the target, and waits for it. */
export async function attachAndStart({ cluster, node, say }: Program, target: PracticeNode): Promise<number> {
	say(`NOTICE: setting node ${node.nodeId}'s upstream to node ${target.nodeId}`);
	attach(cluster, node, target);
	const primary = primarySeenBy(cluster, target);
	say(`NOTICE: starting server using "${node.conf.get("service_start_command")}"`);
	const problem = node.isMasked ? "the unit is masked" : await startServer(cluster, node);
	if (problem !== null) {
		say(`ERROR: unable to start server: ${problem}`);
		return REPMGR_EXIT.rejoinFailed;
	}
	if (primary !== null) registerAs(primary, node, "standby", target.nodeId);
	for (let seconds = 0; node.server?.receiver == null && seconds < REJOIN_SECONDS; seconds++)
		await cluster.sleep(1000);
	if (node.server?.receiver == null) {
		say(`ERROR: NODE REJOIN failed: local node did not attach to the target within ${REJOIN_SECONDS} s`);
		return REPMGR_EXIT.rejoinFailed;
	}
	if (primary !== null)
		writeEvent(primary, node, "node_rejoin", `node ${node.nodeId} is now attached to node ${target.nodeId}`);
	say("NOTICE: NODE REJOIN successful");
	say(`DETAIL: node ${node.nodeId} is now attached to node ${target.nodeId}`);
	return 0;
}
