import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import { receiver, slot } from "../support/records.ts";
import type { Changes } from "../support/worlds.ts";

const ask = (intent: Intent, changes: Changes = {}, surveys: Readonly<Record<number, SurveyChanges>> = {}) =>
	request(intent, factsOf(surveys, changes));

const argvOf = (...asked: Parameters<typeof ask>) =>
	ask(...asked).plan?.steps.map(({ command: { nodeId, argv } }) => [nodeId, ...argv.slice(3)].join(" "));

const GONE = { fault: { kind: "refused" } } as const;
const SECOND: Changes[number] = { server: { inRecovery: false, walReceiver: null, currentLsn: "0/6000000" } };

describe("register", () => {
	test("registers a standby under the node that it streams from", () => {
		const { plan } = ask(
			{ kind: "register", nodeId: 3 },
			{ 3: { registered: { upstreamNodeId: 2, active: false } } },
		);
		expect(plan?.steps.map(({ key }) => key)).toEqual(["dry-run", "register"]);
		expect(plan?.steps[1]?.command.argv.slice(3)).toEqual([
			...["standby", "register", "-F", "--upstream-node-id=1"],
		]);
		expect(plan?.steps[1]?.expects).toEqual([
			{ kind: "registered", nodeId: 3, as: "standby", upstreamNodeId: 1 },
		]);
		expect(plan?.blastRadius.reasoning).toContain(
			"inactive standby under node 2 becomes active standby under node 1",
		);
		expect(plan?.confirmation).toEqual({ kind: "yes" });
	});

	test("registers a primary once its name is typed and no other node can be one", () => {
		const wrong: Changes = { 1: { registered: { type: "standby", upstreamNodeId: 2 } } };
		const { plan } = ask({ kind: "register", nodeId: 1 }, wrong);
		expect(plan?.steps[1]?.command.argv.slice(3)).toEqual(["primary", "register", "-F"]);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
		const silent = ask({ kind: "register", nodeId: 1 }, { ...wrong, 3: { fault: { kind: "unreachable" } } });
		expect(silent.refusal?.message).toMatch(/no other node may be the primary/);
		expect(silent.refusal?.detail).toMatch(/"node3"/);
	});

	test("registers a witness under the present primary, without a password", () => {
		const conninfo = "host=node1 user=repmgr password=******** dbname=repmgr";
		const changes = { 1: { registered: { conninfo } }, 4: { registered: { upstreamNodeId: 2 } } };
		const words = "witness register -F -h node1 -p 5432 -U repmgr -d repmgr";
		for (const kind of ["register", "witness-register"] as const) {
			expect(argvOf({ kind, nodeId: 4 }, changes)).toEqual([`4 ${words} --dry-run`, `4 ${words}`]);
		}
	});

	test.each<[string, Intent, Changes, RegExp, RegExp]>([
		[
			"of a node that does not answer",
			{ kind: "register", nodeId: 3 },
			{ 3: GONE },
			/can't be seen/,
			/unregister node3/,
		],
		[
			"of a standby without an upstream",
			{ kind: "register", nodeId: 3 },
			{ 1: { server: { walSenders: [] } }, 3: { server: { walReceiver: null } } },
			/its upstream can't be seen/,
			/follow node3/,
		],
		["with two primaries", { kind: "register", nodeId: 2 }, { 2: SECOND }, /more than one/, /status/],
		[
			"of a standby as a witness",
			{ kind: "witness-register", nodeId: 3 },
			{},
			/is not a witness/,
			/register node3/,
		],
		[
			"of a witness under a primary that is not registered as one",
			{ kind: "witness-register", nodeId: 4 },
			{ 1: { registered: { active: false } } },
			/is registered as the primary/,
			/register node1/,
		],
	])("is refused of %s", (_, intent, changes, message, hint) => {
		const { refusal } = ask(intent, changes);
		expect(refusal?.message).toMatch(message);
		expect(refusal?.hint).toMatch(hint);
	});
});

