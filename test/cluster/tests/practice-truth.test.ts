import { expect, vi } from "vitest";
import { SCENARIOS } from "../../../src/practice/scenarios/index.ts";
import { type Course, courseOf, differences, findingsIn, isCalm } from "../../support/course.ts";
import { recordCourse, recordedCourse } from "../../support/courses.ts";
import { type Move, PLAYS } from "../../support/plays.ts";
import { CALM_SECONDS, practiceCourse } from "../../support/practice-course.ts";
import { FORMED, sleep } from "../cluster.ts";
import { Writer } from "../writer.ts";
import { ACCESS, operate } from "./operating.ts";
import { clusterForFile, restoredForRetries, type Watch } from "./support.ts";
import { testInTurn } from "./turns.ts";

/**
 * Practice is true: a scenario of plays.ts, played on the real cluster and in practice by the same faults, waits and commands, leads
 * to the same findings in the same order, and to the same end. With REPMGR_CONSOLE_TEST_RECORD=1 what the real cluster did is recorded
 * for the unit test of practice.
 */
const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

const HOSTS = ["node1", "node2", "node3", "node4"] as const;
const LONGEST_MS = 180_000;

let isFormed = true;

for (const { name, happens } of SCENARIOS.filter(({ name }) => PLAYS[name] !== undefined)) {
	const moves = PLAYS[name] ?? [];
	testInTurn(`${name}: practice does what the real cluster does`, async () => {
		if (!isFormed) await cluster.restore(FORMED);
		isFormed = false;
		const before = await bastion.slowness();
		const real = await realCourse(happens, moves);
		const slowness = Math.max(before, await bastion.slowness());
		if (process.env.REPMGR_CONSOLE_TEST_RECORD === "1") recordCourse(name, real);
		expect(differences(real, recordedCourse(name), slowness), "beside test/fixtures/practice").toEqual([]);
		expect(differences(real, await inPractice(name, moves), slowness)).toEqual([]);
	});
}

async function inPractice(name: string, moves: readonly Move[]): Promise<Course> {
	vi.useFakeTimers();
	try {
		return await practiceCourse(name, moves);
	} finally {
		vi.useRealTimers();
	}
}

async function realCourse(
	happens: (typeof SCENARIOS)[number]["happens"],
	moves: readonly Move[],
): Promise<Course> {
	const watch = await bastion.watch(ACCESS);
	// The application of practice.
	const writer = await Writer.start(cluster, "node1", HOSTS.slice(0, 3));
	try {
		await watch.until(isCalm, 60_000);
		const first = happens[0]?.seconds ?? 0;
		const beganAt = Date.now();
		for (const { seconds, fault, node } of happens) {
			await sleep(Math.max(0, beganAt + 1000 * (seconds - first) - Date.now()));
			await breakNode(fault, node);
		}
		for (const move of [...moves, { until: "nothing" }]) {
			if ("seconds" in move) await sleep(1000 * move.seconds);
			else if ("command" in move) await command(move.command);
			else if ("relieve" in move) await cluster.heal(REAL_FAULTS[move.relieve] ?? move.relieve, move.node);
			else if (move.until === "nothing") await calm(watch);
			else await watch.until((document) => findingsIn(document).includes(move.until), LONGEST_MS);
		}
		const documents = watch.documents.map(({ document }) => document);
		return courseOf(documents, beganAt, await slotsNow());
	} finally {
		await writer.end();
		await watch.stop();
	}
}

/** Faults of practice that have another name here. */
const REAL_FAULTS: Readonly<Record<string, string>> = {
	promote: "two-primaries",
	"slow-replay": "freeze-replay",
};

async function breakNode(fault: string, node: string): Promise<void> {
	// As in the repmgr.conf of practice: the default is five minutes.
	if (fault === "slow-replay")
		await cluster.exec(node, ["sh", "-c", "echo replication_lag_warning=10 >> /etc/repmgr.conf"]);
	await cluster.fault(REAL_FAULTS[fault] ?? fault, node);
}

/** With the loss that its plan names. */
async function command(words: string): Promise<void> {
	const typed = [...words.split(" "), "--yes"];
	let said = await operate(bastion, ...typed);
	const [, loss] = /--accept-loss (\w+)/.exec(said.stderr) ?? [];
	if (loss !== undefined) said = await operate(bastion, ...typed, "--accept-loss", loss);
	expect(said.exitCode, `${words}\n${said.stdout}${said.stderr}`).toBe(0);
}

/** Waits until all has been calm for a while. */
async function calm(watch: Watch): Promise<void> {
	for (const deadline = Date.now() + LONGEST_MS; ; ) {
		await watch.until(isCalm, LONGEST_MS);
		const seen = watch.documents.length;
		await sleep(1000 * CALM_SECONDS);
		if (watch.documents.slice(seen).every(({ document }) => isCalm(document))) return;
		if (Date.now() > deadline) throw new Error("it does not calm down");
	}
}

async function slotsNow(): Promise<Readonly<Record<string, readonly string[]>>> {
	const query =
		"SELECT slot_name || CASE WHEN active THEN ' active' ELSE ' inactive' END FROM pg_replication_slots";
	const rows = await Promise.all(
		HOSTS.map(async (host) => [host, (await cluster.sql(host, query)).flat()] as const),
	);
	return Object.fromEntries(rows);
}
