import { describe, expect, test } from "vitest";
import { authoritativeRegistrations } from "../../src/assess/authority.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import type { Registration } from "../../src/model/registration.ts";
import {
	failed,
	good,
	nodeState,
	primaryReading,
	registration,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

/** A copy of repmgr.nodes that can be told from others. */
const copy = (name: string): readonly Registration[] => [registration(1, { location: name })];
const whose = (...states: readonly NodeState[]) => authoritativeRegistrations(states)?.[0]?.location ?? null;

const node = (
	nodeId: number,
	reading: ReturnType<typeof primaryReading>,
	changes: Partial<Registration> = {},
) => nodeState(registration(nodeId, changes), { server: [good(reading)] });

const primary = node(1, primaryReading({ registrations: copy("primary"), timeline: 2 }));
const standby = node(2, standbyReading({ registrations: copy("standby"), replayLsn: "0/5000000" }));
const ahead = node(3, standbyReading({ registrations: copy("ahead"), replayLsn: "0/6000000" }));
const witness = node(4, witnessReading({ registrations: copy("witness"), timeline: 9 }), { type: "witness" });
const newer = node(2, primaryReading({ registrations: copy("newer"), timeline: 3, currentLsn: "0/100" }));

describe("the authoritative copy of repmgr.nodes", () => {
	test.each<[string | null, string, readonly NodeState[]]>([
		["primary", "the primary's", [witness, ahead, standby, primary]],
		["newer", "of two primaries the newer timeline's, though it has less WAL", [primary, newer]],
		["newer", "in any order", [newer, primary]],
		["ahead", "without a primary, that of the standby that replayed furthest", [standby, ahead, witness]],
		["ahead", "in any order", [witness, ahead, standby]],
		["witness", "a witness's only when there is no other", [witness]],
		[null, "none without nodes", []],
		[
			"standby",
			"never one whose newest reading failed",
			[
				nodeState(registration(1), {
					server: [good(primaryReading({ registrations: copy("gone") }), 1), failed({}, 2)],
				}),
				standby,
			],
		],
		["standby", "nor one that may not be read", [node(1, primaryReading({ registrations: null })), standby]],
		["newer", "a witness's timeline is another cluster's, however high", [witness, newer]],
	])("%s: %s", (expected, _, states) => {
		expect(whose(...states)).toBe(expected);
	});

	test("an empty table on the primary is authoritative", () => {
		const empty = node(1, primaryReading({ registrations: [] }));
		expect(authoritativeRegistrations([empty, standby, witness])).toEqual([]);
	});

	test("returns the copy itself", () => {
		const registrations = copy("primary");
		expect(authoritativeRegistrations([node(1, primaryReading({ registrations }))])).toBe(registrations);
	});
});