describe("unregister", () => {
	test("runs on the primary; for a standby without a dry run, which repmgr would carry out", () => {
		const { plan } = ask({ kind: "unregister", nodeId: 3 }, { 3: GONE });
		expect(plan?.steps.map(({ key, command }) => [key, command.nodeId])).toEqual([["unregister", 1]]);
		expect(plan?.steps[0]?.command.argv.slice(3)).toEqual(["standby", "unregister", "--node-id=3"]);
		expect(plan?.steps[0]?.expects).toEqual([{ kind: "unregistered", nodeId: 3 }]);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node3" });
		expect(argvOf({ kind: "unregister", nodeId: 4 })).toEqual([
			"1 witness unregister --node-id=4 --dry-run",
			"1 witness unregister --node-id=4",
		]);
	});

	test("removes a former primary that never came back", () => {
		const changes: Changes = {
			1: { ...GONE, registered: { active: false } },
			2: { ...SECOND, registered: { type: "primary", upstreamNodeId: null } },
			3: { server: { walReceiver: receiver({ senderHost: "node2" }) }, registered: { upstreamNodeId: 2 } },
			4: { registered: { upstreamNodeId: 2 } },
		};
		expect(argvOf({ kind: "unregister", nodeId: 1 }, changes)).toEqual([
			"2 primary unregister --node-id=1 --dry-run",
			"2 primary unregister --node-id=1",
		]);
	});

	test("warns about a server that still runs and a slot that keeps WAL", () => {
		const slots = [{ ...slot("repmgr_slot_3", null), retainedBytes: 1024 ** 3 }];
		const changes: Changes = {
			1: { server: { slots } },
			3: { registered: { slotName: "repmgr_slot_3" } },
		};
		const found = ask({ kind: "unregister", nodeId: 3 }, changes).plan?.prerequisites.filter(
			({ state }) => state === "warning",
		);
		expect(found?.map(({ fix }) => fix)).toEqual([
			"Stop its repmgrd first: repmgrd-stop node3",
			`Once the server of "node3" is gone, on "node1": SELECT pg_catalog.pg_drop_replication_slot('repmgr_slot_3');`,
		]);
	});

	test.each<[string, number, Changes, RegExp, RegExp]>([
		["of the primary", 1, {}, /runs as a primary/, /switchover/],
		["of a second primary", 2, { 2: SECOND }, /runs as a primary/, /stop node2/],
		[
			"of a node that others are registered under",
			2,
			{ 3: { registered: { upstreamNodeId: 2 } } },
			/is registered to/,
			/register node3/,
		],
		[
			"of the registered primary while another one runs",
			1,
			{ 1: GONE, 2: SECOND },
			/the active primary/,
			/register node2/,
		],
		["of any node while no primary is seen", 3, { 1: GONE }, /no primary/, /status/],
	])("is refused of %s", (_, nodeId, changes, message, hint) => {
		const { refusal } = ask({ kind: "unregister", nodeId }, changes);
		expect(refusal?.message).toMatch(message);
		expect(refusal?.hint).toMatch(hint);
	});
});

describe("cleanup", () => {
	test("has no dry run, which repmgr would carry out, and reads the table afterwards", () => {
		const { plan } = ask({ kind: "cleanup", keepDays: 30 });
		expect(plan?.steps.map(({ key }) => key)).toEqual(["cleanup", "look"]);
		expect(plan?.steps[0]?.command.argv.slice(3)).toEqual(["cluster", "cleanup", "--keep-history=30"]);
		expect(plan?.steps[1]?.command.argv.at(-1)).toContain("interval '30 days 1 hour'");
		expect(plan?.prerequisites.find(({ title }) => title.startsWith("the size"))?.found).toBe("10 MB.");
		expect(argvOf({ kind: "cleanup", keepDays: 0 })?.[0]).toBe("1 cluster cleanup");
	});

	test("is refused without a primary", () => {
		expect(ask({ kind: "cleanup", keepDays: 0 }, { 1: GONE }).refusal?.message).toMatch(/no primary is seen/);
	});
});
