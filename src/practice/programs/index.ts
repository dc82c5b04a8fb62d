import * as PASSWORD from "../../operation/change/password-scripts.ts";
import * as CLONE from "../../operation/clone/scripts.ts";
import { KILL_SCRIPT } from "../../operation/drill/drill.ts";
import { MASK_AGAIN_SCRIPT, REPMGRD_SCRIPT, STOP_SCRIPT } from "../../operation/fence/steps.ts";
import { PAUSE_WITH_NOTE, UNPAUSE_WITH_NOTE } from "../../operation/pause/steps.ts";
import { REMOVE_NOTE, WRITE_NOTE } from "../../operation/plan/host-note.ts";
import { DUMP_SCRIPT } from "../../operation/rejoin/dump.ts";
import { MARK_SCRIPT, SAVE_WAL_SCRIPT } from "../../operation/rejoin/scripts.ts";
import { WAIT_FOR_REPLAY } from "../../operation/rolling/setting-steps.ts";
import { SERVICE_SCRIPT } from "../../operation/service/command.ts";
import { PACKAGES_SCRIPT } from "../../probe/packages/script.ts";
import { type Cluster, isPrimary } from "../cluster/cluster.ts";
import { startDaemon, stopDaemon } from "../cluster/repmgrd.ts";
import { killServer, startServer, stopServer } from "../cluster/server.ts";
import { changeable, runningValue } from "../cluster/settings.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { timelineOf } from "../cluster/wal.ts";
import { SET_UP_SCRIPTS } from "../set-up/index.ts";
import { abortClone, copyClone, dryRunClone, endClone, stopForClone, swapClone } from "./clone-scripts.ts";
import { endPassword, preparePassword, renewPassword, seePassword } from "./password-scripts.ts";
import { notInPractice, type Program } from "./program.ts";
import { psql } from "./psql.ts";
import { repmgr } from "./repmgr.ts";
import { saveWal } from "./rewind-scripts.ts";

/** A command of an operation, as the owner of the database. @returns its exit code. */
export async function runProgram(
	cluster: Cluster,
	node: PracticeNode,
	argv: readonly string[],
	io: Pick<Program, "input" | "print" | "say">,
): Promise<number> {
	const [path = "", ...words] = argv;
	const program: Program = { cluster, node, words, ...io };
	const then = (rest: readonly string[]): Promise<number> => runProgram(cluster, node, rest, io);
	switch (path.slice(path.lastIndexOf("/") + 1)) {
		case "timeout":
			return await then(words.slice(1));
		case "flock":
			return await then(words.slice(4));
		case "sudo":
			return await then(words.slice(words[0] === "-n" ? 1 : 0));
		case "repmgr":
			return await repmgr(program);
		case "psql":
			return await psql(program);
		case "systemctl":
			return await systemctl(program);
		case "pg_ctl":
			return words[0] === "stop"
				? await stopServer(cluster, node).then(() => 0)
				: notInPractice(program, argv.join(" "));
		case "postgres":
			return words[0] === "-C" ? tryValue(program) : await singleUser(program);
		case "sh":
			return await script({ ...program, words: words.slice(3) }, words[1] ?? "", then);
		default:
			return notInPractice(program, path);
	}
}

async function systemctl(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	const [verb = "", unit = ""] = words;
	await cluster.sleep(200);
	if (unit.startsWith("repmgrd")) {
		if (verb === "start") startDaemon(cluster, node);
		else if (verb === "stop") stopDaemon(cluster, node);
		else return notInPractice(program, `systemctl ${verb} ${unit}`);
		return 0;
	}
	switch (verb) {
		case "mask":
		case "unmask":
			node.isMasked = verb === "mask";
			return 0;
		case "reload":
			return 0;
		case "stop":
			await stopServer(cluster, node);
			return 0;
		case "restart":
		case "start": {
			if (verb === "restart") await stopServer(cluster, node);
			const problem = node.isMasked ? `Unit ${unit} is masked.` : await startServer(cluster, node);
			if (problem !== null) say(`Failed to ${verb} ${unit}: ${problem}`);
			return problem === null ? 0 : 1;
		}
		default:
			return notInPractice(program, `systemctl ${verb} ${unit}`);
	}
}

