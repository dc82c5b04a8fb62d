import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { differences } from "../support/course.ts";
import { recordedCourse } from "../support/courses.ts";
import { PLAYS } from "../support/plays.ts";
import { practiceCourse } from "../support/practice-course.ts";
import { NOW } from "../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

test.each(Object.entries(PLAYS))(
	"%s: the findings, their order and the end are those of the real cluster",
	async (name, moves) => {
		expect(differences(recordedCourse(name), await practiceCourse(name, moves))).toEqual([]);
	},
);

test("another finding, another order and another end are differences; a brief finding is none", () => {
	const real = recordedCourse("dead-primary");
	const { findings, end } = real;
	const node1 = end.node1 as NonNullable<typeof end.node1>;
	expect(differences(real, real)).toEqual([]);
	expect(differences(real, { end, findings: findings.filter(({ seconds }) => seconds < 4) })).toEqual([
		"only the real cluster had STANDBY_DOWN node1 from 11.3 s on for 76.4 s",
	]);
	const more = { finding: "SPLIT_BRAIN cluster", opened: 3, seconds: 9 };
	expect(differences(real, { end, findings: [...findings, more] })).toEqual([
		"only practice had SPLIT_BRAIN cluster from 3 s on for 9 s",
	]);
	const late = findings.map((one) => (one.finding.startsWith("FAILOVER_IN") ? { ...one, opened: 20 } : one));
	expect(differences(real, { end, findings: late })).toEqual([
		expect.stringMatching(
			/^FAILOVER_IN_PROGRESS node1 came before STANDBY_DOWN node1 really, and 8\.7 s after/,
		),
	]);
	expect(differences(real, { end, findings: late }, 3), "on a machine that is three times slower").toEqual(
		[],
	);
	expect(
		differences(real, { findings, end: { ...end, node1: { ...node1, slots: ["repmgr_slot_2 inactive"] } } }),
	).toEqual([
		expect.stringMatching(/^at the end node1 is .*repmgr_slot_2 inactive.* in practice, and really /),
	]);
});
