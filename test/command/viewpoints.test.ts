import { expect, test } from "vitest";
import { viewpointsCommand } from "../../src/command/viewpoints.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { primaryReading, registration, standbyReading } from "../support/records.ts";

const rows = [registration(1), registration(2)];

async function print(session: ReturnType<typeof fakeSession>, json = false) {
	const { out, err, output } = recordOutput();
	const exitCode = await viewpointsCommand(session, { json }, output);
	return { text: out.join("\n"), err, exitCode };
}

test("prints a table and exits with 0 if all agree", async () => {
	const session = fakeSession();
	session.sees(1, primaryReading({ registrations: rows }));
	session.sees(2, standbyReading({ registrations: rows }));
	const { text, exitCode } = await print(session);
	expect(exitCode).toBe(0);
	expect(text).toMatch(
		/^OK: 2 nodes agree with what is observed\n\n {2,}seen +node1 +node2\ncopy read +now +now\n/,
	);
	expect(text).toMatch(/^primary +node1 +node1 +node1$/m);
});

test("exits with 1 if one differs, names it, and puts its row and column first", async () => {
	const session = fakeSession();
	session.sees(1, primaryReading({ registrations: rows }));
	session.sees(2, standbyReading({ registrations: [registration(1, { priority: 7 }), registration(2)] }));
	const { text, exitCode } = await print(session);
	expect(exitCode).toBe(1);
	expect(text).toMatch(/^WARNING: 1 of 2 nodes disagree with what is observed: node2\n/);
	expect(text.split("\n")[2]).toMatch(/seen +node2 +node1$/);
	expect(text.split("\n")[4]).toMatch(/^priority of node1 +\? +≠ 7 +100$/);
});

test("exits with 3 if a node's copy can't be read", async () => {
	const session = fakeSession();
	session.sees(1, primaryReading({ registrations: rows }));
	const { text, exitCode } = await print(session);
	expect(exitCode).toBe(3);
	expect(text).toMatch(
		/^UNKNOWN: 1 nodes agree with what is observed; the copies of 1 of 2 nodes can't be read now\n/,
	);
});

test("exits with 3 if no copy can be read", async () => {
	const session = fakeSession();
	session.sees(1, primaryReading({ registrations: null }));
	expect(await print(session)).toMatchObject({
		exitCode: 3,
		text: expect.stringMatching(/^UNKNOWN: no node's copy of repmgr.nodes can be read now\n/),
	});
});

test("prints JSON", async () => {
	const session = fakeSession();
	session.sees(1, primaryReading({ registrations: rows }));
	const { text, exitCode } = await print(session, true);
	expect(exitCode).toBe(3);
	expect(JSON.parse(text)).toMatchObject({
		schema: 1,
		cluster: { name: "prod" },
		nodes: [{ nodeId: 1 }, { nodeId: 2 }],
	});
});

test("prints the fault and exits with 3 if there is no cluster", async () => {
	const { text, err, exitCode } = await print(
		fakeSession([], { kind: "refused", message: "nobody listens" }),
	);
	expect({ text, err, exitCode }).toEqual({
		text: "",
		err: ["repmgr-console: error: nobody listens"],
		exitCode: 3,
	});
});
