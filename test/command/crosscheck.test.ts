import { expect, test } from "vitest";
import { crosscheckCommand } from "../../src/command/crosscheck.ts";
import type { Crosscheck } from "../../src/model/crosscheck.ts";
import { crosscheckOf, link } from "../support/crosschecks.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";

async function print(crosscheck: Crosscheck, json = false) {
	const session = fakeSession();
	session.crosscheck = async () => session.store.receiveCrosscheck(crosscheck);
	const { out, err, output } = recordOutput();
	const exitCode = await crosscheckCommand(session, { json }, output);
	return { text: out.join("\n"), err, exitCode };
}

test("all work: 0", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2]));
	expect(exitCode).toBe(0);
	expect(text).toBe(
		[
			"OK: all 6 connections tried between nodes succeed",
			"",
			"                to node1  to node2",
			"SQL from node1  ok        ok",
			"SQL from node2  ok        ok",
			"SSH from node1  –         ok",
			"SSH from node2  ok        –",
		].join("\n"),
	);
});

test("some fail: 1, with what was said and the command", async () => {
	const broken = {
		"1 2": [
			link("ssh", 2, "failed", { word: "denied", lines: ["1", "2", "3", "4", "5"], command: ["ssh", "a b"] }),
		],
	};
	const { text, exitCode } = await print(crosscheckOf([1, 2], { broken, silent: [2] }));
	expect(exitCode).toBe(1);
	expect(text).toMatch(
		/^WARNING: 1 of 3 connections between nodes fail; 1 of 2 hosts could not try all connections\n/,
	);
	expect(text).toContain(
		"\nnode1 to node2, SSH: denied\n    2\n    3\n    4\n    5\n    on node1: ssh 'a b'\n",
	);
	expect(text).toContain("\nnode2 can't be asked: no answer");
});

test("what was tried works, and not all could be: 3", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2], { silent: [2] }));
	expect(exitCode).toBe(3);
	expect(text).toMatch(/^UNKNOWN: all 3 connections tried between nodes succeed; 1 of 2 hosts/);
});

test("nobody can be asked: 3", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2], { silent: [1, 2] }));
	expect({ exitCode, first: text.split("\n")[0] }).toEqual({
		exitCode: 3,
		first: "UNKNOWN: no host could try a connection",
	});
});

test("JSON", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2]), true);
	expect(exitCode).toBe(0);
	expect(JSON.parse(text)).toMatchObject({
		schema: 1,
		milliseconds: 1000,
		hosts: [{ asked: true }, { asked: true }],
	});
});

test("no cluster: the fault, and 3", async () => {
	const { out, err, output } = recordOutput();
	const session = fakeSession([], { kind: "refused", message: "nobody listens" });
	expect(await crosscheckCommand(session, { json: false }, output)).toBe(3);
	expect({ out, err }).toEqual({ out: [], err: ["repmgr-console: error: nobody listens"] });
});

test("without a list of nodes that was read now: why, and 3", async () => {
	const session = fakeSession();
	const fault = { kind: "protocol", message: "5004 nodes are registered in repmgr.nodes" } as const;
	session.firstPicture = () => Promise.resolve({ fault });
	const { out, err, output } = recordOutput();
	expect(await crosscheckCommand(session, { json: false }, output)).toBe(3);
	expect(out).toEqual([]);
	expect(err.join("\n")).toBe("repmgr-console: error: 5004 nodes are registered in repmgr.nodes");
});
