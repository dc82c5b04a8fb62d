import { expect, test } from "vitest";
import { type NodeHistory, recordPeriods } from "../../src/assess/node-history.ts";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { forecastElection } from "../../src/diagnosis/election/forecast.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import { pausedBanner } from "../../src/presentation/paused-banner.ts";
import { everybodyLostIt, stopped } from "../support/reach.ts";
import {
	byId,
	failed,
	good,
	hostReading,
	NOW,
	nodeState,
	primaryReading,
	read,
	registration,
	repmgrd,
	SYSTEM_IDENTIFIER,
	standbyReading,
	witnessReading,
} from "../support/records.ts";
import { since } from "../support/worlds.ts";

const PAUSED = { repmgrd: repmgrd({ paused: true }) };
const cluster = (...paused: readonly number[]): readonly NodeState[] => [
	read(1, primaryReading(paused.includes(1) ? PAUSED : {})),
	read(2, standbyReading(paused.includes(2) ? PAUSED : {})),
	read(3, standbyReading(paused.includes(3) ? PAUSED : {})),
	read(4, witnessReading(paused.includes(4) ? PAUSED : {}), { type: "witness" }),
];

/** The banner after these readings, a minute apart. */
function bannerAfter(readings: readonly (readonly NodeState[])[]): string | null {
	let history: NodeHistory = new Map();
	let banner: string | null = null;
	readings.forEach((states, minute) => {
		const snapshot = takeSnapshot("prod", byId(...states), [], NOW + minute * 60_000);
		history = recordPeriods(history, snapshot);
		banner = pausedBanner({ snapshot, history });
	});
	return banner;
}

const END = "if the primary dies now, promote by hand: unpausing later will not help";

test.each<[string, readonly (readonly NodeState[])[], string | null]>([
	["nothing is paused", [cluster()], null],
	[
		"everywhere, since before the first reading",
		[cluster(1, 2, 3, 4), cluster(1, 2, 3, 4)],
		`repmgrd paused everywhere (≥60 s): no automatic failover; ${END}`,
	],
	[
		"both standbys, with an exact beginning",
		[cluster(), cluster(2, 3), cluster(2, 3)],
		`repmgrd paused on node2, node3 since 04:42:12 (60 s): no automatic failover; ${END}`,
	],
	[
		"one standby of two",
		[cluster(), cluster(3)],
		`repmgrd paused on node3 since 04:42:12 (0 s): automatic failover may not happen; ${END}`,
	],
	[
		"three of four",
		[cluster(), cluster(1, 2, 3)],
		`repmgrd paused on 3 of 4 nodes since 04:42:12 (0 s): no automatic failover; ${END}`,
	],
	[
		"everywhere, and the primary does not answer this console, which proves no loss",
		[
			cluster(1, 2, 3, 4),
			cluster(1, 2, 3, 4).with(0, nodeState(registration(1), { server: [good(primaryReading()), failed()] })),
		],
		`repmgrd paused everywhere (≥60 s): no automatic failover; ${END}`,
	],
	["unpaused again", [cluster(2), cluster()], null],
	[
		"a paused node that can't be read now is still paused",
		[
			cluster(2),
			cluster().with(1, nodeState(registration(2), { server: [good(standbyReading()), failed()] })),
		],
		`repmgrd paused on node2 (≥60 s): automatic failover may not happen; ${END}`,
	],
	["never read: nothing is known", [[nodeState(registration(2), { server: [failed()] })]], null],
])("%s", (_, readings, banner) => {
	expect(bannerAfter(readings)).toBe(banner);
});

test("once the primary is lost, says no more than that unpausing comes too late", () => {
	const paused = { server: { repmgrd: repmgrd({ paused: true }), walReceiver: null } };
	const world = since(60, { 1: stopped("in production"), 2: paused, 3: paused, 4: paused });
	const lost = since(60, { 1: stopped("in production"), ...everybodyLostIt(60) });
	const snapshot = { ...world.snapshot, forecast: forecastElection(lost) };
	expect(snapshot.forecast?.lostAt).toEqual(expect.any(Number));
	expect(pausedBanner({ snapshot, history: world.history })).toMatch(/: unpausing starts no failover$/);
});

test("says who paused repmgrd, since when, why and until when, as the hosts tell", () => {
	const note = {
		...{ systemIdentifier: SYSTEM_IDENTIFIER, nodeId: 2, who: "anna on bastion1", reason: "kernel upgrade" },
		...{ since: NOW - 600_000, until: NOW + 3_600_000 },
	};
	const host = { pauses: [note], pauseFileAt: NOW - 599_000 };
	const paused = nodeState(registration(2), {
		server: [good(standbyReading(PAUSED))],
		host: [good(hostReading(host))],
	});
	const noted = cluster().with(1, paused);
	expect(bannerAfter([noted])).toBe(
		`repmgrd paused on node2 since 04:31:13 (10 min), by anna on bastion1 until 05:41 UTC (kernel upgrade): automatic failover may not happen; ${END}`,
	);
});
