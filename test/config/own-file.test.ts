import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { distrust } from "../../src/config/own-file.ts";
import { temporaryDirectory } from "./directory.ts";

const me = process.getuid?.() ?? 0;

test("trusts the user's own files, and accepts missing ones", () => {
	const directory = temporaryDirectory({ file: "" });
	symlinkSync(directory, join(directory, "link"));
	for (const name of ["file", "", "link", "missing"])
		expect(distrust(join(directory, name)), name).toBeNull();
});

test("distrusts files of other users except root", () => {
	const directory = temporaryDirectory({ file: "" });
	const others = distrust(join(directory, "file"), me + 1);
	if (me === 0) expect(others).toBeNull();
	else expect(others).toMatch(/belongs to another user/);
	expect(distrust("/proc/1/stat", me + 1)).toBeNull();
});

test.each([0o620, 0o602, 0o666])("distrusts files that others may write: mode %o", (mode) => {
	const directory = temporaryDirectory({ file: "" });
	chmodSync(join(directory, "file"), mode);
	expect(distrust(join(directory, "file"))).toMatch(/may be written by others/);
	mkdirSync(join(directory, "directory"));
	chmodSync(join(directory, "directory"), mode);
	expect(distrust(join(directory, "directory"))).toMatch(/may be written by others/);
});

test("distrusts symbolic links and anything but plain files and directories", () => {
	const directory = temporaryDirectory({ file: "" });
	symlinkSync(join(directory, "file"), join(directory, "link"));
	expect(distrust(join(directory, "link"))).toMatch(/symbolic link/);
	expect(distrust("/dev/null")).toMatch(/not a regular file/);
});
