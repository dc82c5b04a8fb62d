import { execFile, spawn } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { parsePackages } from "../../../src/probe/packages/parse.ts";
import { PACKAGES_SCRIPT } from "../../../src/probe/packages/script.ts";

const run = promisify(execFile);

let directory = "";

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "packages-"));
	onTestFinished(() => rm(directory, { recursive: true }));
	await program("postgres", 'echo "postgres (PostgreSQL) 15.19 (Debian 15.19-0+deb12u1)"');
	await program(
		"dpkg-query",
		`case "$*" in
-S*) echo "postgresql-15: $2" ;;
*Status*) printf '%s\\n' 'bash|bash|5.2|installed' 'postgresql-15|postgresql-15|15.19-0+deb12u1|installed' 'repmgr|repmgr|5.3.3-1|installed' 'repmgr|old|1|config-files' ;;
*) echo postgresql-15 ;;
esac`,
	);
	await program(
		"apt-cache",
		'[ "$2" = repmgr ] && v=5.3.3-1 || v=15.20-0+deb12u1; printf "$2:\\n  Candidate: $v\\n"',
	);
	await program("dpkg", '[ "$2" != "$4" ]');
	await program("apt-get", "echo 'Inst postgresql-15 [15.19] (15.20)'; echo 'Inst libc6 [1] (2)'");
	await program("pgrep", "exit 1");
});

async function program(name: string, text: string): Promise<void> {
	await writeFile(join(directory, name), `#!/bin/sh\n${text}\n`);
	await chmod(join(directory, name), 0o755);
}

async function read() {
	const words = [join(directory, "postgres"), directory, "/etc/repmgr.conf"];
	const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
	const { stdout } = await run("sh", ["-c", PACKAGES_SCRIPT, "sh", ...words], { env });
	return parsePackages(stdout);
}

test("reads what is installed and offered, and what apt would change beyond it", async () => {
	expect((await read()).value).toMatchObject({
		...{ family: "apt", serverPackage: "postgresql-15", programVersion: "15.19", others: ["libc6"] },
		packages: [
			{ name: "postgresql-15", installed: "15.19-0+deb12u1", newer: "15.20-0+deb12u1", status: "installed" },
			{ name: "repmgr", installed: "5.3.3-1", newer: null },
		],
		...{ serverIsStale: null, repmgrdIsStale: null },
	});
});

test("a running program whose file was replaced is seen, without any version number", async () => {
	const at = join(directory, "bin");
	await run("mkdir", [at]);
	const file = join(at, "postgres");
	await copyFile("/bin/sleep", file);
	const server = spawn(file, ["60"]);
	onTestFinished(() => void server.kill());
	await new Promise((resolve) => server.once("spawn", resolve));
	await writeFile(join(directory, "postmaster.pid"), `${server.pid}\n/data\n`);
	expect((await read()).value?.serverIsStale).toBe(false);
	// As dpkg does: a new file takes the name of the old one.
	await copyFile("/bin/sleep", `${file}.dpkg-new`);
	await run("mv", [`${file}.dpkg-new`, file]);
	expect(await readFile(`/proc/${server.pid}/maps`, "utf8")).toContain("(deleted)");
	expect((await read()).value?.serverIsStale).toBe(true);
});

test("what apt does not answer is a fault, and so is an answer that was cut or is no package", async () => {
	await program("apt-get", "exit 100");
	expect((await read()).fault?.message).toContain("apt does not answer for apt-get -s");
	await program("apt-cache", "exit 100");
	expect((await read()).fault?.message).toContain("apt does not answer for postgresql-15");
	for (const text of [
		"",
		"family apt\n",
		"family apt\npackage a|--option|1|installed|-\nend\n",
		"package a|b|1;x|installed|-\nend\n",
	])
		expect(parsePackages(text).fault, text).toBeDefined();
	expect(parsePackages("family other\nend\n").value?.family).toBeNull();
});
