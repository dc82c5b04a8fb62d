import { describe, expect, test } from "vitest";
import type { DrillIntent } from "../../../src/model/intent.ts";
import { afterOutage } from "../../../src/operation/drill/aftermath.ts";
import type { Facts } from "../../../src/operation/plan/facts.ts";
import { request } from "../../../src/operation/request.ts";
import { resumedPlan } from "../../../src/operation/run/resumed-plan.ts";
import { runbook } from "../../../src/presentation/runbook.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { repmgrd, SYSTEM_IDENTIFIER } from "../../support/records.ts";
import { type Changes, foreseen } from "../../support/worlds.ts";

type Surveys = Readonly<Record<number, SurveyChanges>>;

const PRIMARY: SurveyChanges = {
	look: { postmaster: { pid: 71, state: "S" }, dataDirectory: "/var/lib/postgresql/15/main" },
};

function facts(surveys: Surveys = { 1: PRIMARY }, changes: Changes = {}): Facts {
	return { ...factsOf(surveys, changes), snapshot: foreseen(changes) };
}

const ask = (intent: Partial<DrillIntent> = {}, ...given: Parameters<typeof facts>) =>
	request({ kind: "drill", nodeId: 1, how: "stop", ...intent }, facts(...given));

describe("the plan of a drill", () => {
	test("writes, stops the primary, waits for another, and rejoins the old one", () => {
		const { plan } = ask();
		expect(plan?.steps.filter(({ runs }) => runs === "in order").map(({ key }) => key)).toEqual([
			...["create-probe", "writes", "outage", "election"],
			...["save-wal", "checkpoint", "mark-rewind", "rejoin"],
		]);
		expect(plan?.steps.filter(({ runs }) => runs === "always").map(({ key }) => key)).toEqual([
			...["measure", "drop-probe"],
			...["unpause-1", "unpause-2", "unpause-3", "unpause-4"],
			"health",
			"witness-4",
		]);
		expect(plan?.steps.find(({ key }) => key === "outage")?.command.shown).toEqual([
			"timeout 120 repmgr -f /etc/repmgr.conf node service --action=stop",
		]);
		expect(plan?.steps.find(({ key }) => key === "rejoin")).toMatchObject({
			command: { nodeId: 1 },
			expects: [
				{ kind: "streaming", nodeId: 1, fromNodeId: 2 },
				{ kind: "registered", nodeId: 1, as: "standby", upstreamNodeId: 2 },
			],
		});
		expect(plan?.blastRadius).toMatchObject({ restarts: [1], lossBytes: 0 });
		expect(plan?.confirmation).toEqual({ kind: "name and loss", name: "node1", lossBytes: 0 });
	});

	test("expects the outage of the forecast, and waits at most twice that and a margin", () => {
		const { plan } = ask();
		const crash = foreseen().forecast?.seconds?.crash;
		expect(plan?.blastRadius.writeOutageSeconds).toEqual({ from: crash?.least, to: crash?.most });
		const election = plan?.steps.find(({ key }) => key === "election");
		expect(election?.settleSeconds).toBe(2 * (crash?.most ?? 0) + 10);
	});

	test("kills only the postmaster that was seen, and recovers the server on its host", () => {
		const { plan } = ask({ how: "kill" });
		const kill = plan?.steps.find(({ key }) => key === "outage")?.command.argv ?? [];
		expect(kill.slice(0, 2)).toEqual(["sh", "-c"]);
		expect(kill.slice(3)).toEqual(["sh", "/var/lib/postgresql/15/main", "71"]);
		expect(plan?.steps.find(({ key }) => key === "recover")?.command.argv.slice(1)).toEqual([
			...["--single", "-D", "/var/lib/postgresql/15/main"],
			...["-c", "config_file=/etc/postgresql/15/main/postgresql.conf", "template1"],
		]);
	});

	test("grants the console's role the writes, whatever its name", () => {
		const { plan } = ask({}, { 1: { ...PRIMARY, server: { role: 'odd"; DROP' } } });
		expect(plan?.steps[0]?.command.argv.at(-1)).toContain('TO "odd""; DROP"');
	});

	test("says in the runbook that its own steps run nothing on a host", () => {
		const { plan } = ask();
		const text = plan === undefined ? "" : runbook(plan);
		expect(text).toContain("By hand; nothing is run on a host.");
		expect(text).not.toMatch(/```sh\n\n```/);
	});
});

