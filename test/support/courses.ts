import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Course } from "./course.ts";

const pathOf = (scenario: string): string =>
	join(import.meta.dirname, "../fixtures/practice", `${scenario}.json`);

/** How the scenario went on the real cluster, recorded by test/cluster/tests/practice-truth.test.ts. */
export function recordedCourse(scenario: string): Course {
	return JSON.parse(readFileSync(pathOf(scenario), "utf8")) as Course;
}

export function recordCourse(scenario: string, course: Course): void {
	writeFileSync(pathOf(scenario), `${JSON.stringify(course, null, "\t")}\n`);
}
