import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { saveClusterCache } from "../../../src/config/cluster-cache.ts";
import { temporaryDirectory } from "../../config/directory.ts";
import { registration } from "../../support/records.ts";
import { Terminal } from "../../support/terminal.ts";

/** The built program on a real pseudo terminal, with a psql of the test's own. */
const PROGRAM = fileURLToPath(new URL("../../../bin/repmgr-console", import.meta.url));

const CACHE = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
afterAll(() => rmSync(CACHE, { recursive: true, force: true }));

/** Says where it would log in, reads a line, and leaves the terminal as a killed editor does. */
const PSQL = `#!/bin/sh
echo "$# arguments; $PGUSER@$PGHOST:$PGPORT/$PGDATABASE by $PGPASSFILE $PGPASSWORD$PGSERVICE$PGTARGETSESSIONATTRS."
echo "started by $PPID."
read -r line
echo "read $line"
stty -echo -icanon
printf '\\033[?1000h\\033[?1049h'
exit "$line"
`;

/** A shell that shows the terminal's modes before and after a console, which remembers one node; no server answers. */
async function opened(programs: Readonly<Record<string, string>>): Promise<Terminal> {
	const home = temporaryDirectory(programs);
	for (const name of Object.keys(programs)) chmodSync(join(home, name), 0o755);
	const place = { host: "127.0.0.1", hostaddr: "127.0.0.1", port: 1 };
	const nodes = [registration(1, { conninfo: "host=127.0.0.1 port=1", ...place })];
	const known = { systemIdentifier: "7", nodes };
	await saveClusterCache(join(home, "repmgr-console"), { targets: [place] }, known);
	const conninfo = "host=127.0.0.1 port=1 user=u dbname=d password=s3cret";
	const script = 'echo "modes $(stty -g)."; "$@"; echo "modes $(stty -g)."';
	const terminal = new Terminal(["/bin/sh", "-c", script, "sh", PROGRAM, "-d", conninfo, "--no-ssh"], {
		env: {
			...{ HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: CACHE, PGTARGETSESSIONATTRS: "primary" },
			PATH: `${home}:${process.env.PATH}`,
		},
	});
	onTestFinished(() => terminal.close());
	await terminal.waitFor("node1");
	return terminal;
}

/** Does a process wait until its terminal takes what it writes? The flags are octal (proc(5)); O_NONBLOCK is 04000. */
function isBlocking(pid: string): boolean {
	const [, flags = ""] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/1`, "utf8")) ?? [];
	return (Number.parseInt(flags, 8) & 0o4000) === 0;
}

test("P suspends the screen for psql on the selected node, and its end brings the console back", async () => {
	const terminal = await opened({ psql: PSQL });
	terminal.press("P");
	// It logs in as the console does, and no other process can read how.
	await terminal.waitFor(/0 arguments; u@127\.0\.0\.1:1\/d by \S+\/\.pgpass s3cret\./);
	expect(terminal.isAlternate).toBe(false);
	// Every character is for psql.
	for (const key of "0123") terminal.press(key);
	terminal.press("\r");
	await terminal.waitFor("psql ended with exit code 123. Press Enter");
	expect(terminal.text()).toContain("read 0123");
	terminal.press("\r");
	await terminal.waitFor("cluster");
	expect(terminal.isAlternate).toBe(true);
	// The keys are the console's again; a program that ends well needs no key.
	terminal.press(":psql node1\r");
	// Until its start clears it, the normal screen shows the first psql.
	await terminal.waitFor((text) => text.includes("0 arguments") && !text.includes("psql ended"));
	terminal.press("0\r");
	await terminal.waitFor("cluster");
	// A program leaves the terminal blocking, which would stop the console when the line is cut.
	const [, console = ""] = /started by (\d+)\./.exec(terminal.raw) ?? [];
	expect(isBlocking(console)).toBe(false);
	terminal.press("q");
	await terminal.exit;
	const [before, after, ...rest] = [...terminal.raw.matchAll(/modes ([^.]+)\./g)].map(([, modes]) => modes);
	expect(after).toBe(before);
	expect(rest).toEqual([]);
	expect(terminal.isAlternate).toBe(false);
});

test("a program that is not installed says so", async () => {
	const terminal = await opened({});
	terminal.press("A");
	await terminal.waitFor("pg_activity is not installed on this machine");
	expect(terminal.isAlternate).toBe(true);
	terminal.press("H");
	await terminal.waitFor(/ssh: SSH is off/);
});

test("C goes to another cluster of the configuration file, in a new process on the same terminal", async () => {
	const home = temporaryDirectory({
		"config.yaml":
			"clusters:\n  a: {conninfo: host=127.0.0.1 port=1}\n  bb: {conninfo: host=127.0.0.1 port=1}\n",
	});
	chmodSync(join(home, "config.yaml"), 0o600);
	const place = { host: "127.0.0.1", hostaddr: "127.0.0.1", port: 1 };
	for (const cluster of ["a", "bb"]) {
		const nodes = [
			registration(1, { nodeName: `node-of-${cluster}`, conninfo: "host=127.0.0.1 port=1", ...place }),
		];
		const known = { systemIdentifier: "7", nodes };
		await saveClusterCache(
			join(home, "repmgr-console"),
			{ cluster, targets: [{ host: "127.0.0.1", port: 1 }] },
			known,
		);
	}
	const words = ["--config", join(home, "config.yaml"), "--cluster", "a", "--no-ssh", "--read-only"] as const;
	const terminal = new Terminal([PROGRAM, ...words], {
		env: { HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: CACHE },
	});
	onTestFinished(() => terminal.close());
	await terminal.waitFor("node-of-a");
	terminal.press("C");
	await terminal.waitFor(":cluster");
	terminal.press("b\t\r");
	await terminal.waitFor(/cluster bb[\s\S]*node-of-bb/);
	expect(terminal.isAlternate).toBe(true);
	expect(terminal.text()).toContain("read-only");
	terminal.press("q");
	expect(await terminal.exit).toMatchObject({ exitCode: 0 });
});

test("an operation that is left in a practice ends with it: there is nothing to resume", async () => {
	const home = temporaryDirectory({});
	const terminal = new Terminal([PROGRAM, "practice"], {
		env: { HOME: home, XDG_STATE_HOME: home, XDG_CACHE_HOME: CACHE },
	});
	onTestFinished(() => terminal.close());
	await terminal.waitFor("streaming");
	terminal.press(":switchover node2\r");
	await terminal.waitFor("make the plan");
	terminal.press("\r");
	await terminal.waitFor("dry run succeeded");
	terminal.press("\r");
	await terminal.waitFor("Type node2");
	terminal.press("node2\r");
	await terminal.waitFor(/▶ stop "node1"/);
	terminal.press("\u0003");
	await terminal.waitFor("detach and quit");
	terminal.press("d");
	expect(await terminal.exit).toMatchObject({ exitCode: 0 });
	expect(terminal.raw).toMatch(/The practice has ended, and with it: switchover to "node2"\./);
	expect(terminal.raw).not.toContain("runs resume");
});

test("a first start without options shows what to do", () => {
	const home = temporaryDirectory({});
	const env = { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8" };
	const { status, stderr } = spawnSync(PROGRAM, [], { env, encoding: "utf8" });
	expect(stderr).not.toContain("error");
	for (const words of ['-d "host=', "repmgr-console practice", "repmgr-console config init"])
		expect(stderr).toContain(words);
	expect(status).toBe(64);
});