describe("a drill is refused", () => {
	const paused = (nodeId: number) => ({
		server: { repmgrd: repmgrd({ paused: true, localNodeId: nodeId, upstreamNodeId: 1 }) },
	});
	const wrong = { ...foreseen(), findings: [] };

	test("if no standby would be promoted", () => {
		const { refusal } = ask({}, { 1: PRIMARY }, { 2: paused(2), 3: paused(3) });
		expect(refusal?.message).toMatch(/check failed: repmgrd would promote a standby/);
		expect(refusal?.detail).toMatch(/paused/);
	});

	test("if its duration is unknown", () => {
		const unread = { hostFault: { kind: "timeout", message: "no" } } as const;
		const { refusal } = ask({}, { 1: PRIMARY }, { 2: unread, 3: unread });
		expect(refusal?.detail).toMatch(/How long it takes is unknown/);
	});

	test("for a node that is not the primary", () => {
		expect(ask({ nodeId: 2 }).refusal?.message).toMatch(/it is not the one primary/);
	});

	test("if there is a finding above a notice", () => {
		const finding = {
			code: "STANDBY_LAGGING",
			severity: "warning",
			nodeId: 3,
			message: "it lags",
			detail: "",
			hint: "",
			evidence: [],
			remedy: null,
			doNot: null,
		} as const;
		const askWith = (severity: "warning" | "notice") =>
			request(
				{ kind: "drill", nodeId: 1, how: "stop" },
				{ ...facts(), snapshot: { ...wrong, findings: [{ ...finding, severity }] } },
			);
		expect(askWith("warning").refusal?.detail).toContain("STANDBY_LAGGING: it lags");
		expect(askWith("notice").plan).toBeDefined();
	});

	test("if repmgr would damage settings of a node that follows afterwards", () => {
		const damaged = { host: { damagedByRepmgr: ["archive_command"] } };
		expect(ask({}, { 1: { ...PRIMARY, ...damaged } }).refusal?.detail).toMatch(/a quote or backslash/);
		expect(ask({}, { 3: damaged }).refusal?.hint).toContain("ALTER SYSTEM RESET archive_command");
		// The one that is promoted.
		expect(ask({}, { 2: damaged }).plan).toBeDefined();
	});

	test("if the old primary could not rejoin", () => {
		const { refusal } = ask({}, { 1: { ...PRIMARY, server: { canBeRewound: false } } });
		expect(refusal?.message).toMatch(/"node1" can come back as a standby/);
		const without = { 1: { ...PRIMARY, host: { serverConfigFile: null } } };
		expect(ask({ how: "kill" }, without).refusal?.detail).toMatch(/postgresql.conf is not found/);
		expect(ask({ how: "stop" }, without).plan).toBeDefined();
	});
});

const END = { pausedBefore: [1, 2, 3, 4].map((nodeId) => ({ nodeId, isPaused: false })), suffix: "-x" };
const UNPAUSED = ["unpause-1-x", "unpause-2-x", "unpause-3-x", "unpause-4-x"];
const CLEAN = ["measure-x", "drop-probe-x", ...UNPAUSED, "health-x", "witness-4-x"];

const stopped = (state: string): SurveyChanges => ({
	look: {
		postmaster: false,
		repmgrCommands: [],
		controlData: { state, timeline: 1, checkpointLsn: "0/5000000", systemIdentifier: SYSTEM_IDENTIFIER },
	},
});

const GONE: Changes = { 1: { fault: { kind: "refused" } } };
const PROMOTED: Changes = {
	...GONE,
	2: { server: { inRecovery: false, walReceiver: null, currentLsn: "0/6000000", timeline: 2 } },
};

