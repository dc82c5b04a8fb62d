import { expect, test } from "vitest";
import { primaryUnreachableFromHere } from "../../src/diagnosis/rules/primary-unreachable-from-here.ts";
import { diagnose } from "../support/diagnose.ts";
import {
	detached,
	everybodyLostIt,
	filtered,
	quiet,
	refusing,
	rejecting,
	silent,
	stopped,
	withRepmgrd,
	witnessSaw,
} from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const SEEN = ["warning PRIMARY_UNREACHABLE_FROM_HERE 1"];
const UNDECIDED = ["unknown PRIMARY_UNREACHABLE_FROM_HERE 1"];

test.each([
	["standbys got messages since", since(20, { 1: silent }), SEEN],
	["its host answers SSH", since(20, { 1: filtered }), SEEN],
	["it refuses us alone", since(20, { 1: refusing }), SEEN],
	[
		"only repmgrd of the witness saw it since",
		since(20, { 1: silent, 2: quiet(25, 25), 3: quiet(25, 25), 4: witnessSaw(1) }),
		SEEN,
	],
	[
		"detached standbys, whose repmgrd still sees it",
		since(20, { 1: silent, 2: detached(1), 3: detached(1) }),
		SEEN,
	],
	[
		"its host says stopped, but standbys stream: another host is meant",
		since(20, { 1: stopped("shut down") }),
		SEEN,
	],
	[
		"cut off a moment ago: who sees it is not decided",
		since(2, { 1: silent, 2: quiet(4, 2), 3: quiet(4, 2), 4: witnessSaw(2) }),
		UNDECIDED,
	],
	["at first sight", worldOf({ 1: silent }), UNDECIDED],
	[
		"gone while repmgrd is paused, and the witness has not missed it yet",
		since(2, { 1: refusing, ...withRepmgrd(everybodyLostIt(2), { paused: true }) }),
		UNDECIDED,
	],
	[
		"only the witness can be read, and its repmgrd is off",
		since(20, { 1: silent, 2: silent, 3: silent, 4: { server: { repmgrd: null } } }),
		UNDECIDED,
	],
	[
		"it turns us away for a reason of its own",
		since(20, {
			1: { fault: { kind: "command", code: "3D000", message: 'database "repmgr" does not exist' } },
			2: { server: { repmgrd: null, walReceiver: null } },
			3: {},
		}),
		SEEN,
	],
])("fires: %s", (_, world, expected) => {
	const findings = judge(primaryUnreachableFromHere, world);
	expect(inShort(findings)).toEqual(expected);
	expect(findings[0]?.doNot).toMatch(/^Do not promote a standby/);
	expect(`${findings[0]?.message} ${findings[0]?.detail}`).not.toMatch(/\bdown\b/);
});

test("explains all other findings about a primary that only this console can't reach", () => {
	expect(inShort(diagnose(since(20, { 1: silent })))).toEqual(SEEN);
});

test.each([
	["all nodes lost it", since(20, { 1: silent, ...everybodyLostIt(20) })],
	["no node answers", since(20, { 1: silent, 2: silent, 3: silent, 4: silent })],
	[
		"its password is wrong: WRONG_PASSWORD says so",
		since(20, { 1: rejecting("28P01", "password authentication failed") }),
	],
	["one poll was not answered", since(1, { 1: silent })],
	[
		"it is stopped while repmgrd is paused, and a standby was read a moment before",
		since(3, withRepmgrd({ 1: refusing }, { paused: true })),
	],
	["not read yet", worldOf({ 1: { isUnread: true } })],
	["a standby is silent", since(20, { 2: silent })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(primaryUnreachableFromHere, world)).toEqual([]);
});
