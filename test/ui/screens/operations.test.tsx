import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import { OPERATIONS } from "../../../src/operation/index.ts";
import { impossibility } from "../../../src/operation/operation.ts";
import type { Plan } from "../../../src/operation/plan/plan.ts";
import { request } from "../../../src/operation/request.ts";
import { beginRun, type RunState, withStep } from "../../../src/operation/run/run-state.ts";
import { INITIAL_OPERATIONS, type OperationsState } from "../../../src/session/operation-store.ts";
import { Footer } from "../../../src/ui/components/footer.tsx";
import type { UiContext } from "../../../src/ui/context.ts";
import { operationBanner } from "../../../src/ui/operation-banner.ts";
import { completions, runCommand } from "../../../src/ui/prompt/commands.ts";
import { promptText } from "../../../src/ui/prompt/prompt-keys.ts";
import { reduce } from "../../../src/ui/reduce.ts";
import { runState } from "../../../src/ui/screens/states.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { diagnose } from "../../support/diagnose.ts";
import { factsOf } from "../../support/facts.ts";
import { INCIDENTS, stateOf } from "../../support/incidents.ts";
import { hostReading, LEFT_OPERATION, NOW } from "../../support/records.ts";
import { ALL_SIZES, bodyLines, draw, press, SIZES, uiContext } from "../../support/ui-context.tsx";
import { type Changes, worldOf } from "../../support/worlds.ts";

const SWITCHOVER: Intent = {
	kind: "switchover",
	nodeId: 2,
	siblingsFollow: true,
	forceRewind: false,
	acceptLostSlots: false,
};

const PLAN = request(SWITCHOVER, factsOf()).plan as Plan;

/** The console on the cluster of worlds.ts with this state of the operation store, whose calls are recorded. */
function given(
	operationStore: Partial<OperationsState> = {},
	changes: Changes = {},
	size = { columns: 80, rows: 24 },
) {
	const { context, copied } = uiContext(size);
	const asked: (Intent | string)[] = [];
	const data = { ...context.data, snapshot: worldOf(changes).snapshot };
	const record = (what: string) => (): void => {
		asked.push(what);
	};
	const session = {
		...context.session,
		operationStore: {
			store: undefined as never,
			ask: (intent: Intent) => asked.push(intent),
			approve: record("approve"),
			stopAfterStep: record("stop"),
			detach: () => Promise.resolve(record("detach")()),
			settled: () => Promise.resolve(),
			resume: (id: string) => asked.push(`resume ${id}`),
			readRuns: record("runs"),
			readPast: (id: string) => asked.push(`read ${id}`),
		},
	};
	const exits: number[] = [];
	const opened: UiContext = {
		...context,
		data,
		session,
		operationStore: { ...INITIAL_OPERATIONS, ...operationStore },
		exit: () => exits.push(1),
	};
	return { context: opened, asked, copied, exits };
}

const footerOf = (context: UiContext): string => bodyLines(context, <Footer context={context} />).join("");
const screenOf = ({ ui }: UiContext) => currentScreen(ui);
const onPlan = (context: UiContext): UiContext => ({
	...context,
	ui: reduce(context.ui, { event: "open", screen: { screen: "plan", offset: 0, showsAll: false } }),
});
const typed = (context: UiContext, text: string): UiContext => {
	const { prompt } = context.ui;
	if (prompt === null) throw new Error("nothing is typed");
	return { ...context, ui: promptText(context, prompt, text).reduce(reduce, context.ui) };
};

/** The keys to an operation in the menu. */
function downTo(kind: string): readonly "down"[] {
	return Array.from({ length: OPERATIONS.findIndex((one) => one.kind === kind) }, () => "down" as const);
}

/** The lock of operation "one" on node2's host, as a look at `at` found it. */
function withLock(at: number, systemIdentifier: string) {
	const { snapshot } = worldOf();
	const holder = { operationId: "one", operation: "drill", who: "anna", since: NOW, systemIdentifier };
	const host = { good: { value: { ...hostReading({}), locks: [holder] }, at }, fault: null };
	const nodes = snapshot.nodes.map((node) =>
		node.nodeId === 2 ? { ...node, state: { ...node.state, host } } : node,
	);
	return { ...snapshot, nodes } as typeof snapshot;
}

