import { describe, expect, test } from "vitest";
import { witnessDown } from "../../src/diagnosis/rules/witness-down.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const refused = { kind: "refused" as const, message: "connection to node4:5432 refused" };
const stopped = { fault: refused, host: { postmaster: false as const } };
const frozen = { fault: { kind: "timeout" as const, message: "node4:5432 does not answer" } };
const DOWN = ["warning WITNESS_DOWN 4"];

describe("fires", () => {
	test.each([
		["its host has no postmaster", worldOf({ 4: stopped }), DOWN, /is down/],
		[
			"it refuses, without SSH",
			worldOf({ 4: { fault: refused } }, { ssh: false }),
			DOWN,
			/refuses connections/,
		],
		["it hangs", worldOf({ 4: frozen }), DOWN, /does not answer/],
		[
			"it turns us away for a reason that has no code of its own",
			worldOf({
				4: { fault: { kind: "protocol", code: "3D000", message: 'database "repmgr" does not exist' } },
			}),
			["unknown WITNESS_UNREACHABLE_FROM_HERE 4"],
			/rejects this console/,
		],
		["it serves old sessions only", since(3, { 4: { ping: { kind: "timeout" } } }), DOWN, /does not answer/],
		["the same at first sight", worldOf({ 4: { ping: { kind: "timeout" } } }), DOWN, /does not answer/],
		[
			"silent: whether it is down is not known",
			worldOf({ 4: { fault: {}, hostFault: {} } }),
			["unknown WITNESS_UNREACHABLE_FROM_HERE 4"],
			/can't be reached from here/,
		],
		["stopped for longer than a restart takes", since(11, { 4: stopped }), DOWN, /is down/],
	])("%s", (_, world, expected, message) => {
		const findings = judge(witnessDown, world);
		expect(inShort(findings)).toEqual(expected);
		expect(findings[0]?.message).toMatch(message);
	});

	test("starts the unit of its server, not Debian's umbrella unit", () => {
		expect(judge(witnessDown, worldOf({ 4: stopped }))[0]?.remedy?.argv).toEqual([
			"sudo",
			"systemctl",
			"start",
			"postgresql@15-main.service",
		]);
	});

	test("never reports a witness as down that is only unreachable from here", () => {
		const [found] = judge(witnessDown, worldOf({ 4: { fault: {} } }, { ssh: false }));
		expect(`${found?.message} ${found?.detail}`).not.toMatch(/\bdown\b/);
	});
});

test.each([
	["it is well", worldOf()],
	["it restarts", since(9, { 4: stopped })],
	[
		"it starts, as it says itself",
		worldOf({
			4: { fault: { kind: "refused", code: "57P03", message: "the database system is starting up" } },
		}),
	],
	["a standby is down", worldOf({ 3: stopped })],
	[
		"it turns us away: WRONG_PASSWORD, HBA_REJECTS",
		worldOf({ 4: { fault: { kind: "authentication", code: "28P01" } } }),
	],
	["there is none", worldOf({}, { ids: [1, 2, 3] })],
	["it was not read yet", worldOf({ 4: { isUnread: true } })],
])("does not fire: %s", (_, world) => {
	expect(judge(witnessDown, world)).toEqual([]);
});
