import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatConninfo, parseConninfo } from "../../src/libpq/conninfo.ts";

/**
 * What PQconninfoParse() of libpq 15.18 answered to generated texts, recorded through Python's ctypes.
 * Without texts in which the console hides a possible password: there the words differ on purpose.
 */
interface Answer {
	readonly text: string;
	readonly value?: Readonly<Record<string, string>>;
	readonly error?: string;
}

const answers = readFileSync(new URL("libpq-answers.jsonl", import.meta.url), "utf8")
	.trimEnd()
	.split("\n")
	.map((line): Answer => JSON.parse(line));

test.each(answers)("$text", ({ text, value, error }) => {
	const parsed = parseConninfo(text);
	if (error !== undefined) {
		expect(parsed.problems?.map(({ message }) => message)).toEqual([error]);
		return;
	}
	expect(parsed.value).toEqual(value);
	const formatted = formatConninfo(parsed.value ?? {});
	if (formatted !== "") expect(parseConninfo(formatted).value).toEqual(value);
});
