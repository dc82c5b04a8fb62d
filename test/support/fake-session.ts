import type { Fault, Outcome } from "../../src/model/fault.ts";
import type { Report } from "../../src/model/node-state.ts";
import type { Registration } from "../../src/model/registration.ts";
import type { ServerReading } from "../../src/model/server-reading.ts";
import { createOperationStore } from "../../src/session/operation-store.ts";
import type { Session } from "../../src/session/session.ts";
import { createConsoleStore } from "../../src/store/console-store.ts";
import { good, NOW, registration } from "./records.ts";

/** A session without servers: the store is real, and the test feeds it readings. Strict: an unexpected call throws. */
export interface FakeSession extends Session {
	/** Calls of refresh(). */
	refreshes: number;
	/** Reports a server's reading, taken `afterMs` after NOW. */
	sees(nodeId: number, reading: ServerReading, afterMs?: number): void;
}

export function fakeSession(
	known: readonly Registration[] = [registration(1), registration(2)],
	fault?: Fault,
): FakeSession {
	const store = createConsoleStore({ name: "prod", sshOff: null, now: NOW, known });
	const picture: Outcome<true> = fault === undefined ? { value: true } : { fault };
	return {
		store,
		running: null,
		refreshes: 0,
		intervalMs: 1000,
		firstPicture: () => Promise.resolve(picture),
		glance: () => Promise.resolve(picture),
		eventsPicture: () => Promise.resolve(picture),
		discovery: () => Promise.resolve(picture),
		refresh() {
			this.refreshes += 1;
		},
		checkSetup: () => {
			throw new Error("unexpected checkSetup()");
		},
		readSupport: () => {
			throw new Error("unexpected readSupport()");
		},
		redact: (text) => text,
		readTimelines: () => {
			throw new Error("unexpected readTimelines()");
		},
		readIncident: () => {
			throw new Error("unexpected readIncident()");
		},
		followLogs: () => {
			throw new Error("unexpected followLogs()");
		},
		crosscheck: () => {
			throw new Error("unexpected crosscheck()");
		},
		cancelCrosscheck() {},
		parametersOf: () => {
			throw new Error("unexpected parametersOf()");
		},
		operations: () => {
			throw new Error("nobody changes anything here");
		},
		operationStore: createOperationStore(() => Promise.reject(new Error("nobody changes anything here"))),
		close: () => {
			throw new Error("unexpected close()");
		},
		sees(nodeId, reading, afterMs = 0) {
			const report: Report = { nodeId, of: "server", observation: good(reading, NOW + afterMs) };
			store.receive([report]);
		},
	};
}

/** An output that records what a command writes. */
export function recordOutput() {
	const out: string[] = [];
	const err: string[] = [];
	return {
		out,
		err,
		output: { out: (text: string) => out.push(text), err: (text: string) => err.push(text) },
	};
}
