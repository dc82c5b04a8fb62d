import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { passfileProblem, readPassword } from "../../src/config/passfile.ts";
import { temporaryDirectory } from "./directory.ts";

const owner = { host: "pg1", port: "5432", dbname: "repmgr", user: "repmgr" };

test("gives no password for a missing file, without a problem", async () => {
	const path = join(temporaryDirectory(), "none");
	expect(await passfileProblem(path)).toBeNull();
	expect(await readPassword(path, owner)).toBeNull();
});

test("ignores a file that others may read, with a reason, and prints nothing", async () => {
	const printed = vi.spyOn(process.stderr, "write");
	const path = join(temporaryDirectory({ pgpass: "*:*:*:*:secret" }), "pgpass");
	expect(await readPassword(path, owner)).toBe("secret");
	chmodSync(path, 0o640);
	expect(await readPassword(path, owner)).toBeNull();
	expect(await passfileProblem(path)).toEqual({
		message: `password file "${path}" has group or world access`,
		detail: expect.stringContaining("ignored"),
		hint: `Permissions should be u=rw (0600) or less: chmod 600 ${path}`,
		exitCode: 78,
	});
	expect(printed).not.toHaveBeenCalled();
});

test("reports a directory instead of a password file", async () => {
	const path = temporaryDirectory();
	expect(await passfileProblem(path)).toMatchObject({
		message: `password file "${path}" is not a plain file`,
	});
	expect(await readPassword(path, owner)).toBeNull();
});
