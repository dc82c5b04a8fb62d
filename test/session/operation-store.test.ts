import { expect, test, vi } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { beginRun, type RunState } from "../../src/operation/run/run-state.ts";
import { createOperationStore } from "../../src/session/operation-store.ts";
import type { Operations, Run, Started } from "../../src/session/session.ts";
import { factsOf } from "../support/facts.ts";
import { NOW } from "../support/records.ts";

const PAUSE: Intent = { kind: "pause", reason: "" };
const SWITCHOVER: Intent = {
	kind: "switchover",
	nodeId: 2,
	siblingsFollow: true,
	forceRewind: false,
	acceptLostSlots: false,
};
const planOf = (intent: Intent): Plan => request(intent, factsOf()).plan as Plan;

/** A run that ends when the test says how. */
function playedRun(plan: Plan) {
	const { promise, resolve } = Promise.withResolvers<RunState>();
	const state = beginRun("one", plan, "anna", NOW);
	const calls: string[] = [];
	let listener: (state: RunState) => void = () => {};
	const run = {
		state,
		subscribe: (given: (state: RunState) => void) => {
			listener = given;
			return () => {};
		},
		stopAfterStep: () => calls.push("stop"),
		detach: () => calls.push("detach"),
		finish: () => promise,
	} as unknown as Run;
	return {
		run,
		calls,
		state,
		tell: (now: RunState) => listener(now),
		end: (change: Partial<RunState>) => resolve({ ...state, ...change }),
	};
}

function operationStore(changes: Partial<Operations>) {
	const all: Partial<Operations> = {
		request: (intent) => Promise.resolve(request(intent, factsOf())),
		dryRun: () => Promise.resolve({ value: { exitCode: 0, text: "fine" } }),
		facts: () => Promise.resolve(factsOf()),
		runs: () => Promise.resolve({ runs: [], problems: [] }),
		...changes,
	};
	return createOperationStore(() => Promise.resolve(all as Operations));
}

test("makes a plan of a request, and starts its dry run by repmgr", async () => {
	const { store, ask } = operationStore({});
	ask(SWITCHOVER);
	expect(store.getState().pending).toMatchObject({ state: "planning" });
	await vi.waitFor(() =>
		expect(store.getState().pending).toMatchObject({
			state: "planned",
			dryRun: { state: "ended", exitCode: 0 },
		}),
	);
});

test("a refusal is kept, and so is an unexpected error", async () => {
	const refusing = operationStore({
		request: (intent) => Promise.resolve(request(intent, factsOf({ 2: { server: { freeWalSenders: 0 } } }))),
	});
	refusing.ask(SWITCHOVER);
	await vi.waitFor(() => expect(refusing.store.getState().pending).toMatchObject({ state: "refused" }));
	const broken = operationStore({ request: () => Promise.reject(new Error("boom")) });
	broken.ask(SWITCHOVER);
	await vi.waitFor(() =>
		expect(broken.store.getState().pending).toMatchObject({
			refusal: { detail: expect.stringMatching(/boom/) },
		}),
	);
});

test("an approved plan that is refused can be planned again, a resumption can't", async () => {
	const refusal = {
		message: "another operation holds the lock of the cluster",
		detail: "",
		hint: "",
		prerequisites: [],
	};
	const refusing = () => Promise.resolve({ refusal });
	const { store, ask, approve, resume } = operationStore({ approve: refusing, resume: refusing });
	ask(SWITCHOVER);
	await vi.waitFor(() => expect(store.getState().pending).toMatchObject({ state: "planned" }));
	approve();
	await vi.waitFor(() =>
		expect(store.getState().pending).toMatchObject({ refusal, intent: SWITCHOVER, wasApproved: true }),
	);
	resume("one");
	await vi.waitFor(() => expect(store.getState().pending).toMatchObject({ intent: null, wasApproved: true }));
});

test("an operation that is beginning stays pending until it is known how it begins", async () => {
	const refusal = { message: "locked", detail: "", hint: "", prerequisites: [] };
	const approved = Promise.withResolvers<Started>();
	const { store, ask, approve, resume } = operationStore({ approve: () => approved.promise });
	ask(SWITCHOVER);
	await vi.waitFor(() => expect(store.getState().pending).toMatchObject({ state: "planned" }));
	approve();
	ask(PAUSE);
	resume("one");
	expect(store.getState().pending).toMatchObject({ state: "starting", plan: { intent: SWITCHOVER } });
	approved.resolve({ refusal });
	await vi.waitFor(() => expect(store.getState().pending).toMatchObject({ refusal, intent: SWITCHOVER }));
});

