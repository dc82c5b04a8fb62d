import { expect, test } from "vitest";
import { walReplayPaused } from "../../src/diagnosis/rules/wal-replay-paused.ts";
import { diagnose } from "../support/diagnose.ts";
import { silent } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const paused = { server: { replayPaused: true } };

test("fires alone", () => {
	const world = worldOf({ 2: paused });
	expect(inShort(diagnose(world))).toEqual(["warning WAL_REPLAY_PAUSED 2"]);
	const [found] = judge(walReplayPaused, world);
	expect(found?.remedy?.argv.at(-1)).toBe("SELECT pg_wal_replay_resume()");
	expect(found?.doNot).toMatch(/asking why/);
});

test.each([
	["it was so before we lost it (unknown)", since(20, { 2: { ...silent, ...paused } })],
	["it can't be seen (unknown)", worldOf({ 2: { server: { replayPaused: null } } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(walReplayPaused, world)).toEqual([]);
});
