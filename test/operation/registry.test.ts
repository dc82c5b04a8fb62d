import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { OPERATIONS, operationOf } from "../../src/operation/index.ts";
import { answersTo } from "../../src/operation/questions.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf } from "../support/facts.ts";
import { worldOf } from "../support/worlds.ts";

/** One intent of every kind that can be asked for. */
const INTENTS: { readonly [K in Exclude<Intent["kind"], "resume">]: Intent } = {
	switchover: {
		kind: "switchover",
		nodeId: 2,
		siblingsFollow: true,
		forceRewind: false,
		acceptLostSlots: false,
	},
	promote: { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false },
	follow: { kind: "follow", nodeId: 2, upstreamNodeId: 1 },
	rejoin: { kind: "rejoin", nodeId: 2, forceRewind: false, stopFirst: false, dump: false },
	clone: {
		kind: "clone",
		nodeId: 2,
		upstreamNodeId: 1,
		maxRate: "",
		method: "basebackup",
		barman: "",
		spreadCheckpoint: false,
		discardOld: false,
	},
	"clone-host": {
		kind: "clone-host",
		host: "n5",
		configFile: "/etc/repmgr.conf",
		upstreamNodeId: 1,
		maxRate: "",
		discardOld: false,
	},
	pause: { kind: "pause", reason: "" },
	unpause: { kind: "unpause", reason: "" },
	fence: { kind: "fence", nodeId: 2, how: "stop", withoutMask: false, reason: "" },
	unfence: { kind: "unfence", nodeId: 2 },
	start: { kind: "start", nodeId: 2 },
	stop: { kind: "stop", nodeId: 2 },
	restart: { kind: "restart", nodeId: 2 },
	"repmgrd-start": { kind: "repmgrd-start", nodeId: 2 },
	"repmgrd-stop": { kind: "repmgrd-stop", nodeId: 2 },
	register: { kind: "register", nodeId: 2 },
	"register-host": { kind: "register-host", host: "n5", configFile: "/etc/repmgr.conf" },
	"witness-register": { kind: "witness-register", nodeId: 4 },
	unregister: { kind: "unregister", nodeId: 2 },
	remove: { kind: "remove", nodeId: 2, keepServer: false },
	cleanup: { kind: "cleanup", keepDays: 30 },
	rolling: {
		kind: "rolling",
		what: "restart",
		setting: "",
		nodeId: 2,
		all: false,
		acceptLostSlots: false,
	},
	change: { kind: "change", what: "password", password: "generated" },
	drill: { kind: "drill", nodeId: 1, how: "stop" },
};

describe("the list of operations", () => {
	test.each(Object.values(INTENTS))("has exactly one for $kind", (intent) => {
		const planning = OPERATIONS.filter(
			({ kind, alsoPlans }) => kind === intent.kind || alsoPlans?.includes(intent.kind),
		);
		expect(planning).toEqual([operationOf(intent.kind)]);
		expect(request(intent, factsOf())).not.toEqual({});
	});

	test("has none for resume, which can't be requested", () => {
		expect(operationOf("resume")).toBeUndefined();
		expect(request({ kind: "resume", operationId: "one" }, factsOf()).refusal).toEqual({
			message: "only an operation that was interrupted is resumed",
			detail: "",
			hint: 'See "runs".',
			prerequisites: [],
		});
	});
});

describe("a form", () => {
	test.each(OPERATIONS)("of $kind leads from its answers to its intent", (operation) => {
		const questions = operation.questions(worldOf().snapshot);
		const chosen = Object.fromEntries(
			questions.flatMap((question) =>
				question.kind === "choice" ? [[question.key, question.choices[0]?.value ?? ""]] : [],
			),
		);
		const intent = operation.intent({ ...chosen, ...answersTo(questions, {}) }, 0);
		expect(intent.kind).toBe(operation.kind);
		expect(Object.keys(intent)).toEqual(Object.keys(INTENTS[operation.kind as keyof typeof INTENTS]));
		expect(Object.values(intent)).not.toContain(Number.NaN);
	});

	test.each(OPERATIONS)("of $kind has questions that 80 columns show whole", ({ questions }) => {
		const lines = questions(worldOf().snapshot).map((question) => {
			if (question.kind === "switch") return `▸ [x] ${question.title}   ${question.option}`;
			return question.kind === "text" ? `▸ ${question.title}: (${question.empty})` : `  ${question.title}`;
		});
		expect(lines.filter((line) => line.length > 79)).toEqual([]);
	});

	test.each(OPERATIONS)(
		"of $kind names each option as the command line has it",
		({ questions, commandLine }) => {
			const flags = (commandLine.options ?? []).map((option) => option.flags);
			for (const question of questions(worldOf().snapshot)) {
				if (question.kind === "switch") expect(flags).toContain(question.option.replace(/^else /, ""));
			}
		},
	);
});
