import { describe, expect, test } from "vitest";
import { diagnose } from "../support/diagnose.ts";
import { detached, failedOver, refusing, starting, stopped } from "../support/reach.ts";
import { NOW } from "../support/records.ts";
import { inShort, since, worldOf } from "../support/worlds.ts";

/** What goes on in a healthy cluster's life is no finding. */

describe("a standby that restarts within its grace time causes no finding", () => {
	const stop = stopped("shut down in recovery", { controlFileAt: NOW - 3000 });
	test.each([
		["it was stopped", since(3, { 2: stop })],
		["without SSH", since(3, { 2: refusing }, { ssh: false })],
		["it starts", since(6, { 2: starting })],
		["it has no walreceiver yet", since(9, { 2: detached(0, { startedAt: NOW - 2000 }) })],
		["stopped first, then starting", worldOf({ 2: starting }, { before: { 2: stop }, secondsAgo: 8 })],
		["it was stopped, at first sight", worldOf({ 2: stop })],
		["it starts, at first sight", worldOf({ 2: starting })],
		["no walreceiver yet, at first sight", worldOf({ 2: detached(0, { startedAt: NOW - 2000 }) })],
	])("%s", (_, world) => {
		expect(inShort(diagnose(world)).filter((code) => code.endsWith(" 2"))).toEqual([]);
	});

	test("the stages of a restart count as one", () => {
		const world = worldOf(
			{ 2: starting, 1: { server: { walSenders: [], slots: [] } } },
			{ before: { 2: stop }, secondsAgo: 12 },
		);
		expect(inShort(diagnose(world))).toContain("warning STANDBY_DOWN 2");
	});
});

test("nodes have the grace time to follow after a failover", () => {
	const cluster = failedOver(stopped("in production"));
	const world = since(3, { ...cluster, 3: { registered: { upstreamNodeId: 2 }, ...detached(3) } });
	expect(
		inShort(diagnose(world)).filter((code) =>
			/DETACHED|REDUNDANCY|TIMELINE|DIVERGED|STANDBY_DOWN/.test(code),
		),
	).toEqual([]);
});