describe("the list of operations", () => {
	test("has every operation, with the reason if it is not possible", () => {
		const { context } = given();
		const lines = bodyLines(context, draw(press(context, "o")));
		expect(lines[0]).toMatch(/^─ OPERATIONS ─+$/);
		expect(lines[1]).toMatch(/^▸ switch over +A standby becomes the primary/);
		expect(lines[2]).toMatch(/^ {2}promote +not now: "node1" is a living primary: switch over/);
	});

	test("names nodes that are not possible, and disables what would change nothing", () => {
		const reasonOf = (kind: Intent["kind"], changes: Changes = {}) => {
			const { context } = given({}, changes);
			const wizard = OPERATIONS.find((one) => one.kind === kind);
			return wizard && impossibility(wizard, context.data.snapshot);
		};
		expect(reasonOf("rejoin")).toBe("node2: it streams; node3: it streams");
		expect(reasonOf("start")).toBe([1, 2, 3, 4].map((id) => `node${id}: it runs`).join("; "));
		expect(reasonOf("unpause")).toBe("repmgrd is paused nowhere already");
		expect(reasonOf("pause")).toBeNull();
		const gone = { fault: { kind: "unreachable" }, hostFault: { kind: "unreachable" } } as const;
		const all = { 1: gone, 2: gone, 3: gone, 4: gone };
		expect(reasonOf("start", all)).toBe(
			[1, 2, 3, 4].map((id) => `node${id}: it is unreachable, and may run`).join("; "),
		);
		expect(reasonOf("pause", all)).toBe("no node says whether repmgrd is paused");
		expect(reasonOf("unpause", all)).toBe("no node says whether repmgrd is paused");
	});

	test("says that plans can't be executed in a read-only session", () => {
		const { context } = given();
		const readOnly = { ...context, data: { ...context.data, isReadOnly: true } };
		const text = bodyLines(readOnly, draw(press(readOnly, "o"))).join("\n");
		expect(text).toMatch(/A plan can be made but not executed: this is a\s+read-only session\./);
		expect(footerOf(readOnly)).toContain("plans (read-only)");
		expect(footerOf(context)).not.toContain("read-only");
	});

	test("opens the form of an operation", () => {
		const { context } = given();
		expect(screenOf(press(context, "o", "down", "down", "enter"))).toMatchObject({
			screen: "wizard",
			kind: "follow",
		});
	});
});

