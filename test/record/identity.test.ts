import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { composeRecorder, namesLike, recordsDirectory, recordsOf } from "../../src/app/recording.ts";
import type { Recorder } from "../../src/record/recorder.ts";
import { recordsIn } from "../../src/record/ring.ts";
import { settled } from "../support/fake-cluster.ts";
import { PracticeConsole } from "../support/practice.ts";
import { recordAt } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";

const OPTIONS = {
	...{ name: "localhost", redact: (text: string) => text, sshOff: null },
	operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: 1 },
} as unknown as Parameters<typeof composeRecorder>[0];

let home = "";
const client = () => ({ environment: {}, home, osUser: "alice" });
const ringsIn = () => readdirSync(join(recordsOf(client(), "x"), ".."));
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => {
	vi.useRealTimers();
	rmSync(home, { recursive: true });
});

/** A console on a cluster for some seconds. @param identity null: it can't be read. */
async function watch(identity: string | null, seconds: number, isNamed = false): Promise<void> {
	const recorder = composeRecorder(OPTIONS, {}, undefined, client(), isNamed) as Recorder;
	const practice = new PracticeConsole("calm", 1, (store) => recorder.observe(store));
	for (const node of practice.cluster.nodes) {
		if (identity === null) node.server = null;
		else node.data.systemIdentifier = identity;
	}
	await settled(practice.session.firstPicture());
	await practice.seconds(seconds);
	practice.close();
	recorder.close();
	expect(recorder.problem).toBeNull();
}

test("two clusters that are reached through the same host have a ring each", async () => {
	await watch("7111", 5);
	await watch("7222", 5);
	expect(ringsIn()).toEqual(["localhost-7111", "localhost-7222"]);
	for (const identity of ["7111", "7222"]) {
		const [path = "", ...others] = recordsIn(recordsOf(client(), "localhost", identity));
		expect(others).toEqual([]);
		expect(JSON.stringify([...recordAt(path).entries()])).toContain(identity);
	}
	expect(namesLike(ringsIn(), "localhost")).toEqual(ringsIn());
	expect(namesLike(ringsIn(), "localhost-7111")).toEqual(["localhost-7111"]);
	expect(namesLike(ringsIn(), "local")).toEqual([]);
});

test("a cluster that the operator has named has one by its name", async () => {
	await watch("7111", 5, true);
	expect(ringsIn()).toEqual(["localhost"]);
});

test("a cluster whose identity can't be read is still recorded after ten seconds", async () => {
	await watch(null, 8);
	expect(() => ringsIn()).toThrow("ENOENT");
	await watch(null, 15);
	expect(ringsIn()).toEqual(["localhost"]);
});

test("neither a name nor an identity leads out of the directory of all records", () => {
	const all = recordsDirectory(client());
	for (const path of [recordsOf(client(), ".."), recordsOf(client(), "x", "/../../../etc")])
		expect(dirname(path)).toBe(all);
	expect(recordsOf(client(), "x", "7111")).toBe(join(all, "x-7111"));
});
