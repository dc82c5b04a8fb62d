import { describe, expect, test } from "vitest";
import { parseArguments } from "../../src/command/arguments.ts";
import { asPlugin, nagiosLine } from "../../src/command/nagios.ts";
import { statusCommand } from "../../src/command/status.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { NOW, primaryReading, registration, repmgrd, standbyReading } from "../support/records.ts";

function healthy(name = "node2") {
	const session = fakeSession([registration(1), registration(2, { nodeName: name })]);
	session.sees(1, primaryReading());
	session.sees(2, standbyReading());
	return session;
}

const lineOf = (session: ReturnType<typeof fakeSession>) => nagiosLine(session.store.getState().snapshot);

/** Monitoring Plugins Development Guidelines, 2.6: 'label'=value[UOM];[warn];[crit];[min];[max], by blanks. */
function performanceData(line: string): Readonly<Record<string, string>> {
	const [, data = "", ...more] = line.split("|");
	expect(more).toEqual([]);
	const datum = /^ '((?:[^'=]|'')+)'=(U|-?[0-9.]+(?:B|s|%|c)?(?:;[^; ]*){0,4})/;
	const found: Record<string, string> = {};
	let rest = data;
	for (let match = datum.exec(rest); match !== null; match = datum.exec(rest)) {
		found[(match[1] ?? "").replaceAll("''", "'")] = match[2] ?? "";
		rest = rest.slice(match[0].length);
	}
	expect(rest).toBe("");
	return found;
}

describe("the line of a check plugin", () => {
	test("has the verdict, and performance data with units", () => {
		const line = lineOf(healthy());
		expect(line).toMatch(/^REPMGR OK: primary node1; 1 of 1 standbys stream \| /);
		expect(performanceData(line)).toEqual({
			nodes: "2;;;0",
			reachable: "2;;;0",
			primaries: "1;;;0",
			standbys: "1;;;0",
			streaming: "1;;;0",
			findings_critical: "0;;;0",
			findings_warning: "0;;;0",
			node2_lag: "0B;;;0",
			node2_lag_seconds: "0s;;;0",
		});
	});

	test("counts nothing as 0 of a node that was not read", () => {
		const session = fakeSession([registration(1), registration(2)]);
		const counts = ["reachable", "primaries", "streaming", "findings_critical", "findings_warning"];
		const unknown = Object.fromEntries(counts.map((name) => [name, "U"]));
		expect(performanceData(lineOf(session))).toMatchObject(unknown);
		session.sees(1, primaryReading());
		expect(performanceData(lineOf(session))).toMatchObject({ ...unknown, nodes: "2;;;0" });
	});

	test("names the worst finding, and how many more there are", () => {
		const session = healthy();
		session.sees(2, primaryReading({ timeline: 2, repmgrd: repmgrd({ paused: true }) }));
		session.store.tick(NOW + 5000);
		expect(lineOf(session)).toMatch(/^REPMGR CRITICAL: 2 primaries.*; SPLIT_BRAIN: .*; \d more findings? \|/);
		expect(performanceData(lineOf(session))).toMatchObject({ primaries: "2;;;0", streaming: "0;;;0" });
	});

	test("is one line with one bar, whatever a node is called, and what is not known is U", () => {
		const session = healthy("a|b='c\nd");
		session.sees(2, standbyReading({ walReceiver: null }));
		const line = lineOf(session);
		expect(line).not.toContain("\n");
		expect(performanceData(line)).toMatchObject({ "a_b_'c d_lag": "U" });
	});

	test("stays short before the bar", () => {
		expect(lineOf(healthy("n".repeat(5000))).split("|")[0]?.length).toBeLessThan(450);
	});
});

describe("a check plugin says UNKNOWN on standard output and exits with 3", () => {
	test("after wrong usage", () => {
		const { out, err, output } = recordOutput();
		const plugin = asPlugin(output);
		const exitCode = parseArguments(["status", "--nagios", "--jsn"], "1.2.3", plugin);
		expect(plugin.end(Number(exitCode))).toBe(3);
		expect(out).toEqual(["REPMGR UNKNOWN: unknown option '--jsn'"]);
		expect(err.join()).toMatch(/HINT/);
	});

	test("if no server answers", async () => {
		const { out, output } = recordOutput();
		const plugin = asPlugin(output);
		const fault = { kind: "unreachable", message: "nothing answers", hint: "Look." } as const;
		expect(plugin.end(await statusCommand(fakeSession([], fault), "nagios", plugin))).toBe(3);
		expect(out).toEqual(["REPMGR UNKNOWN: nothing answers"]);
	});

	test("after a defect, and not because of a warning", () => {
		const { out, output } = recordOutput();
		const plugin = asPlugin(output);
		plugin.err("repmgr-console: warning: something");
		plugin.err("repmgr-console: internal error: a | b\nDETAIL:  This is a bug.");
		expect(plugin.end(70)).toBe(3);
		expect(out).toEqual(["REPMGR UNKNOWN: a / b"]);
	});
});

test("its exit code is the severity, as without --nagios", async () => {
	const { output } = recordOutput();
	const plugin = asPlugin(output);
	const session = healthy();
	session.sees(2, primaryReading());
	session.store.tick(NOW + 5000);
	expect(plugin.end(await statusCommand(session, "nagios", plugin))).toBe(2);
});

test.each(["--json", "--csv", "--prometheus", "--watch"])("%s and --nagios exclude each other", (option) => {
	const { err, output } = recordOutput();
	expect(parseArguments(["status", "--nagios", option], "1.2.3", output)).toBe(64);
	expect(err.join()).toMatch(/cannot be used with/);
});
