import { describe, expect, test } from "vitest";
import { metadataViewsDisagree } from "../../src/diagnosis/rules/metadata-views-disagree.ts";
import { diagnose } from "../support/diagnose.ts";
import { NOW, primaryReading, repmgrd } from "../support/records.ts";
import { confOfNode, inShort, judge, worldOf } from "../support/worlds.ts";

const other = { ownCopy: { 2: { active: false }, 3: { upstreamNodeId: 2 } } };
const sinceSeconds = (seconds: number | null) => ({
	registrationsSince: seconds === null ? null : NOW - seconds * 1000,
});
const WATCHED = { before: {}, secondsAgo: 1800 };
const FOUND = ["warning METADATA_VIEWS_DISAGREE 4"];

describe("fires for a witness", () => {
	test("whose copy differs from the primary's, and both have not changed for long", () => {
		const findings = judge(metadataViewsDisagree, worldOf({ 4: other }));
		expect(inShort(findings)).toEqual(FOUND);
		expect(findings[0]?.detail).toContain(
			'the active of "node2" is false, not true and the upstream of "node3" is 2, not 1',
		);
	});

	test.each([["a node is missing there", { registrations: [] as never[] }]])(
		"%s: an empty copy is no copy",
		(_, server) => {
			expect(inShort(judge(metadataViewsDisagree, worldOf({ 4: { server } })))).toEqual(FOUND);
		},
	);
});

test("at first sight it is a notice: it may be about to be copied", () => {
	const world = worldOf({ 1: { server: sinceSeconds(0) }, 4: { ...other, server: sinceSeconds(0) } });
	const findings = judge(metadataViewsDisagree, world);
	expect(inShort(findings)).toEqual(["notice METADATA_VIEWS_DISAGREE 4"]);
	expect(findings[0]?.hint).toMatch(/^Check again in 45 s: /);
});

test("fires for a detached standby; that it is detached explains it", () => {
	const world = worldOf({ 3: { ...other, server: { walReceiver: null } } });
	expect(inShort(judge(metadataViewsDisagree, world))).toEqual(["warning METADATA_VIEWS_DISAGREE 3"]);
});

test.each([
	["all agree", worldOf()],
	[
		"at first sight a node is marked inactive there only, as repmgrd does in passing",
		worldOf({
			1: { server: sinceSeconds(0) },
			4: { ownCopy: { 2: { active: false } }, server: sinceSeconds(0) },
		}),
	],
	["a standby that streams has it a moment later", worldOf({ 3: other })],
	["the witness's copy is new", worldOf({ 4: { ...other, server: sinceSeconds(44) } }, WATCHED)],
	[
		"the primary's copy is new: the witness syncs every 15 s",
		worldOf({ 1: { server: sinceSeconds(44) }, 4: other }, WATCHED),
	],
	[
		"the witness syncs less often",
		worldOf(
			{
				1: { server: sinceSeconds(100) },
				4: { ...other, host: { repmgrConf: confOfNode(4, { witness_sync_interval: "60" }) } },
			},
			WATCHED,
		),
	],
])("does not fire: %s", (_, world) => {
	expect(judge(metadataViewsDisagree, world)).toEqual([]);
});

test.each([
	["since when is not known", worldOf({ 4: { ...other, server: sinceSeconds(null) } })],
	["its copy may not be read", worldOf({ 4: { server: { registrations: null } } })],
	["the primary's copy may not be read", worldOf({ 1: { server: { registrations: null } }, 4: other })],
	["it does not answer", worldOf({ 4: { ...other, fault: {} } })],
	["no primary", worldOf({ 1: { fault: {} }, 4: other })],
	["two primaries", worldOf({ 2: { server: primaryReading({ timeline: 2 }) }, 4: other })],
])("unknown: %s", (_, world) => {
	expect(judge(metadataViewsDisagree, world)).toEqual([]);
});

test.each([
	[
		"a repmgrd that does not run",
		{ ...other, server: { repmgrd: repmgrd({ running: false }) }, host: { repmgrd: false as const } },
		"REPMGRD_NOT_RUNNING",
	],
	[
		"a stale witness",
		{ ...other, server: { repmgrd: repmgrd({ upstreamLastSeenSeconds: 99 }) } },
		"WITNESS_STALE",
	],
])("is explained by %s", (_, changes, cause) => {
	const world = worldOf({ 4: changes });
	expect(inShort(judge(metadataViewsDisagree, world))).toEqual(FOUND);
	expect(inShort(diagnose(world))).toEqual([`warning ${cause} 4`]);
});