describe("the form", () => {
	test.each(ALL_SIZES)("of a switchover fits $columns×$rows, with the best candidate chosen", (size) => {
		const { context } = given({}, {}, size);
		const lines = bodyLines(context, draw(press(context, "s")));
		const all = lines.join("\n");
		expect(lines[0]).toMatch(/^─ SWITCH OVER ─+$/);
		expect(all).toMatch(/^▸ \(•\) node2 {3}streaming, \d+ B behind, priority 100/m);
		expect(all).toMatch(/^ {2}\( \) node3 /m);
		expect(all).toMatch(/\[x\] the other nodes follow the new primary/);
		for (const line of lines) expect(line.length).toBeLessThanOrEqual(size.columns);
	});

	test("says why a node can't be chosen", () => {
		const { context } = given({}, { 2: { server: { replayPaused: true } } });
		const opened = press(context, "s");
		const lines = bodyLines(context, draw(opened)).join("\n");
		expect(lines).toMatch(/^▸ \(•\) node3/m);
		expect(lines).toMatch(/node2 {3}not: its WAL replay is paused/);
	});

	test("shows every option in full at 80 columns, and one meaning of space", () => {
		const { context } = given();
		const opened = press(context, "s", "down", "down");
		const lines = bodyLines(context, draw(opened)).join("\n");
		for (const option of ["--no-siblings-follow", "--force-rewind", "--accept-lost-slots"])
			expect(lines).toMatch(new RegExp(`${option}$`, "m"));
		expect(footerOf(opened)).toContain(" space toggle ");
		expect(footerOf(opened)).not.toContain("pause");
	});

	test("offers to stop either of two primaries, and to rejoin none before", () => {
		const second = { server: { inRecovery: false, timeline: 2, walReceiver: null } };
		const { context, asked } = given({}, { 2: second });
		const stop = press(context, "o", ...downTo("stop"), "enter");
		const lines = bodyLines(context, draw(stop)).join("\n");
		expect(lines).toMatch(/\(•\) node1/);
		expect(lines).toMatch(/\( \) node2 +registered as standby, runs as a primary$/m);
		for (const line of lines.split("\n")) expect(line).not.toMatch(/^ .*…$/);
		press(stop, "down", "space", "enter");
		expect(asked).toMatchObject([{ kind: "stop", nodeId: 2 }]);
	});

	test("lists first the primary that a finding says to fence", () => {
		const world = worldOf({
			2: {
				server: {
					inRecovery: false,
					timeline: 2,
					currentLsn: "0/5000000",
					walReceiver: null,
					forks: [{ timeline: 1, endLsn: "0/5000000" }],
					clientSessions: 0,
				},
			},
			3: { server: { timeline: 1 } },
		});
		const findings = diagnose(world);
		const [split] = findings;
		expect(split).toMatchObject({ code: "SPLIT_BRAIN", remedy: { intent: { kind: "fence" } } });
		const { context } = given();
		const data = { ...context.data, snapshot: { ...world.snapshot, findings } };
		const form = press({ ...context, data }, "o", ...downTo("fence"), "enter");
		const lines = bodyLines(context, draw(form)).join("\n");
		const wanted = world.snapshot.nodes.find(({ nodeId }) => nodeId === split?.remedy?.nodeId);
		expect(wanted?.nodeId).toBe(2);
		expect(lines).toMatch(new RegExp(`\\(•\\) ${wanted?.nodeName}`));
	});

	test("clears the reason once the key is enabled", () => {
		const dryRun = { state: "running" } as const;
		const waiting = given({ pending: { state: "planned", plan: PLAN, dryRun } }).context;
		const early = press(onPlan(waiting), "enter");
		expect(footerOf(early)).toContain("execute: repmgr's dry run is still running");
		const ended = { state: "ended", exitCode: 0, text: "" } as const;
		const later = {
			...early,
			operationStore: {
				...early.operationStore,
				pending: { state: "planned", plan: PLAN, dryRun: ended },
			} as const,
		};
		expect(footerOf(later)).toContain("enter execute");
	});

	test("turns answers into an intent", () => {
		const { context, asked } = given();
		const answered = press(context, "s", "down", "enter", "down", "down", "x", "enter");
		expect(asked).toEqual([{ ...SWITCHOVER, nodeId: 3, forceRewind: true }]);
		expect(screenOf(answered).screen).toBe("plan");
	});

	test("moving does not choose; enter or space does", () => {
		const { context, asked } = given();
		const moved = press(context, "s", "down");
		expect(bodyLines(context, draw(moved)).join("\n")).toMatch(/\(•\) node2 [\s\S]*▸ \( \) node3 /);
		const chosen = press(moved, "enter");
		expect(bodyLines(context, draw(chosen)).join("\n")).toMatch(/▸ \(•\) node3 /);
		expect(asked).toEqual([]);
		press(chosen, "enter");
		expect(asked).toEqual([{ ...SWITCHOVER, nodeId: 3 }]);
	});

	test("takes text at the prompt", () => {
		const { context, asked } = given();
		const wizard = press(context, "o", ...downTo("pause"), "enter");
		expect(screenOf(wizard)).toMatchObject({ kind: "pause" });
		const reasoned = press(typed(press(wizard, "e"), "new kernel"), "enter");
		expect(bodyLines(context, draw(reasoned)).join("\n")).toMatch(/Why: new kernel/);
		const written = press(typed(press(reasoned, "tab", "e"), "2099-12-01 06:00"), "enter");
		press(written, "enter");
		expect(asked).toEqual([{ kind: "pause", reason: "new kernel", until: "2099-12-01T06:00Z" }]);
	});

	test("makes no plan before an answer that is required is given", () => {
		const { context, asked } = given();
		const wizard = press(context, "o", ...downTo("fence"), "enter");
		const asking = press(wizard, "enter");
		expect(footerOf(asking)).toContain("Why this node:");
		expect(footerOf(press(wizard, "e"))).toBe(footerOf(asking));
		const written = press(typed(asking, "cut off"), "enter", "enter");
		expect(screenOf(written).screen).toBe("plan");
		expect(asked).toMatchObject([{ kind: "fence", how: "stop", reason: "cut off" }]);
	});

	test("is opened by commands, too", () => {
		const { context } = given();
		expect(runCommand(context, "switchover node3")).toMatchObject({
			event: "open",
			screen: { screen: "wizard", kind: "switchover", answers: { node: "3" } },
		});
		expect(runCommand(context, "pause")).toMatchObject({ screen: { screen: "wizard", kind: "pause" } });
		// Its form says why there can be no plan now.
		expect(runCommand(context, "unpause")).toMatchObject({ screen: { screen: "wizard", kind: "unpause" } });
		expect(runCommand(context, "follow node9")).toMatchObject({ text: 'there is no node "node9"' });
	});

	test("every operation is a command, and its node is completed", () => {
		const { context } = given();
		for (const { kind } of OPERATIONS) expect(completions(context, kind)).toContain(kind);
		expect(completions(context, "rejoin no")).toEqual([1, 2, 3, 4].map((id) => `rejoin node${id}`));
		expect(completions(context, "pause no")).toEqual([]);
	});
});