/** postgres --single: crash recovery, then a clean shutdown. */
async function singleUser({ cluster, node, say }: Program): Promise<number> {
	await cluster.sleep(1500);
	const { data } = node;
	data.checkpoint = { lsn: data.end, timeline: timelineOf(data.history) };
	data.end += 120;
	data.replayed = data.end;
	data.state = "shut down";
	data.controlAt = Date.now();
	say("LOG:  database system is shut down");
	return 0;
}

/** postgres -C NAME … -c NAME=VALUE. */
function tryValue({ words, print, say }: Program): number {
	const [, name = ""] = words;
	const value = words.at(-1)?.slice(name.length + 1) ?? "";
	if (changeable(name) !== null && !/^\d+$/.test(value)) {
		say(`FATAL:  invalid value for parameter "${name}": "${value}"`);
		return 1;
	}
	print(value);
	return 0;
}

/** By the control data, which have what the primary runs with. */
async function waitForReplay({ cluster, words, print, say }: Program): Promise<number> {
	const [, , name = "", most = ""] = words;
	const primary = cluster.nodes.find((node) => isPrimary(node) && !node.isWitness);
	await cluster.sleep(1000);
	const now = primary === undefined ? null : runningValue(primary, name);
	const isLow = now !== null && Number(now) <= Number(most);
	(isLow ? print : say)(`${name} is ${isLow ? "" : "still "}${now} in the control data`);
	return isLow ? 0 : 1;
}

/** The constant scripts of operations. */
async function script(
	program: Program,
	text: string,
	then: (argv: readonly string[]) => Promise<number>,
): Promise<number> {
	const { cluster, node, words, print } = program;
	const [first = "", second = ""] = words;
	switch (text) {
		case WRITE_NOTE:
			writeNote(node, first, second);
			return 0;
		case REMOVE_NOTE:
			node.files.delete(first);
			return 0;
		case PAUSE_WITH_NOTE:
			writeNote(node, first, second);
			return await then(words.slice(2));
		case UNPAUSE_WITH_NOTE: {
			const exitCode = await then(words.slice(1));
			if (exitCode === 0) node.files.delete(first);
			return exitCode;
		}
		case WAIT_FOR_REPLAY:
			return await waitForReplay(program);
		// Its hosts have no packages: an upgrade is refused, as where there is no apt.
		case PACKAGES_SCRIPT:
			print("family other\nend");
			return 0;
		case STOP_SCRIPT:
			return await then(words.slice(4));
		case SERVICE_SCRIPT:
			return await then(words.slice(3));
		case REPMGRD_SCRIPT:
			await cluster.sleep(500);
			return await then(words.slice(1));
		case MASK_AGAIN_SCRIPT:
			node.isMasked = node.server === null || !node.data.isStandby;
			return 0;
		case KILL_SCRIPT:
			killServer(node);
			return 0;
		case SAVE_WAL_SCRIPT:
			return await saveWal(program);
		case DUMP_SCRIPT:
			await cluster.sleep(1500);
			print("dumped into dump.sql.gz, beside the saved WAL");
			return 0;
		case MARK_SCRIPT:
			node.files.set("rewind", String(timelineOf(node.data.history)));
			print("marked in the console's directory");
			return 0;
		case PASSWORD.PREPARE_SCRIPT:
			return preparePassword(program);
		case PASSWORD.RENEW_SCRIPT:
			return await renewPassword(program);
		case PASSWORD.SEE_SCRIPT:
			return seePassword(program);
		case PASSWORD.END_SCRIPT:
			return endPassword(program);
		case CLONE.DRY_RUN_SCRIPT:
			return await dryRunClone(program);
		case CLONE.COPY_SCRIPT:
			return await copyClone(program);
		case CLONE.ABORT_SCRIPT:
			return abortClone(program);
		case CLONE.STOP_SCRIPT:
			return await stopForClone(program, then);
		case CLONE.SWAP_SCRIPT:
			return swapClone(program);
		case CLONE.END_SCRIPT:
			return await endClone(program);
		case CLONE.DROP_SLOTS_SCRIPT:
			return await then([...words.slice(2), "-c", first]);
		default: {
			const setUp = SET_UP_SCRIPTS.get(text);
			if (setUp !== undefined) return await setUp(program);
			return notInPractice(
				program,
				`a script of this operation: ${text.trim().split("\n")[0]?.slice(0, 60)}`,
			);
		}
	}
}

/** The host's own clock says since when. */
function writeNote(node: PracticeNode, name: string, note: string): void {
	node.files.set(name, `${note.slice(0, -1)},"since":${Math.floor(Date.now() / 1000)}000}`);
}
