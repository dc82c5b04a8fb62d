import { beforeEach, expect, test } from "vitest";
import { followRuns } from "../../src/session/follow-runs.ts";
import type { OperationStore } from "../../src/session/operation-store.ts";
import { fakeSession } from "../support/fake-session.ts";
import {
	good,
	hostReading,
	LEFT_OPERATION,
	NOW,
	primaryReading,
	SYSTEM_IDENTIFIER,
} from "../support/records.ts";

let session: ReturnType<typeof fakeSession>;
/** What was read: with the hosts' locks, or the journal alone. */
let reads: string[];
beforeEach(() => {
	session = fakeSession();
	reads = [];
	const readRuns: OperationStore["readRuns"] = (asksHosts = true) =>
		reads.push(asksHosts ? "hosts" : "journal");
	session = { ...session, operationStore: { ...session.operationStore, readRuns } };
});

/** A host shows the lock of an operation, so many seconds after NOW. */
function showLock(operationId: string, seconds: number, systemIdentifier = SYSTEM_IDENTIFIER): void {
	const lock = { operationId, operation: "switchover", who: "bob", since: NOW, systemIdentifier };
	const seen = good(hostReading({ locks: [lock] }), NOW + seconds * 1000);
	session.store.receive([{ nodeId: 1, of: "host", observation: { ...seen, by: "ssh" } }]);
}

test("reads the operations once the cluster is known, and no more while nothing changes", () => {
	followRuns(session);
	expect(reads).toEqual([]);
	session.sees(1, primaryReading());
	session.store.tick(NOW + 1000);
	expect(reads).toEqual(["hosts"]);
});

test("reads them when a lock appears, changes hands, and while it is held: its holder may have died", () => {
	session.sees(1, primaryReading());
	followRuns(session);
	showLock("one", 1);
	expect(reads).toHaveLength(2);
	showLock("one", 2);
	expect(reads).toHaveLength(2);
	showLock("two", 3);
	expect(reads).toHaveLength(3);
	showLock("two", 20);
	expect(reads).toEqual(Array(4).fill("hosts"));
});

test("ignores the lock of another cluster", () => {
	session.sees(1, primaryReading());
	followRuns(session);
	showLock("one", 1, "7");
	expect(reads).toHaveLength(1);
});

test("reads the journal alone, every two seconds, while another console on this machine carries something out", () => {
	session.sees(1, primaryReading());
	session.operationStore.store.setState({ runs: [{ ...LEFT_OPERATION, isAlive: true }] });
	followRuns(session);
	for (const seconds of [1, 2, 3, 4]) session.store.tick(NOW + seconds * 1000);
	expect(reads).toEqual(["hosts", ...Array(3).fill("journal")]);
});

test("reads nothing any more once it is ended", () => {
	const end = followRuns(session);
	end();
	session.sees(1, primaryReading());
	expect(reads).toEqual([]);
});
