import { describe, expect, test } from "vitest";
import { commitWords, rangesSince } from "../../src/assess/own-commits.ts";
import type { CommitCount } from "../../src/model/own-wal.ts";

/** On timeline 3, which began at 0/5000000 on timeline 2, and that at 0/3000000 on timeline 1. */
const DIRECTORY = {
	timeline: 3,
	histories: new Map([
		[
			3,
			[
				{ timeline: 1, endLsn: "0/3000000" },
				{ timeline: 2, endLsn: "0/5000000" },
			],
		],
	]),
};

describe("the WAL since a fork", () => {
	test("goes on over later timelines", () => {
		expect(rangesSince({ timeline: 2, lsn: "0/4000000" }, DIRECTORY)).toEqual([
			{ timeline: 2, from: "0/4000000", to: "0/5000000" },
			{ timeline: 3, from: "0/5000000", to: null },
		]);
	});

	test("is on the later timeline alone where that began at the fork", () => {
		expect(rangesSince({ timeline: 2, lsn: "0/5000000" }, DIRECTORY)).toEqual([
			{ timeline: 3, from: "0/5000000", to: null },
		]);
	});

	test("is on the same timeline where the other side began another", () => {
		expect(rangesSince({ timeline: 3, lsn: "0/6000000" }, DIRECTORY)).toEqual([
			{ timeline: 3, from: "0/6000000", to: null },
		]);
	});

	test.each([
		["its own history has no such fork", { timeline: 2, lsn: "0/5000001" }, DIRECTORY],
		["it never was on that timeline", { timeline: 4, lsn: "0/6000000" }, DIRECTORY],
		["its history file is missing", { timeline: 2, lsn: "0/4000000" }, { ...DIRECTORY, timeline: 4 }],
	])("is not known where %s", (_, fork, directory) => expect(rangesSince(fork, directory)).toBeNull());
});

const AT = "2026-11-30T06:53:03.625715Z";
const count = (changes: Partial<CommitCount>): CommitCount => ({
	...{ count: 0, prepared: 0, firstAt: null, lastAt: null, unread: null },
	...changes,
});

test.each<[Partial<CommitCount>, string]>([
	[{}, "no commit"],
	[{ count: 1, firstAt: AT, lastAt: AT }, "1 commit (2026-11-30 06:53:03 UTC)"],
	[
		{ count: 3, firstAt: AT, lastAt: "2026-11-30T06:54:11.000000Z", prepared: 1 },
		"3 commits (2026-11-30 06:53:03 to 2026-11-30 06:54:11 UTC) and 1 prepared transaction",
	],
	[{ prepared: 2, unread: "That takes too long." }, "2 prepared transactions, and there may be more"],
	[{ unread: "That takes too long." }, "no commit, and there may be more"],
])("the words for %j", (changes, words) => expect(commitWords(count(changes))).toBe(words));
