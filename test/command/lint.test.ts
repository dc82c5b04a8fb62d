import { describe, expect, test } from "vitest";
import { lintCommand } from "../../src/command/lint.ts";
import type { LintReport, LintResult } from "../../src/model/lint-result.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { NOW } from "../support/records.ts";

function result(changes: Partial<LintResult> = {}): LintResult {
	return {
		code: "SUCH_A_TRAP",
		severity: "warning",
		nodeId: 2,
		message: "this is set up badly",
		where: { host: "node2", file: "/etc/repmgr.conf", line: 7 },
		why: "It goes wrong one day.",
		link: "https://www.repmgr.org/docs/current/configuration-file.html",
		change: [{ title: "line 7 of /etc/repmgr.conf on node2", text: "failover='automatic'" }],
		...changes,
	};
}

async function run(
	report: Partial<LintReport>,
	options: { readonly json?: boolean; readonly node?: string } = {},
) {
	const session = fakeSession();
	session.checkSetup = () =>
		Promise.resolve({ readAt: NOW, results: [], isAnythingRead: true, ...report } satisfies LintReport);
	const { out, err, output } = recordOutput();
	const exitCode = await lintCommand(session, { json: false, node: undefined, ...options }, output);
	return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

describe("lint as text", () => {
	test("prints message, place, reason and change", async () => {
		const { out } = await run({ results: [result()] });
		expect(out).toBe(`0 errors, 1 warning, 0 notices

WARNING:  this is set up badly [SUCH_A_TRAP]
WHERE:  node2:/etc/repmgr.conf:7
DETAIL:  It goes wrong one day.
SEE:  https://www.repmgr.org/docs/current/configuration-file.html
CHANGE:  line 7 of /etc/repmgr.conf on node2:
    failover='automatic'`);
	});

	test("counts unreadable parts separately", async () => {
		const { out } = await run({ results: [result({ severity: "unknown", change: [] })] });
		expect(out).toContain("0 errors, 0 warnings, 0 notices; 1 part not readable");
	});
});

describe("the exit code", () => {
	test.each([
		[0, []],
		[0, ["notice"]],
		[0, ["unknown", "notice"]],
		[1, ["warning", "notice"]],
		[2, ["error", "warning", "unknown"]],
	] as const)("%i for %j", async (expected, severities) => {
		const results = severities.map((severity) => result({ severity }));
		expect((await run({ results })).exitCode).toBe(expected);
	});

	test("is 3 if nothing could be read", async () => {
		expect((await run({ isAnythingRead: false, results: [result({ severity: "error" })] })).exitCode).toBe(3);
	});
});

test("--json prints one document", async () => {
	const { out } = await run(
		{ results: [result(), result({ severity: "notice", nodeId: null })] },
		{ json: true },
	);
	expect(JSON.parse(out)).toEqual({
		schema: 1,
		readAt: "2026-11-23T04:41:12.000Z",
		cluster: { name: "prod" },
		counts: { error: 0, warning: 1, notice: 1, unknown: 0 },
		results: [result(), result({ severity: "notice", nodeId: null })],
	});
});

describe("--node", () => {
	const results = [result(), result({ nodeId: 1, severity: "error" }), result({ nodeId: null })];

	test("restricts results and exit code to the node", async () => {
		const { out, exitCode } = await run({ results }, { node: "node2", json: true });
		expect(JSON.parse(out)).toMatchObject({ counts: { error: 0, warning: 1 }, results: [{ nodeId: 2 }] });
		expect(exitCode).toBe(1);
	});

	test("must name a registered node", async () => {
		const { err, exitCode } = await run({ results }, { node: "noed2" });
		expect(exitCode).toBe(64);
		expect(err).toBe('repmgr-console: error: there is no node "noed2"\nHINT:  Did you mean "node2"?');
	});
});

test("prints why if there is no node", async () => {
	const session = fakeSession([], { kind: "refused", message: "nobody listens" });
	const { err, output } = recordOutput();
	expect(await lintCommand(session, { json: false, node: undefined }, output)).toBe(3);
	expect(err).toEqual(["repmgr-console: error: nobody listens"]);
});
