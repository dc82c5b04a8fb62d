import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import { detached, failedOver, IN_A_RECORD, stopped as stoppedHost } from "../support/reach.ts";
import type { Changes } from "../support/worlds.ts";

const ask = (intent: Intent, surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}) =>
	request(intent, factsOf(surveys, changes));

const stopped = (state: string): SurveyChanges => ({
	look: {
		postmaster: false,
		controlData: { state, timeline: 1, checkpointLsn: "0/5000000", systemIdentifier: "7" },
	},
});

describe("pause and unpause", () => {
	test("need psql to log in on every host without a password prompt", () => {
		const logins = (said: string | null) => new Map([1, 2, 3, 4].map((id) => [id, id === 3 ? said : null]));
		const asked = (said: string | null) =>
			request({ kind: "pause", reason: "" }, { ...factsOf(), psqlLogins: logins(said) });
		expect(asked(null).plan).toBeDefined();
		const failure = asked("fe_sendauth: no password supplied").refusal?.prerequisites.find(
			({ state }) => state === "failed",
		);
		expect(failure).toMatchObject({ title: 'psql logs in on "node3"' });
		expect(failure?.found).toContain("no password supplied");
		expect(failure?.fix).toContain('"node3:5432:repmgr:repmgr:PASSWORD" into ~/.pgpass of postgres');
	});

	test("change only the nodes that need it, and restore nothing", () => {
		const { plan } = ask({ kind: "pause", reason: "patching" });
		expect(plan?.steps.map(({ key, runs }) => [key, runs])).toEqual(
			[1, 2, 3, 4].map((id) => [`pause-${id}`, "in order"]),
		);
		expect(plan?.pausedBefore).toEqual([]);
	});

	test("are refused where they would change nothing", () => {
		expect(ask({ kind: "unpause", reason: "" }).refusal?.message).toBe("repmgrd is paused nowhere already");
	});
});

describe("restart", () => {
	test("of a primary pauses repmgrd meanwhile, and needs its name", () => {
		const { plan } = ask({ kind: "restart", nodeId: 1 });
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			...[1, 2, 3, 4].map((id) => `pause-${id}`),
			...["restart", "in-place"],
			...[1, 2, 3, 4].map((id) => `unpause-${id}`),
		]);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
	});

	test("of a standby ends when it answers; a further step watches it stream again", () => {
		const { plan } = ask({ kind: "restart", nodeId: 2 });
		expect(plan?.steps.map(({ key, expects }) => [key, ...expects])).toEqual([
			["restart", { kind: "restarted", nodeId: 2 }],
			["in-place", { kind: "streaming", nodeId: 2, fromNodeId: 1 }],
		]);
	});
});

describe("start", () => {
	const lost: Changes = { 1: { fault: { kind: "refused" } } };

	test("of a primary that was shut down brings it back as the primary", () => {
		const { plan } = ask({ kind: "start", nodeId: 1 }, { 1: stopped("shut down") }, lost);
		expect(plan?.steps.map(({ expects }) => expects)).toEqual([
			[{ kind: "restarted", nodeId: 1 }],
			[{ kind: "primary", nodeId: 1 }],
		]);
	});

	test("of a former primary is refused once another was promoted", () => {
		const changes: Changes = {
			...lost,
			2: { server: { inRecovery: false, walReceiver: null, currentLsn: "0/6000000" } },
		};
		const { refusal } = ask({ kind: "start", nodeId: 1 }, { 1: stopped("shut down") }, changes);
		expect(refusal?.message).toMatch(/no second primary/);
	});

	test("of a former primary is refused while a standby can't be asked", () => {
		const changes: Changes = { ...lost, 2: { fault: { kind: "unreachable" } } };
		const { refusal } = ask({ kind: "start", nodeId: 1 }, { 1: stopped("shut down") }, changes);
		expect(refusal?.detail).toMatch(/"node2" can't be asked/);
	});

	test("of a standby does not check the other nodes", () => {
		const { plan } = ask(
			{ kind: "start", nodeId: 3 },
			{ 3: stopped("shut down in recovery") },
			{ 3: { fault: { kind: "refused" } } },
		);
		expect(plan?.steps[1]?.expects).toEqual([{ kind: "streaming", nodeId: 3, fromNodeId: 1 }]);
	});

	test("of a running server is refused", () => {
		expect(ask({ kind: "start", nodeId: 2 }).refusal?.detail).toMatch(/It runs/);
	});
});

describe("follow", () => {
	test("makes a dry run first", () => {
		const { plan } = ask({ kind: "follow", nodeId: 3, upstreamNodeId: 2 });
		expect(plan?.steps.map(({ key }) => key)).toEqual(["dry-run", "follow"]);
		expect(plan?.steps[1]?.command.argv.slice(3)).toEqual(["standby", "follow", "--upstream-node-id=2"]);
	});

	describe("with the beginning of a record past the fork, which repmgr refuses", () => {
		const held: Changes = {
			1: { fault: { kind: "refused" } },
			...failedOver(stoppedHost("in production")),
			3: { registered: { upstreamNodeId: 1 }, ...detached(0, IN_A_RECORD) },
		};
		const follow: Intent = { kind: "follow", nodeId: 3, upstreamNodeId: 2 };

		test("restarts the server first, with repmgrd paused", () => {
			const { plan } = ask(follow, {}, held);
			const all = ["pause-3", "restart", "trial", "follow", "unpause-3"];
			expect(plan?.steps.map(({ key }) => key)).toEqual(all);
			expect(plan?.blastRadius.restarts).toEqual([3]);
			expect(plan?.pausedBefore).toEqual([{ nodeId: 3, isPaused: false }]);
		});

		test("ignores the attempts of that node's repmgrd, but not those on other nodes", () => {
			const busy: SurveyChanges = { look: { repmgrCommands: ["standby follow"] } };
			expect(ask(follow, { 3: busy }, held).plan).toBeDefined();
			expect(ask(follow, { 2: busy }, held).refusal?.detail).toMatch(
				/"repmgr standby follow" runs on "node2"/,
			);
		});
	});

	test("is refused for a cycle, for the primary, and where it streams already", () => {
		expect(ask({ kind: "follow", nodeId: 2, upstreamNodeId: 2 }).refusal?.message).toMatch(
			/does not receive from/,
		);
		expect(ask({ kind: "follow", nodeId: 1, upstreamNodeId: 2 }).refusal?.message).toMatch(
			/not seen as a standby/,
		);
		expect(ask({ kind: "follow", nodeId: 2, upstreamNodeId: 1 }).refusal?.message).toMatch(
			/streams from "node1" already/,
		);
	});
});

describe("repmgrd", () => {
	test("is stopped by repmgr.conf's command only", () => {
		const conf = { repmgrd_service_stop_command: "sudo systemctl stop repmgrd" };
		const { plan } = ask({ kind: "repmgrd-stop", nodeId: 3 }, { 3: { look: { repmgrConf: conf } } });
		expect(plan?.steps[0]?.expects).toEqual([{ kind: "repmgrd", nodeId: 3, isRunning: false }]);
		expect(ask({ kind: "repmgrd-stop", nodeId: 3 }).refusal?.message).toMatch(
			/repmgrd_service_stop_command is set/,
		);
		expect(ask({ kind: "repmgrd-start", nodeId: 3 }).refusal?.message).toMatch(/runs already/);
	});
});
