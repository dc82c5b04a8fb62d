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

test("exits with 0 if all connections succeed", async () => {
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

test("exits with 1 if some fail, and prints their output and command", async () => {
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

test("exits with 3 if not all could be tried", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2], { silent: [2] }));
	expect(exitCode).toBe(3);
	expect(text).toMatch(/^UNKNOWN: all 3 connections tried between nodes succeed; 1 of 2 hosts/);
});

test("exits with 3 if no host could try anything", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2], { silent: [1, 2] }));
	expect({ exitCode, first: text.split("\n")[0] }).toEqual({
		exitCode: 3,
		first: "UNKNOWN: no host could try a connection",
	});
});

test("prints JSON", async () => {
	const { text, exitCode } = await print(crosscheckOf([1, 2]), true);
	expect(exitCode).toBe(0);
	expect(JSON.parse(text)).toMatchObject({
		schema: 1,
		milliseconds: 1000,
		hosts: [{ asked: true }, { asked: true }],
	});
});

test("prints the fault and exits with 3 if there is no cluster", async () => {
	const { out, err, output } = recordOutput();
	const session = fakeSession([], { kind: "refused", message: "nobody listens" });
	expect(await crosscheckCommand(session, { json: false }, output)).toBe(3);
	expect({ out, err }).toEqual({ out: [], err: ["repmgr-console: error: nobody listens"] });
});

test("prints why and exits with 3 if the list of nodes can't be read now", async () => {
	const session = fakeSession();
	const fault = { kind: "protocol", message: "5004 nodes are registered in repmgr.nodes" } as const;
	session.firstPicture = () => Promise.resolve({ fault });
	const { out, err, output } = recordOutput();
	expect(await crosscheckCommand(session, { json: false }, output)).toBe(3);
	expect(out).toEqual([]);
	expect(err.join("\n")).toBe("repmgr-console: error: 5004 nodes are registered in repmgr.nodes");
});