describe("a plan", () => {
	const planned = (dryRun: Extract<OperationsState["pending"], { dryRun: unknown }>["dryRun"]) =>
		given({ pending: { state: "planned", plan: PLAN, dryRun } });

	test.each(SIZES)("shows costs and exact commands at $columns×$rows", (size) => {
		const { context } = given({ pending: { state: "planned", plan: PLAN, dryRun: null } }, {}, size);
		const lines = bodyLines(context, draw(onPlan(context)));
		expect(lines[0]).toMatch(/^─ PLAN: switchover to "node2" ─+ .*nothing has been changed ─$/);
		expect(lines.join("\n")).toContain("IMPACT");
		for (const line of lines) expect(line.length).toBeLessThanOrEqual(size.columns);
	});

	test("is executed after its own confirmation only", () => {
		const { context, asked } = planned({ state: "ended", exitCode: 0, text: "prerequisites are met" });
		const asks = press(onPlan(context), "enter");
		expect(asks.ui.prompt?.purpose).toBe("confirm");
		const wrong = press(typed(asks, "node3"), "enter");
		expect(wrong.ui.message?.text).toMatch(/nothing was changed/);
		// What is typed next is another attempt, and no key.
		expect(wrong.ui.prompt).toMatchObject({ purpose: "confirm", text: "" });
		expect(asked).toEqual([]);
		const right = press(typed(press(onPlan(context), "enter"), "node2"), "enter");
		expect(asked).toEqual(["approve"]);
		expect(screenOf(right).screen).toBe("run");
	});

	test.each([
		["its dry run is running", { state: "running" }, /dry run is still running/],
		["its dry run failed", { state: "ended", exitCode: 1, text: "ERROR" }, /dry run failed/],
	] as const)("is not executed while %s", (_, dryRun, reason) => {
		const { context } = planned(dryRun);
		expect(press(onPlan(context), "enter").ui).toMatchObject({
			prompt: null,
			message: { text: expect.stringMatching(reason) },
		});
	});

	test.each([
		[{ isReadOnly: true }, /read-only session/],
		[{ sshOff: "--no-ssh was given" }, /commands need SSH: --no-ssh was given/],
	] as const)("is made but not executed where %o", (change, reason) => {
		const { context, asked } = planned(null);
		const forbidden = { ...context, data: { ...context.data, ...change } };
		expect(press(onPlan(forbidden), "enter").ui).toMatchObject({
			prompt: null,
			message: { text: expect.stringMatching(reason) },
		});
		press(forbidden, "s", "enter");
		expect(asked).toEqual([SWITCHOVER]);
	});

	test("is copied as Markdown and as commands", () => {
		const { context, copied } = planned(null);
		press(onPlan(context), "m", "y");
		expect(copied[0]).toMatch(/^# Switchover to "node2"/);
		expect(copied[1]).toMatch(/^repmgr -f \/etc\/repmgr.conf standby switchover .*--dry-run$/m);
	});

	test("is replaced by a refusal with the reason and a hint", () => {
		const refusal = request(SWITCHOVER, factsOf({ 2: { server: { freeWalSenders: 0 } } })).refusal;
		if (refusal === undefined) throw new Error("it is not refused");
		const { context, asked } = given({
			pending: { state: "refused", refusal, intent: SWITCHOVER, wasApproved: false },
		});
		const lines = bodyLines(context, draw(onPlan(context))).join("\n");
		expect(lines).toMatch(/─ REFUSED ─/);
		expect(lines).toMatch(/✗ walsenders and slots free on "node2"/);
		expect(press(onPlan(context), "enter").ui.message?.text).toBe("execute: there is no plan");
		press(onPlan(context), "p");
		expect(asked).toEqual([SWITCHOVER]);
	});
});

describe("a run", () => {
	const begun = beginRun("20261123T000000-switchover-0001", PLAN, "anna on bastion", NOW - 5000);
	const running: RunState = withStep(begun, "switchover", {
		status: "running",
		startedAt: NOW - 2000,
		output: "NOTICE: stopping current primary\nINFO: checking for primary shutdown\n",
	});
	const failed: RunState = {
		...withStep(running, "switchover", {
			status: "failed",
			endedAt: NOW,
			exitCode: 18,
			notes: ["the command ended with 18"],
		}),
		outcome: "failed",
	};
	const onRun = (context: UiContext): UiContext => ({
		...context,
		ui: reduce(context.ui, { event: "open", screen: runState() }),
	});

	test.each(SIZES)("shows steps, command and log at $columns×$rows", (size) => {
		const { context } = given({ run: running }, {}, size);
		const lines = bodyLines(context, draw(onRun(context)));
		expect(lines[0]).toMatch(
			/^─ OPERATION: switchover to "node2" ─+ 20261123T000000-switchover-0001 {2}5\.0 s ─$/,
		);
		expect(lines.join("\n")).toMatch(/^ ▶ .* runs {2}2\.0 s$/m);
		expect(lines.join("\n")).toMatch(/─ on "node2", as postgres: repmgr .*standby switchover/);
		expect(lines.filter((line) => line !== "").at(-1)).toBe(" INFO: checking for primary shutdown");
	});

	test("shows a refusal at the last moment, but no other", () => {
		const refusal = {
			message: "somebody else works on the cluster",
			detail: "",
			hint: "",
			prerequisites: [],
		};
		const pending = { state: "refused", refusal, intent: SWITCHOVER, wasApproved: true } as const;
		const { context: last, asked } = given({ pending, run: running });
		expect(bodyLines(last, draw(onRun(last))).join("\n")).toMatch(/REFUSED[\s\S]*somebody else/);
		// The way on from there.
		expect(screenOf(press(onRun(last), "p")).screen).toBe("plan");
		expect(asked).toEqual([SWITCHOVER]);
		const other = given({
			pending: { state: "refused", refusal, intent: SWITCHOVER, wasApproved: false },
			run: running,
		}).context;
		expect(bodyLines(other, draw(onRun(other)))[0]).toMatch(/^─ OPERATION: /);
	});

	test("ends a failure with the cluster's state and the recovery options", () => {
		const { context, asked } = given({
			run: failed,
			recoveryOptions: {
				readAt: NOW,
				answered: ["node2", "node3"],
				silent: ["node1"],
				state: "No server accepts writes.",
				ways: [
					{ title: "end the archiver", command: "pkill" },
					{ title: "start it", command: "start node1", intent: { kind: "start", nodeId: 1 } },
				],
			},
		});
		const lines = bodyLines(context, draw(onRun(context))).join("\n");
		expect(lines).toContain('switchover to "node2": failed');
		expect(lines).toContain("! the command ended with 18");
		expect(lines).toContain("No server accepts writes.");
		expect(lines).toContain("Seen from here at 04:41:12 UTC: node2 and node3 answered, node1 did not.");
		expect(lines).toContain("2. start it: start node1");
		expect(screenOf(press(onRun(context), "enter")).screen).toBe("plan");
		expect(asked).toEqual([{ kind: "start", nodeId: 1 }]);
		const ongoing = given({ run: running }).context;
		expect(press(onRun(ongoing), "enter").ui.message?.text).toMatch(/^next: nothing that could be planned/);
		// Another one is beginning: what the failed one left is not shown, and not planned.
		for (const pending of [
			{ state: "starting", plan: PLAN, dryRun: null },
			{ state: "resuming", operationId: "one" },
		] as const) {
			const beginning = { ...context, operationStore: { ...context.operationStore, pending } };
			expect(press(onRun(beginning), "enter").ui.message?.text).toMatch(
				/^next: nothing that could be planned/,
			);
		}
		expect(asked).toHaveLength(1);
	});

	const ended: RunState = {
		...begun,
		outcome: "done",
		steps: begun.steps.map((state) => ({
			...state,
			status: "done",
			startedAt: NOW - 4000,
			endedAt: NOW - 1000,
			output: "NOTICE: a line\n",
		})),
	};

	test("ends in a card: who is primary, the outage that was seen, the loss, the time; the log is folded", () => {
		const { context } = given({ run: ended });
		const from = { nodeId: 1, at: NOW - 4000, timeline: 1, lsn: "0/5000000" };
		const loss = { by: "nothing" as const, text: "bytes lost: unknown" };
		const last = { from, toNodeId: 2, at: NOW - 1500, wasSplit: false, loss };
		const seen = {
			...context,
			data: { ...context.data, handovers: { primary: null, last, isSplit: false } },
		};
		const lines = bodyLines(seen, draw(onRun(seen)));
		expect(lines[1]).toBe(' switchover to "node2": done and verified');
		expect(lines.join("\n")).toMatch(/^ {3}primary now +node1$/m);
		expect(lines.join("\n")).toMatch(/^ {3}took +4\.0 s$/m);
		expect(lines.join("\n")).toMatch(/^ {3}write outage +no primary answered for 2\.5 s at most/m);
		expect(lines.join("\n")).toMatch(/^ {3}lost +bytes lost: unknown/m);
		expect(lines.join("\n")).toMatch(/LEFT TO DO: nothing[\s\S]*STEPS: \d+ of \d+ done/);
		expect(lines.join("\n")).not.toContain("NOTICE: a line");
		const log = press(seen, "O", "a", "end");
		expect(bodyLines(log, draw(log)).join("\n")).toContain("NOTICE: a line");
		// What was not measured says so.
		expect(bodyLines(context, draw(onRun(context))).join("\n")).toMatch(/^ {3}write outage +not measured$/m);
	});

	test.each(["detached", "failed"] as const)("claims no duration where no step has ended: %s", (outcome) => {
		const { context } = given({ run: { ...begun, outcome } });
		const lines = bodyLines(context, draw(onRun(context))).join("\n");
		const words =
			outcome === "detached" ? "not ended: it goes on without this console" : "unknown: no step has ended";
		expect(lines).toMatch(new RegExp(`^ {3}took +${words}$`, "m"));
	});

	test("is left by Esc to where the operator came from, not to the plan that is over", () => {
		const plan = { state: "planned", plan: PLAN, dryRun: null } as const;
		const { context } = given({ pending: plan });
		const asked = press(press(context, "s"), "enter");
		expect(screenOf(asked).screen).toBe("plan");
		const confirmed = press(typed(press(asked, "enter"), "node2"), "enter");
		expect(screenOf(confirmed).screen).toBe("run");
		expect(screenOf(press(confirmed, "esc")).screen).toBe("topology");
	});

	test("leads to the first finding that is left, if nothing else is left to do", () => {
		const { context } = given({ run: ended });
		const left = onRun({ ...context, data: stateOf(INCIDENTS["repmgrd is not running"] ?? worldOf()) });
		expect(bodyLines(left, draw(left)).join("\n")).toMatch(
			/LEFT TO DO \(enter: the first\)\n {3}1\. repmgrd/,
		);
		expect(screenOf(press(left, "enter"))).toMatchObject({ screen: "finding" });
	});

	test("of the history opens whole: result, steps, output, plan", () => {
		const summary = { ...LEFT_OPERATION, outcome: "done", endedAt: NOW - 1000 } as const;
		const past = {
			operationId: "one",
			read: { value: { run: ended, outcome: "done", endedAt: NOW - 1000 } },
		} as const;
		const { context, asked } = given({ runs: [summary], past });
		const opened = press(context, "R", "enter");
		expect(asked).toEqual(["runs", "read one"]);
		const whole = { ...opened, rows: 200, bodyRows: 197 };
		const text = bodyLines(whole, draw(whole)).join("\n");
		for (const part of [
			/^─ OPERATION OF THE HISTORY ─+ one ─/,
			/ switchover to "node2": done and verified/,
			/ begun +2026-11-23 04:41:07 UTC by anna on bastion/,
			/ STEPS: 8 of 8 done/,
			/ OUTPUT\n[\s\S]*NOTICE: a line/,
			/ THE PLAN, as it was made [\s\S]*PRE-FLIGHT CHECKS[\s\S]*IMPACT[\s\S]*rollback: /,
		])
			expect(text).toMatch(part);
		expect(screenOf(press(opened, "esc")).screen).toBe("runs");
	});

	test("reports a stalled step while no node accepts writes, with the recovery options", () => {
		const recoveryOptions = {
			...{ readAt: NOW, answered: ["node2"], silent: ["node1"] },
			...{ state: 'No server accepts writes. "node1" is still shutting down.', ways: [] },
		};
		const { context } = given({ run: running, recoveryOptions });
		const lines = bodyLines(context, draw(onRun(context))).join("\n");
		expect(lines).toContain("no primary has been seen for long, and the command is still running");
		expect(lines).toContain('"node1" is still shutting down.');
		expect(lines).toContain("Seen from here at 04:41:12 UTC: node2 answered, node1 did not.");
	});

	test("makes q ask first on the first screen, and quit at once if nothing is running", () => {
		const { context, asked, exits } = given({ run: running });
		const asks = press(onRun(context), "q", "q");
		expect(asks.ui.prompt?.purpose).toBe("leave");
		expect(exits).toEqual([]);
		press(typed(asks, "s"), "enter");
		expect([asked, exits]).toEqual([["stop"], []]);
		press(typed(asks, "d"), "enter");
		expect([asked, exits]).toEqual([["stop", "detach"], [1]]);
		const ended = given({ run: failed });
		press(ended.context, "q");
		expect(ended.exits).toEqual([1]);
	});

	test("makes q ask first while it is starting, since it may hold the lock", () => {
		const starting = { pending: { state: "starting", plan: PLAN, dryRun: null } } as const;
		const { context, exits } = given(starting);
		const asks = press(onRun(context), "ctrl+c");
		expect(footerOf(asks)).toMatch(/switchover to "node2" is starting\. d: detach and quit, esc: stay:/);
		press(typed(asks, "s"), "enter");
		expect(exits).toEqual([]);
		press(typed(asks, "d"), "enter");
		expect(exits).toEqual([1]);
	});

	test("keeps the elapsed time and the note if a title is too long", () => {
		const plan = { ...PLAN, title: 'register the standby on "2001:db8:1234:5678::13"' };
		const ran = given({ run: { ...running, plan } }).context;
		expect(bodyLines(onRun(ran), draw(onRun(ran)))[0]).toMatch(/::13" ─* \d.* s ─$/);
		const wished = given({ pending: { state: "planned", plan, dryRun: null } }).context;
		expect(bodyLines(onPlan(wished), draw(onPlan(wished)))[0]).toMatch(/nothing has been changed ─$/);
	});

	test("has stop and detach in the footer at 80 columns", () => {
		expect(footerOf(onRun(given({ run: running }).context))).toMatch(/ x stop after step .* d detach /);
	});

	test("is in the banner of every screen, as is an interrupted one", () => {
		const run = { ...LEFT_OPERATION, title: "switchover" };
		const { snapshot } = worldOf();
		const bannerOf = (operationStore: Partial<OperationsState>, seen = snapshot) =>
			operationBanner({ ...INITIAL_OPERATIONS, ...operationStore }, seen, NOW);
		expect(bannerOf({ run: running })).toMatch(/is running: step 2 of 8, /);
		expect(bannerOf({ run: failed })).toBeNull();
		expect(bannerOf({ runs: [run] })).toMatch(/anna on bastion, was interrupted/);
		for (const [isAlive, words] of [
			[true, /^switchover is running in another console on this machine, started by anna/],
			[null, /holds the cluster lock: still running elsewhere, or interrupted/],
		] as const)
			expect(bannerOf({ runs: [{ ...run, isAlive }] })).toMatch(words);
		// Old readings of hosts are shown with their age.
		const locked = withLock(NOW - 12_000, snapshot.cluster.systemIdentifier ?? "");
		expect(bannerOf({ runs: [{ ...run, isAlive: null }] }, locked)).toMatch(/lock \(seen 12 s ago\): /);
		const { context, asked } = given({ runs: [run] });
		const listed = press(context, "R");
		expect(bodyLines(context, draw(listed))[1]).toMatch(/^▸ ! interrupted .*switchover {3}by anna/);
		const elsewhere = given({ runs: [{ ...run, isAlive: true }] }).context;
		expect(bodyLines(press(elsewhere, "R"), draw(press(elsewhere, "R")))[1]).toMatch(
			/^▸ ! running +\d.*switchover {3}by anna/,
		);
		expect(screenOf(press(listed, "r")).screen).toBe("run");
		expect(asked).toEqual(["runs", "resume one"]);
	});
});
