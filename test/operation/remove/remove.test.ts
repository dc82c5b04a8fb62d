import { describe, expect, test } from "vitest";
import type { RemoveIntent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { receiver, sender, standbyReading } from "../../support/records.ts";
import { type Changes, confOfNode } from "../../support/worlds.ts";

/** Every repmgr.conf says how its repmgrd is stopped. */
const CONFIGURED = Object.fromEntries(
	[1, 2, 3, 4].map((nodeId): [number, SurveyChanges] => {
		const command = "sudo systemctl stop repmgrd";
		const repmgrConf = confOfNode(nodeId, {
			...{ repmgrd_service_stop_command: command, service_stop_command: "sudo systemctl stop postgresql" },
			use_replication_slots: "yes",
		});
		return [nodeId, { look: { repmgrConf } }];
	}),
);

const ask = (
	intent: Partial<RemoveIntent>,
	surveys: Readonly<Record<number, SurveyChanges>> = {},
	changes: Changes = {},
) =>
	request(
		{ kind: "remove", nodeId: 3, keepServer: false, ...intent },
		factsOf({ ...CONFIGURED, ...surveys }, changes),
	);

const keys = ({ plan }: ReturnType<typeof ask>) => plan?.steps.map(({ key }) => key);
const check = ({ plan }: ReturnType<typeof ask>, title: RegExp) =>
	plan?.prerequisites.find((one) => title.test(one.title));

describe("remove", () => {
	test("stops repmgrd before the server, deletes the row, and drops the slot at the end", () => {
		const requested = ask({});
		expect(keys(requested)).toEqual(["repmgrd-stop", "stop", "remove", "drop-slot-1"]);
		const [, , row, drop] = requested.plan?.steps ?? [];
		expect(row?.command).toMatchObject({
			nodeId: 1,
			argv: ["repmgr", "-f", "/etc/repmgr.conf", "standby", "unregister", "--node-id=3"],
		});
		expect(row?.expects).toEqual([{ kind: "unregistered", nodeId: 3 }]);
		expect(drop?.command.argv.join(" ")).toMatch(
			/NOT active AND slot_name IN \('repmgr_slot_3'\).*still in use/,
		);
		expect(requested.plan?.confirmation).toEqual({ kind: "name", name: "node3" });
		expect(requested.plan?.afterwards?.join("\n")).toMatch(
			/stay: its data .*pg_hba\.conf.*clone node3 --config-file/s,
		);
	});

	test("first gives what follows it another upstream", () => {
		const cascaded: Changes = {
			2: { server: standbyReading({ walReceiver: receiver({ senderHost: "node3" }) }) },
		};
		const { plan } = ask({}, {}, cascaded);
		expect(plan?.steps[0]).toMatchObject({
			key: "follow-2",
			expects: [{ kind: "streaming", nodeId: 2, fromNodeId: 1 }],
		});
		expect(plan?.steps[0]?.command.argv.slice(-1)).toEqual(["--upstream-node-id=1"]);
	});

	test("leaves server and slot if that is wanted, and says so", () => {
		const requested = ask({ keepServer: true });
		expect(keys(requested)).toEqual(["repmgrd-stop", "remove"]);
		expect(check(requested, /no slot/)).toMatchObject({ state: "warning" });
		expect(requested.plan?.afterwards?.join()).toContain("WAL piles up");
	});

	test("of a node that is gone stops nothing, and drops its slot", () => {
		const gone: Changes = { 3: { fault: { kind: "unreachable" }, hostFault: { kind: "unreachable" } } };
		const requested = ask({}, { 3: { hostFault: { kind: "unreachable", message: "no answer" } } }, gone);
		expect(keys(requested)).toEqual(["remove", "drop-slot-1"]);
		expect(check(requested, /not seen to run/)).toMatchObject({ state: "warning" });
	});

	test("of a witness has no slot", () => {
		const requested = ask({ nodeId: 4 });
		expect(keys(requested)).toEqual(["repmgrd-stop", "stop", "remove"]);
		expect(requested.plan?.steps[2]?.command.argv).toContain("witness");
	});

	test("warns where an even number of votes is left, or no standby", () => {
		expect(check(ask({ nodeId: 4 }), /well without/)).toMatchObject({ state: "ok" });
		const two: Changes = { 4: { registered: { active: false } } };
		expect(check(ask({}, {}, two), /well without/)).toMatchObject({
			state: "warning",
			fix: "A witness would decide.",
		});
	});

	test("is refused before anything is stopped where a row would stay under it, or a downstream is down", () => {
		const stale: Changes = { 4: { registered: { upstreamNodeId: 3 } } };
		expect(ask({}, {}, stale).refusal).toMatchObject({
			message: expect.stringContaining('no row stays under "node3"'),
			hint: expect.stringContaining("register node4"),
		});
		const elsewhere: Changes = { 2: { registered: { upstreamNodeId: 3 } } };
		expect(ask({}, {}, elsewhere).refusal?.message).toContain('no row stays under "node3"');
		const down: Changes = { 2: { registered: { upstreamNodeId: 3 }, fault: { kind: "refused" } } };
		expect(ask({}, {}, down).refusal?.message).toContain('"node2" runs, and can get another upstream');
	});

	test("is refused where its slot is registered as another's, too: that would lose its WAL", () => {
		const shared: Changes = { 2: { registered: { slotName: "repmgr_slot_3" } } };
		expect(ask({}, {}, shared).refusal?.detail).toContain('"node2" is registered with the same slot');
	});

	test("is refused where commits wait for more standbys than are left", () => {
		const synchronous = (names: string): Changes => ({
			1: {
				server: {
					settings: { synchronous_standby_names: names },
					walSenders: [2, 3].map((id) =>
						sender(60 + id, { applicationName: `node${id}`, syncState: "sync" }),
					),
				},
			},
		});
		expect(ask({}, {}, synchronous("FIRST 2 (node2, node3)")).refusal?.detail).toContain("Only 1 other is");
		expect(ask({}, {}, synchronous("ANY 1 (node2, node3)")).refusal).toBeUndefined();
		expect(ask({}, {}, synchronous("node2, node3")).refusal).toBeUndefined();
	});

	test("is refused for the primary, and where commits would wait for it", () => {
		expect(ask({ nodeId: 1 }).refusal?.hint).toContain("switchover --to NODE");
		expect(
			ask({}, { 3: { hostFault: { kind: "unreachable", message: "no answer" } } }).refusal?.message,
		).toContain('commands can be run on "node3"');
	});
});
