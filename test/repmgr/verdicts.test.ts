import { posix } from "node:path";
import { expect, test } from "vitest";
import { readRepmgrConf } from "../../src/config/repmgr-conf.ts";
import { copiedFiles } from "../../src/repmgr/includes.ts";
import { type ConfCase, INCLUDES, SHAPES } from "../fixtures/repmgr-conf/cases.ts";
import verdicts from "../fixtures/repmgr-conf/verdicts.json" with { type: "json" };

interface Verdict {
	readonly isAccepted: boolean;
	readonly errors: readonly string[];
	readonly host: string | null;
}

const verdictOf = (name: string): Verdict => {
	const verdict = (verdicts as Readonly<Record<string, Verdict>>)[name];
	if (verdict === undefined)
		throw new Error(`record repmgr's verdict on "${name}" (test/fixtures/README.md)`);
	return verdict;
};

function read({ main, files }: ConfCase) {
	const texts = new Map(Object.entries(files).map(([path, text]) => [posix.join("/mnt", path), text]));
	const directories = new Set([...texts.keys()].map((path) => posix.dirname(path)));
	const missing = new Set(["/mnt/conf.d"].filter((path) => !directories.has(path)));
	return readRepmgrConf(posix.join("/mnt", main), copiedFiles(texts, missing));
}

const ALL = [...INCLUDES, ...SHAPES].map((one) => [one.name, one] as const);

test.each(ALL)("repmgr and we say the same of: %s", (name, one) => {
	const { isAccepted, errors, host } = verdictOf(name);
	const { value, problems = [] } = read(one);
	expect({ isAccepted: problems.length === 0, host: value?.conninfoValues.host ?? null }).toEqual({
		isAccepted,
		host,
	});
	// As many, each in the same words but for what repmgr calls "skipping", and what is no longer called by that name.
	expect(problems).toHaveLength(errors.length);
	for (const [index, error] of errors.entries()) {
		const path = /"([^"]+)"/.exec(error)?.[1] ?? "";
		expect(problems[index]?.message).toContain(
			error.startsWith("skipping") ? path : error.replace(/(?<=file )"(?=[^/])/, '"/mnt/'),
		);
	}
});

test("every verdict has its case", () => {
	expect(Object.keys(verdicts).sort()).toEqual(ALL.map(([name]) => name).sort());
});
