import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import type { Changes } from "../../support/worlds.ts";

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
