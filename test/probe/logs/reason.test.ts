import { describe, expect, test } from "vitest";
import { reasonIn } from "../../../src/probe/logs/reason.ts";

const at = (text: string) => `2026-11-29 10:00:00 UTC [7] ${text}`;
const READY = at("LOG:  database system is ready to accept read-only connections");
const STREAMING = at("LOG:  started streaming WAL from primary at 0/3000000 on timeline 1");

describe("why a standby does not stream", () => {
	test.each([
		'FATAL:  could not connect to the primary server: connection to server at "node1" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed for user "repmgr"',
		'FATAL:  could not start WAL streaming: ERROR:  replication slot "repmgr_slot_2" does not exist',
		"FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed",
		"LOG:  new timeline 2 forked off current database system timeline 1 before current recovery point 0/5000100",
		"FATAL:  terminating walreceiver due to timeout",
	])("%s", (text) => {
		const noise = at("LOG:  waiting for WAL to become available at 0/3000110");
		expect(reasonIn([STREAMING, at(text), noise], "not streaming")).toBe(at(text));
	});

	test("ignores lines before it last streamed", () => {
		const old = at("FATAL:  terminating walreceiver due to timeout");
		expect(reasonIn([old, STREAMING], "not streaming")).toBeNull();
	});
});

describe("why a server does not run", () => {
	const panic = at('PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device');

	test.each([
		[[panic, at("LOG:  startup process (PID 9) was terminated by signal 6: Aborted")], panic],
		[
			[
				at("LOG:  received fast shutdown request"),
				at("FATAL:  terminating walreceiver process due to administrator command"),
				at("LOG:  database system is shut down"),
			],
			at("LOG:  received fast shutdown request"),
		],
		[
			[
				at('FATAL:  password authentication failed for user "x"'),
				at('FATAL:  lock file "postmaster.pid" already exists'),
			],
			at('FATAL:  lock file "postmaster.pid" already exists'),
		],
	])("%j", (lines, reason) => {
		expect(reasonIn([READY, ...lines], "stopped")).toBe(reason);
	});

	test("finds no reason after a kill -9, or in what clients did", () => {
		const clients = [
			'FATAL:  password authentication failed for user "x"',
			'FATAL:  database "x" does not exist',
			"FATAL:  the database system is starting up",
			"FATAL:  could not receive data from WAL stream: server closed the connection unexpectedly",
		].map(at);
		expect(reasonIn([panic, READY, ...clients], "stopped")).toBeNull();
	});
});

test("cuts a long line", () => {
	expect(reasonIn([`PANIC:  ${"x".repeat(5000)}`], "stopped")).toHaveLength(301);
});

describe("why repmgrd does not run", () => {
	const when = (text: string) => `[2026-11-29 22:29:37] ${text}`;
	const start = when("[NOTICE] repmgrd (repmgrd 5.3.3) starting up");

	test.each([
		[when("[NOTICE] TERM signal received"), when("[INFO] repmgrd terminating...")],
		[
			when("[ERROR] no metadata record found for this node - terminating"),
			when("[HINT] check that 'repmgr (primary|standby) register' was executed for this node"),
		],
	])("%s", (reason, after) => {
		expect(reasonIn([start, reason, after], "no repmgrd")).toBe(reason);
	});

	test("ignores lines of an earlier repmgrd", () => {
		expect(reasonIn([when("[ERROR] connection to database failed"), start], "no repmgrd")).toBeNull();
	});
});
