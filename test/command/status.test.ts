import { setImmediate } from "node:timers/promises";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { formatStatus, statusCommand, watchStatus } from "../../src/command/status.ts";
import { statusRecord } from "../../src/presentation/status-record.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { failed, NOW, primaryReading, registration, repmgrd, standbyReading } from "../support/records.ts";

function healthy() {
	const session = fakeSession();
	session.sees(1, primaryReading());
	session.sees(2, standbyReading());
	return session;
}
const snapshotOf = (session: ReturnType<typeof fakeSession>) => session.store.getState().snapshot;

describe("status as text", () => {
	test("prints the verdict and a table", () => {
		expect(formatStatus(snapshotOf(healthy()), "text")).toBe(
			[
				"OK: primary node1; 1 of 1 standbys stream",
				"",
				"ID  NODE      ROLE     STATUS     UPSTREAM  TIMELINE  LSN        LAG  REPMGRD  AGE",
				"1   node1     primary  running    –         1         0/5000000  –    running  now",
				"2   └─ node2  standby  streaming  node1     1         0/5000000  0 B  running  now",
			].join("\n"),
		);
	});

	test("prints findings below the verdict, the worst with its advice", () => {
		const session = healthy();
		session.sees(2, primaryReading({ timeline: 2, repmgrd: repmgrd({ paused: true }) }));
		session.store.tick(NOW + 5000);
		const [verdict, , ...lines] = formatStatus(snapshotOf(session), "text").split("\n");
		expect(verdict).toMatch(/^CRITICAL: 2 primaries/);
		expect(lines.slice(0, 5)).toEqual([
			'CRITICAL  SPLIT_BRAIN: "node1" and "node2" are both out of recovery and accept writes',
			expect.stringMatching(/^DETAIL: {2}Commits on one of them are missing/),
			expect.stringMatching(/^HINT: {2}Keep clients away/),
			expect.stringMatching(
				/^CAUTION: {2}Do not let clients write to .* Do not run "repmgr primary register -F"/,
			),
			'WARNING  REPMGRD_PAUSED: repmgrd is paused on "node2"',
		]);
		expect(lines[6]).toMatch(/^ID {2}NODE /);
	});

	test("prints faults below the table, and advice about rejected logins once", () => {
		const session = fakeSession();
		const rejected = {
			kind: "authentication",
			message: "password authentication failed",
			hint: "Look at ~/.pgpass.",
		} as const;
		for (const nodeId of [1, 2]) {
			session.store.receive([{ nodeId, of: "server", observation: failed(rejected) }]);
		}
		const lines = formatStatus(snapshotOf(session), "text").split("\n");
		expect(lines).toContain("node1: password authentication failed");
		expect(lines).toContain("node2: password authentication failed");
		expect(lines.filter((line) => line === "HINT:  Look at ~/.pgpass.")).toHaveLength(1);
	});

	test("prints notices: what is unknown, and why", () => {
		const session = healthy();
		session.sees(2, standbyReading({ missingRights: ["repmgr.events (grant SELECT)"] }));
		expect(formatStatus(snapshotOf(session), "text")).toMatch(
			/\n\nnode2: may not read repmgr\.events \(grant SELECT\)$/,
		);
	});

	test("aligns columns by display width", () => {
		const session = fakeSession([
			registration(1, { nodeName: "東京プライマリ" }),
			registration(2, { nodeName: "🐘" }),
		]);
		session.sees(1, primaryReading());
		session.sees(2, standbyReading());
		const [, , ...table] = formatStatus(snapshotOf(session), "text").split("\n");
		const starts = table.map((line) => stringWidth(line.slice(0, line.search(/ROLE|primary|standby/))));
		expect(new Set(starts).size).toBe(1);
	});
});

test("--json prints the record of schema 1", () => {
	const snapshot = snapshotOf(healthy());
	expect(JSON.parse(formatStatus(snapshot, "json"))).toEqual(
		JSON.parse(JSON.stringify(statusRecord(snapshot))),
	);
});

test("--csv prints a heading and a line per node, quoted where needed, with unknown values empty", () => {
	const session = fakeSession([
		registration(1, { nodeName: 'the "big", one' }),
		registration(2),
		registration(3),
	]);
	session.sees(1, primaryReading());
	session.sees(2, standbyReading());
	expect(formatStatus(snapshotOf(session), "csv").split("\n")).toEqual([
		"node_id,node_name,type,active,role,status,upstream_node_id,timeline,current_lsn,receive_lsn,replay_lsn," +
			"lag_bytes,lag_seconds,replay_paused,repmgrd_running,repmgrd_pid,repmgrd_paused,location,priority,age_ms,timeline_at_least",
		'1,"the ""big"", one",primary,true,primary,running,,1,0/5000000,,,,,,true,93,false,default,100,0,',
		"2,node2,standby,true,standby,streaming,1,1,,0/5000000,0/5000000,0,0,false,true,93,false,default,100,0,",
		"3,node3,standby,true,,unknown,,,,,,,,,,,,default,100,,",
	]);
});

