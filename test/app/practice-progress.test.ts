import { lstatSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noteSolved, readProgress } from "../../src/app/practice-progress.ts";
import { stateDirectory } from "../../src/config/paths.ts";
import { client, temporaryDirectory } from "../config/directory.ts";

test("what was solved is written into a new file of the owner's, through no link", () => {
	const own = client();
	expect(noteSolved(own, "calm")).toBeNull();
	const directory = stateDirectory(own);
	const target = join(temporaryDirectory({ other: "as it was" }), "other");
	symlinkSync(target, join(directory, "practice.json.new"));
	expect(noteSolved(own, "lost-slot")).toBeNull();
	symlinkSync(target, join(directory, `practice.json.${process.pid}`));
	expect(noteSolved(own, "split-brain")).toMatch(/practice\.json" can't be written: /);
	expect(readFileSync(target, "utf8")).toBe("as it was");
	const path = join(directory, "practice.json");
	expect([lstatSync(path).isFile(), statSync(path).mode & 0o777]).toEqual([true, 0o600]);
	expect(Object.keys(readProgress(own).solved)).toEqual(["calm", "lost-slot"]);
});
