import { expect, test } from "vitest";
import { standbyLagging } from "../../src/diagnosis/rules/standby-lagging.ts";
import type { ServerReading } from "../../src/model/server-reading.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached } from "../support/reach.ts";
import { sender, slot } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

/** Node 1 measures a replay lag of so many seconds for node 2, which is `bytes` behind. */
function behind(replayLagSeconds: number | null, bytes: number, standby: Partial<ServerReading> = {}) {
	const currentLsn = `0/${(0x5000000 + bytes).toString(16).toUpperCase()}`;
	return worldOf({
		1: {
			server: {
				currentLsn,
				walSenders: [
					sender(62, { applicationName: "node2", clientAddress: "10.99.1.12", replayLagSeconds }),
					sender(63, { applicationName: "node3", clientAddress: "10.99.1.13" }),
				],
				slots: [slot("repmgr_slot_2", 62), slot("repmgr_slot_3", 63)],
			},
		},
		2: { server: standby },
		3: { server: { receiveLsn: currentLsn, replayLsn: currentLsn } },
	});
}
const MANY = 64 * 1024 * 1024;

test.each([
	["repmgr's warning", behind(300, 4096), ["warning STANDBY_LAGGING 2"]],
	["repmgr's critical", behind(600, 4096), ["critical STANDBY_LAGGING 2"]],
	[
		"by the last commit, with much to replay",
		behind(null, MANY, { lastReplayedCommitSeconds: 400 }),
		["warning STANDBY_LAGGING 2"],
	],
	[
		"beyond its delay",
		behind(4000, MANY, { settings: { recovery_min_apply_delay: "1h" } }),
		["warning STANDBY_LAGGING 2"],
	],
])("fires: %s", (_, world, expected) => {
	expect(inShort(judge(standbyLagging, world))).toEqual(expected);
});

test.each([
	["less than the threshold", behind(299, MANY)],
	[
		"an idle primary: the last commit is old, a few bytes are on their way",
		behind(null, 256, { lastReplayedCommitSeconds: 86_400 }),
	],
	["a delay on purpose", behind(3700, MANY, { settings: { recovery_min_apply_delay: "1h" } })],
	[
		"a delay that is not understood (unknown)",
		behind(3700, MANY, { settings: { recovery_min_apply_delay: "long" } }),
	],
	["detached: its lag is not known", since(60, { 2: detached(0, { lastReplayedCommitSeconds: 4000 }) })],
	[
		"the primary's position is not known (unknown)",
		worldOf({ 1: { isUnread: true }, 2: { server: { lastReplayedCommitSeconds: 4000 } } }),
	],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(standbyLagging, world)).toEqual([]);
});

test("is explained by a replay that is paused", () => {
	expect(inShort(diagnose(behind(900, MANY, { replayPaused: true })))).toEqual([
		"warning WAL_REPLAY_PAUSED 2",
	]);
});
