import { describe, expect, test } from "vitest";
import { changesBetween } from "../../src/assess/changes.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import {
	failed,
	good,
	NOW,
	nodeState,
	primaryReading,
	read,
	receiver,
	registration,
	repmgrd,
	snapshotOf,
	standbyReading,
} from "../support/records.ts";

/** The log's lines, as [node, event, good, details]. */
function linesBetween(before: readonly NodeState[], after: readonly NodeState[]) {
	return changesBetween(snapshotOf(...before), snapshotOf(...after)).map(
		({ nodeId, event, successful, details }) => [nodeId, event, successful, details],
	);
}

const primary = read(1, primaryReading());
const standby = read(2, standbyReading());
const silent = nodeState(registration(2), {
	server: [good(standbyReading(), NOW - 1), failed({ message: "no answer from node2:5432" })],
});

test("has no entries for the same cluster, or for changed positions", () => {
	const later = [read(1, primaryReading({ currentLsn: "0/6000000" })), read(2, standbyReading())];
	expect(linesBetween([primary, standby], later)).toEqual([]);
});

test("ignores an earlier timeline of a server that was not restarted", () => {
	const before = [primary, read(2, standbyReading({ timeline: 3 }))];
	expect(linesBetween(before, [primary, read(2, standbyReading({ timeline: 2 }))])).toEqual([]);
	const unknown = read(2, standbyReading({ timeline: null, timelineAtLeast: 2 }));
	expect(linesBetween(before, [primary, unknown])).toEqual([]);
	expect(linesBetween([primary, unknown], before)).toEqual([]);
});

test("ignores the first reading of a node", () => {
	expect(linesBetween([], [primary])).toEqual([]);
	expect(linesBetween([nodeState(registration(1), {})], [primary])).toEqual([]);
});

describe("news", () => {
	test.each<[string, readonly NodeState[], readonly NodeState[], readonly unknown[]]>([
		[
			"a node falls silent: its status and why, not its role and timeline",
			[primary, standby],
			[primary, silent],
			[[2, "status", false, "streaming → unreachable: no answer from node2:5432"]],
		],
		[
			"and comes back",
			[primary, silent],
			[primary, standby],
			[[2, "status", true, "unreachable → streaming"]],
		],
		[
			"a promotion",
			[primary, standby],
			[primary, read(2, primaryReading({ timeline: 2 }))],
			[
				[2, "status", true, "streaming → running"],
				[2, "role", false, "standby → primary"],
				[2, "timeline", null, "1 → 2"],
			],
		],
		[
			"a server that was started again is on an earlier timeline: it was rewound or cloned",
			[primary, read(2, standbyReading({ timeline: 3 }))],
			[primary, read(2, standbyReading({ timeline: 2, startedAt: NOW }))],
			[[2, "timeline", null, "3 → 2"]],
		],
		[
			"another upstream, by its name",
			[primary, standby, read(3, standbyReading())],
			[primary, standby, read(3, standbyReading({ walReceiver: receiver({ senderHost: "node2" }) }))],
			[[3, "upstream", null, "node1 → node2"]],
		],
		[
			"repmgrd ends",
			[primary],
			[read(1, primaryReading({ repmgrd: repmgrd({ running: false }) }))],
			[[1, "repmgrd", false, "not running"]],
		],
		[
			"repmgrd starts",
			[read(1, primaryReading({ repmgrd: repmgrd({ running: false }) }))],
			[primary],
			[[1, "repmgrd", true, "running"]],
		],
		[
			"repmgrd is paused",
			[primary],
			[read(1, primaryReading({ repmgrd: repmgrd({ paused: true }) }))],
			[[1, "repmgrd", false, "paused"]],
		],
		[
			"repmgrd is unpaused",
			[read(1, primaryReading({ repmgrd: repmgrd({ paused: true }) }))],
			[primary],
			[[1, "repmgrd", true, "unpaused"]],
		],
		[
			"a node is unregistered",
			[primary, standby],
			[primary],
			[[2, "unregistered", null, '"node2" is no longer registered']],
		],
	])("%s", (_, before, after, lines) => {
		expect(linesBetween(before, after)).toEqual(lines);
	});

	test("ignores values that become unknown", () => {
		const blind = read(1, primaryReading({ repmgrd: null, timeline: null }));
		expect(linesBetween([primary], [blind])).toEqual([]);
		expect(linesBetween([blind], [primary])).toEqual([]);
	});

	test("a detached standby changes its status, but not its upstream", () => {
		const detached = read(2, standbyReading({ walReceiver: null }));
		expect(linesBetween([primary, standby], [primary, detached])).toEqual([
			[2, "status", false, "streaming → detached: no walreceiver runs"],
		]);
	});

	test("entries have the time of the later snapshot", () => {
		const [line] = changesBetween(snapshotOf(primary, standby), {
			...snapshotOf(primary, silent),
			takenAt: NOW + 7,
		});
		expect(line).toMatchObject({ source: "console", timestamp: "2026-11-23T04:41:12.007000Z" });
	});
});
