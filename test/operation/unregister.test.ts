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