const keys = (surveys: Surveys, changes: Changes, mayPause = true) =>
	afterOutage(facts(surveys, changes), 1, END, mayPause).map(({ key }) => key);

describe("after the outage", () => {
	test("the old primary rejoins the promoted standby, after recovery if it crashed", () => {
		expect(keys({ 1: stopped("shut down") }, PROMOTED)).toEqual([
			"save-wal-x",
			"checkpoint-x",
			"mark-rewind-x",
			"rejoin-x",
			...CLEAN,
		]);
		const crashed = keys({ 1: stopped("in production") }, PROMOTED);
		expect(crashed).toEqual([
			"save-wal-x",
			"checkpoint-x",
			"recover-x",
			"mark-rewind-x",
			"rejoin-x",
			...CLEAN,
		]);
	});

	test("the old primary rejoins the promoted standby, forecast or not", () => {
		const other: Changes = { ...GONE, 3: { ...PROMOTED[2] } };
		const steps = afterOutage(facts({ 1: stopped("shut down") }, other), 1, END, true);
		expect(steps.find(({ key }) => key === "rejoin-x")?.expects).toContainEqual({
			kind: "streaming",
			nodeId: 1,
			fromNodeId: 3,
		});
		expect(steps.find(({ key }) => key === "drop-probe-x")?.command.nodeId).toBe(3);
	});

	test("a drill that stopped nothing only cleans up", () => {
		expect(keys({}, {})).toEqual(CLEAN);
	});

	test("without a promotion, repmgrd is paused and the cluster read again before the old primary starts", () => {
		const first = afterOutage(facts({ 1: stopped("shut down") }, GONE), 1, END, true);
		expect(first.slice(0, 5).map(({ key }) => key)).toEqual([
			...["pause-2-first-x", "pause-3-first-x", "pause-4-first-x", "second-look-x"],
			"start-again-x",
		]);
		expect(first[3]?.looksAgain).toBe(true);
		const paused = (nodeId: number) => ({
			server: { repmgrd: repmgrd({ paused: true, localNodeId: nodeId, upstreamNodeId: 1 }) },
		});
		const allPaused: Changes = { ...GONE, 2: paused(2), 3: paused(3), 4: paused(4) };
		expect(keys({ 1: stopped("shut down") }, allPaused, false)).toEqual(["start-again-x", ...CLEAN]);
		// One that does not answer may have been promoted; one that is not paused may yet be.
		const silent: Changes = { ...allPaused, 3: { fault: { kind: "unreachable" } } };
		expect(keys({ 1: stopped("shut down") }, silent, false)).toEqual(UNPAUSED);
		expect(keys({ 1: stopped("shut down") }, { ...allPaused, 2: {} }, false)).toEqual(UNPAUSED);
	});

	test("with two primaries, no server is started or rejoined", () => {
		expect(keys({}, { 2: { ...PROMOTED[2] } })).toEqual(UNPAUSED);
	});
});

test("a resumed drill begins no outage, and plans the later steps after the election", () => {
	const { plan } = ask();
	const steps = (plan?.steps ?? []).filter(({ runs }) => runs === "in order");
	const record = {
		operationId: "op",
		title: "drill",
		pausedBefore: END.pausedBefore,
		drilledNodeId: 1,
		steps: steps.map((step) => ({ ...step, nodeId: step.command.nodeId })),
	};
	const resumed = resumedPlan(record, facts(), "7");
	const [outage, election, ...rest] = resumed.steps;
	expect(outage).toMatchObject({ key: "outage", runs: "if begun", command: { argv: [] } });
	expect(election).toMatchObject({
		runs: "always",
		looksAgain: true,
		expects: [{ kind: "one primary", nodeId: 1 }],
		settleSeconds: plan?.steps.find(({ key }) => key === "election")?.settleSeconds,
	});
	expect(rest.every(({ key }) => /^(un)?pause-/.test(key))).toBe(true);
});