describe("the exit code is the severity", () => {
	const cases: readonly [string, number, (session: ReturnType<typeof fakeSession>) => void][] = [
		["ok", 0, () => {}],
		["warning", 1, (session) => session.sees(2, standbyReading({ walReceiver: null }))],
		["critical", 2, (session) => session.sees(2, primaryReading())],
		[
			"unknown",
			3,
			(session) => {
				for (const nodeId of [1, 2])
					session.store.receive([{ nodeId, of: "server", observation: failed({}, NOW + 1) }]);
			},
		],
	];
	test.each(cases)("%s: %i", async (severity, exitCode, change) => {
		const session = healthy();
		change(session);
		session.store.tick(NOW + 11_000);
		const { out, err, output } = recordOutput();
		expect(await statusCommand(session, "text", output)).toBe(exitCode);
		expect(out.join("\n").toLowerCase().startsWith(severity)).toBe(true);
		expect(err).toEqual([]);
	});

	test("prints why on standard error and exits with 3 if there is no cluster", async () => {
		const session = fakeSession([], {
			kind: "refused",
			message: "connection refused",
			hint: "Check the port.",
		});
		const { out, err, output } = recordOutput();
		expect(await statusCommand(session, "json", output)).toBe(3);
		expect(out).toEqual([]);
		expect(err).toEqual(["repmgr-console: error: connection refused\nHINT:  Check the port."]);
	});
});

describe("status --watch", () => {
	function watch(format: "text" | "json" | "csv") {
		const session = healthy();
		const { out, output } = recordOutput();
		const controller = new AbortController();
		const ended = watchStatus(session, format, output, controller.signal);
		return { session, out, ended, stop: () => controller.abort() };
	}

	test("prints the status now and at each change, until interrupted", async () => {
		const { session, out, ended, stop } = watch("text");
		await setImmediate();
		expect(out).toHaveLength(1);
		session.sees(2, standbyReading({ walReceiver: null }), 1000);
		expect(out).toHaveLength(2);
		// It may merely restart; that is not "OK" either.
		expect(out[1]).toMatch(/^SETTLING: 0 of 10 s; primary node1; node2 detached/);
		session.store.tick(NOW + 12_000);
		expect(out).toHaveLength(3);
		expect(out[2]).toMatch(/^WARNING: primary node1; node2 detached/);
		stop();
		expect(await ended).toBe(1);
		session.sees(2, standbyReading(), 13_000);
		expect(out).toHaveLength(3);
	});

	test("ignores changes of positions, lag and ages", async () => {
		const { session, out, ended, stop } = watch("text");
		await setImmediate();
		session.sees(1, primaryReading({ currentLsn: "0/6000000" }), 1000);
		session.store.tick(NOW + 60_000);
		stop();
		await ended;
		expect(out).toHaveLength(1);
	});

	test.each([
		["role", 2, primaryReading()],
		["timeline", 1, primaryReading({ timeline: 2 })],
		["paused replay", 2, standbyReading({ replayPaused: true })],
		["repmgrd", 1, primaryReading({ repmgrd: repmgrd({ running: false }) })],
		["paused repmgrd", 1, primaryReading({ repmgrd: repmgrd({ paused: true }) })],
		["rights", 1, primaryReading({ missingRights: ["repmgr.events"] })],
		["rows of repmgr.nodes", 1, primaryReading({ registrations: [registration(1)] })],
	])("prints again at a change of %s", async (_, nodeId, reading) => {
		const { session, out, ended, stop } = watch("csv");
		await setImmediate();
		session.sees(nodeId, reading, 1000);
		stop();
		await ended;
		expect(out).toHaveLength(2);
	});

	test("--json prints one document per line", async () => {
		const { session, out, ended, stop } = watch("json");
		await setImmediate();
		session.sees(2, primaryReading({ timeline: 2 }), 1000);
		session.store.tick(NOW + 2000);
		stop();
		await ended;
		expect(out.map((line) => [line.includes("\n"), JSON.parse(line).severity])).toEqual([
			[false, "ok"],
			[false, "critical"],
		]);
	});

	test("prints one status if already interrupted", async () => {
		const { out, output } = recordOutput();
		expect(await watchStatus(healthy(), "text", output, AbortSignal.abort())).toBe(0);
		expect(out).toHaveLength(1);
	});
});
