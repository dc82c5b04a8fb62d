import { tablesOf, write, writeEvent } from "../cluster/cluster.ts";
import { CONF_FILE, COPIED_A_SECOND, slotOf } from "../cluster/host.ts";
import { hasPassword } from "../cluster/host-files.ts";
import { loginProblem } from "../cluster/login.ts";
import { named, primarySeenBy } from "../cluster/members.ts";
import { startDaemon, stopDaemon } from "../cluster/repmgrd.ts";
import { startServer } from "../cluster/server.ts";
import type { PracticeNode, SetUp } from "../cluster/state.ts";
import { copyOf } from "../programs/clone-scripts.ts";
import { optionOf, type Program, REPMGR_EXIT } from "../programs/program.ts";
import { repmgr } from "../programs/repmgr.ts";

const PSQL_MS = 150;
/** repmgrd is waited for so often, and so long between. */
const TURNS = 60;
const TURN_MS = 500;

/** START_SCRIPT: VERSION. */
export async function start({ cluster, node, say }: Program, { found }: SetUp): Promise<number> {
	const problem = found === "cluster" ? await startServer(cluster, node) : "there is no data directory";
	if (problem === null) return 0;
	say(`Job for postgresql@15-main.service failed: ${problem}.`);
	return 1;
}

/** RELOAD_SCRIPT: VERSION. */
export function reload({ node, say }: Program): number {
	if (node.server === null) {
		say("Job for postgresql@15-main.service failed: the unit is not active.");
		return 1;
	}
	node.server.loadedAt = Date.now();
	return 0;
}

/** Statements that create something: as postgres over the socket, on a server that takes writes. */
async function create({ cluster, node, say }: Program, made: readonly string[]): Promise<number> {
	await cluster.sleep(PSQL_MS);
	if (!cluster.answers(node.nodeId, node)) {
		say('psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed');
		return 2;
	}
	if (node.data.isStandby) {
		say("ERROR:  cannot execute CREATE ROLE in a read-only transaction");
		return 3;
	}
	write(node, (tables) => ({ ...tables, made: [...new Set([...tables.made, ...made])] }));
	return 0;
}

/** ROLE_SCRIPT: PORT ROLE DATABASE PASSWORD. */
export async function createRole(program: Program): Promise<number> {
	const [, role = "", database = ""] = program.words;
	return await create(program, [`role ${role}`, `database ${database}`]);
}

/** WATCHER_SCRIPT: PORT ROLE DATABASE. */
export async function createWatcher(program: Program): Promise<number> {
	const [, role = ""] = program.words;
	return await create(program, [`role ${role}`, `rights of ${role}`]);
}

/** REPMGR_SCRIPT: VERSION, then repmgr's words. */
export async function runRepmgr(program: Program): Promise<number> {
	const { cluster, node, words } = program;
	const exitCode = await repmgr({ ...program, words: ["-f", CONF_FILE, ...words.slice(1)] });
	if (exitCode === 0) cluster.note(`${node.name} is registered`);
	return exitCode;
}

/** CLONE_SCRIPT: VERSION DATA, then repmgr's words. */
export async function clone(program: Program, setUp: SetUp): Promise<number> {
	const { cluster, node, words, print, say } = program;
	if (setUp.found === "cluster") {
		print("it is there");
		return 0;
	}
	const host = optionOf(words, "-h") ?? "";
	const [user, database] = [optionOf(words, "-U") ?? "", optionOf(words, "-d") ?? ""];
	await cluster.sleep(600);
	say(`NOTICE: destination directory "${words[1]}" provided`);
	say("INFO: connecting to source node");
	const source = cluster.nodeAt(host);
	const problem = [database, "replication"].flatMap(
		(name) => connectionProblem(program, source, { host, user, database: name }) ?? [],
	)[0];
	if (source === null || problem !== undefined) {
		say("ERROR: connection to the source node failed");
		say(`DETAIL: ${problem}`);
		return REPMGR_EXIT.noConnection;
	}
	say("INFO: prerequisites for executing STANDBY CLONE are met");
	say("NOTICE: starting backup (using pg_basebackup)...");
	await cluster.sleep((1000 * source.data.databaseBytes) / COPIED_A_SECOND);
	if (!cluster.answers(node.nodeId, source)) {
		say("ERROR: unable to take a base backup of the source server");
		return REPMGR_EXIT.badBasebackup;
	}
	const slot = slotOf(node.nodeId);
	source.data.slots.set(slot, { restartLsn: source.data.end, isLost: false });
	node.data = copyOf(source, slot);
	node.isWitness = false;
	setUp.found = "cluster";
	cluster.note(`${node.name} is a copy of ${source.name}`);
	const primary = primarySeenBy(cluster, node);
	const details = `cloned from host "${host}", port 5432; backup method: pg_basebackup; --force: N`;
	if (primary !== null) writeEvent(primary, node, "standby_clone", details);
	say("NOTICE: standby clone (using pg_basebackup) complete");
	return 0;
}

/** Why a host can't log in to a server, as libpq says it; null: it can. */
export function connectionProblem(
	{ cluster, node }: Program,
	target: PracticeNode | null,
	login: { readonly host: string; readonly database: string; readonly user: string },
	isEncrypted = true,
): string | null {
	const { host, database, user } = login;
	if (target === null) return `could not translate host name "${host}" to address: Name or service not known`;
	const at = `connection to server at "${host}" (${target.address}), port 5432 failed:`;
	if (!cluster.answers(node.nodeId, target)) return `${at} Connection refused`;
	const attempt = {
		address: node.address,
		database,
		user,
		hasPassword: hasPassword(node, host, database, user),
	};
	const problem = loginProblem(target, attempt, isEncrypted);
	return problem === null ? null : `${at} ${problem}`;
}

/** REPMGRD_SCRIPT: PORT DATABASE. */
export async function restartDaemon({ cluster, node, say }: Program): Promise<number> {
	stopDaemon(cluster, node);
	const primary = primarySeenBy(cluster, node);
	const isRegistered =
		primary !== null &&
		tablesOf(primary).rows.some(({ node_id, active }) => node_id === node.nodeId && active);
	if (!isRegistered) {
		say(`[ERROR] no metadata record found for node ${named(node)} in repmgr.nodes`);
		return 1;
	}
	startDaemon(cluster, node);
	for (let turn = 0; turn < TURNS; turn++) {
		if (node.daemon !== null && node.server?.repmgrdPid === node.daemon.pid) return 0;
		await cluster.sleep(TURN_MS);
	}
	say("repmgrd does not run");
	return 1;
}
