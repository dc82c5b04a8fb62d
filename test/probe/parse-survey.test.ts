import { expect, test } from "vitest";
import { parseHostSurvey } from "../../src/probe/parse-survey.ts";
import { hostReading } from "../support/records.ts";

const survey = (...lines: readonly string[]) => parseHostSurvey(`${lines.join("\n")}\n`, hostReading());

test.each([
	[["rewind hints off", "rewind checksums 0"], false],
	[["rewind hints on", "rewind checksums 0"], true],
	[["rewind hints off", "rewind checksums 1"], true],
	[[], null],
])("%j: can it be rewound? %s", (lines, expected) => {
	expect(survey(...lines).canBeRewound).toBe(expected);
});
