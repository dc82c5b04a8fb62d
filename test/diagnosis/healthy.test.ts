import { expect, test } from "vitest";
import { diagnose } from "../support/diagnose.ts";
import { inShort, worldOf } from "../support/worlds.ts";

const RECENT = { server: { startedAt: Date.UTC(2026, 10, 23, 4, 41, 9) } };

/** As a role `monitor` in pg_monitor reads it: all that was asked for. */
test.each([
	["with SSH", worldOf()],
	["without SSH", worldOf({}, { ssh: false })],
	["watched for an hour", worldOf({}, { before: {}, secondsAgo: 1800 })],
	["hosts that don't answer SSH", worldOf({ 1: { hostFault: {} }, 2: { hostFault: {} } })],
	["freshly started servers", worldOf({ 1: RECENT, 2: RECENT, 3: RECENT, 4: RECENT })],
	[
		"nothing read yet",
		worldOf(Object.fromEntries([1, 2, 3, 4].map((id) => [id, { isUnread: true }])), { ssh: false }),
	],
])("a healthy cluster has no findings: %s", (_, world) => {
	expect(inShort(diagnose(world))).toEqual([]);
});

test("a role without privileges causes no findings", () => {
	const blind = {
		settings: {},
		repmgrd: null,
		registrations: null,
		registrationsSince: null,
		archiver: null,
	};
	const world = worldOf(
		{
			1: { server: { ...blind, walSenders: [] } },
			2: { server: { ...blind, walReceiver: null } },
			3: { server: { ...blind, walReceiver: null } },
			4: { server: blind },
		},
		{ ssh: false },
	);
	const codes = inShort(diagnose(world));
	// A hidden receiver is a row of nulls, so this is stricter than a role without rights; only attachment is judged.
	expect(codes.filter((code) => !/DETACHED|REDUNDANCY/.test(code))).toEqual([]);
});
