import { describe, expect, test } from "vitest";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { type LagHistory, sampleLag, sparkline } from "../../src/store/lag-history.ts";
import { byId, NOW, primaryReading, read, standbyReading } from "../support/records.ts";

const snapshotAt = (at: number, replayLsn: string | null, nodes = [2]) =>
	takeSnapshot(
		"prod",
		byId(read(1, primaryReading()), ...nodes.map((id) => read(id, standbyReading({ replayLsn })))),
		[],
		at,
	);

describe("sampleLag", () => {
	test("adds a sample of each standby, not of a primary, and keeps unknown as unknown", () => {
		const once = sampleLag(new Map(), snapshotAt(NOW, "0/4FF0000"));
		expect([...once.keys()]).toEqual([2]);
		expect(sampleLag(once, snapshotAt(NOW + 1000, null)).get(2)).toEqual([
			{ at: NOW, bytes: 0x10000, seconds: 270 },
			{ at: NOW + 1000, bytes: null, seconds: null },
		]);
	});

	test("keeps the newest 600 samples and drops nodes that are gone", () => {
		let history: LagHistory = new Map();
		for (let second = 0; second < 650; second++) {
			history = sampleLag(history, snapshotAt(second, "0/5000000", [2, 3]));
		}
		expect(history.get(2)).toHaveLength(600);
		expect(history.get(2)?.[0]?.at).toBe(50);
		expect(history.get(2)?.at(-1)?.at).toBe(649);
		expect([...sampleLag(history, snapshotAt(650, "0/5000000")).keys()]).toEqual([2]);
	});
});

test.each<[readonly (number | null)[], number, string]>([
	[[], 4, "    "],
	[[0, 0, 0], 4, " ▁▁▁"],
	[[0, 50, 100], 3, "▁▅█"],
	[[0, null, 100], 3, "▁ █"],
	// Any value above zero is above the lowest bar.
	[[0, 1, 1_000_000], 3, "▁▂█"],
	[[900, 1, 2, 4], 3, "▃▅█"],
])("%j in %i columns: %j", (values, width, bars) => {
	expect(sparkline(values, width)).toBe(bars);
});