test("only the newest request is answered", async () => {
	const first = Promise.withResolvers<ReturnType<typeof request>>();
	const answers = [first.promise, Promise.resolve(request(PAUSE, factsOf()))];
	const { store, ask } = operationStore({ request: () => answers.shift() as never });
	ask(SWITCHOVER);
	ask(PAUSE);
	await vi.waitFor(() => expect(store.getState().pending).toMatchObject({ state: "planned" }));
	first.resolve(request(SWITCHOVER, factsOf()));
	await first.promise;
	await Promise.resolve();
	expect(store.getState().pending).toMatchObject({ plan: { intent: PAUSE } });
});

test("an approved plan is carried out; after a failure there are recovery options", async () => {
	const plan = planOf(SWITCHOVER);
	const played = playedRun(plan);
	const { store, ask, approve, stopAfterStep, detach } = operationStore({
		approve: () => Promise.resolve({ run: played.run }),
	});
	approve();
	expect(store.getState().pending).toBeNull();
	ask(SWITCHOVER);
	await vi.waitFor(() => expect(store.getState().pending).toMatchObject({ state: "planned" }));
	approve();
	await vi.waitFor(() => expect(store.getState().run).toBe(played.state));
	expect(store.getState().pending).toBeNull();
	stopAfterStep();
	detach();
	expect(played.calls).toEqual(["stop", "detach"]);
	played.end({ outcome: "failed" });
	await vi.waitFor(() => expect(store.getState().recoveryOptions?.state).toMatch(/"node1" is the primary/));
});

test("there are recovery options while a step stalls, and none once it has succeeded", async () => {
	const plan = planOf(SWITCHOVER);
	const played = playedRun(plan);
	const { store, resume } = operationStore({ resume: () => Promise.resolve({ run: played.run }) });
	resume("one");
	await vi.waitFor(() => expect(store.getState().run).toBe(played.state));
	const [step, ...steps] = played.state.steps;
	if (step === undefined) throw new Error("there is no step");
	played.tell({ ...played.state, steps: [{ ...step, status: "running", isStalled: true }, ...steps] });
	await vi.waitFor(() => expect(store.getState().recoveryOptions).not.toBeNull());
	played.end({ outcome: "done" });
	await vi.waitFor(() => expect(store.getState().recoveryOptions).toBeNull());
});

test("an operation that is starting when the operator leaves is detached once it has begun", async () => {
	const played = playedRun(planOf(SWITCHOVER));
	const resumed = Promise.withResolvers<Started>();
	const { store, resume, detach } = operationStore({ resume: () => resumed.promise });
	resume("one");
	const left = detach();
	resumed.resolve({ run: played.run });
	await left;
	expect(played.calls).toEqual(["detach"]);
	expect(store.getState().run).toBe(played.state);
});

test("settled() resolves when the run has ended, not before", async () => {
	const played = playedRun(planOf(SWITCHOVER));
	const { store, resume, settled } = operationStore({ resume: () => Promise.resolve({ run: played.run }) });
	resume("one");
	let isSettled = false;
	const waiting = settled().then(() => {
		isSettled = true;
	});
	await vi.waitFor(() => expect(store.getState().run).toBe(played.state));
	expect(isSettled).toBe(false);
	played.end({ outcome: "done" });
	await waiting;
});

test("a failed run is shown even if the cluster can't be read afterwards", async () => {
	const played = playedRun(planOf(SWITCHOVER));
	const { store, resume, settled } = operationStore({
		resume: () => Promise.resolve({ run: played.run }),
		facts: () => Promise.reject(new Error("boom")),
	});
	resume("one");
	await vi.waitFor(() => expect(store.getState().run).toBe(played.state));
	played.tell({ ...played.state, outcome: "failed" });
	played.end({ outcome: "failed" });
	await settled();
	expect(store.getState()).toMatchObject({ run: { outcome: "failed" }, recoveryOptions: null });
});
