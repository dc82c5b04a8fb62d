import { describe, expect, test } from "vitest";
import type { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const HOSTS = ["node1", "node2", "node3", "node4"] as const;

/** A node's line of the table. */
function rowOf(terminal: Terminal, host: string): string {
	const lines = terminal.lines();
	const heading = lines.findIndex((line) => /\bROLE\b.*\bSTATUS\b/.test(line));
	return lines.slice(heading + 1, heading + 5).find((line) => line.includes(host)) ?? "";
}

async function open(size: { readonly columns: number; readonly rows: number }): Promise<Terminal> {
	const terminal = await bastion.terminal(["-d", conninfoOf("node3")], size);
	await terminal.waitFor(
		() => HOSTS.every((host) => /running|streaming/.test(rowOf(terminal, host))),
		15_000,
	);
	return terminal;
}

function expectRestored(terminal: Terminal): void {
	expect(terminal.isAlternate).toBe(false);
	expect(terminal.isCursorHidden).toBe(false);
	// Every mode that the screen switched on is off again.
	for (const mode of ["1049", "1000", "1002", "1003", "1006", "2004"]) {
		const on = terminal.raw.lastIndexOf(`\u001b[?${mode}h`);
		const off = terminal.raw.lastIndexOf(`\u001b[?${mode}l`);
		expect(off, `mode ${mode}`).toBeGreaterThanOrEqual(on);
	}
}

describe.each([
	{ columns: 80, rows: 24 },
	{ columns: 120, rows: 40 },
])("at $columns×$rows", (size) => {
	test("shows four nodes, sees a standby die and return, and restores the terminal when it quits", async () => {
		await cluster.waitHealthy();
		const terminal = await open(size);
		expect(terminal.isAlternate).toBe(true);
		expect(rowOf(terminal, "node1")).toMatch(/primary +running/);
		expect(rowOf(terminal, "node2")).toMatch(/standby +streaming/);
		expect(rowOf(terminal, "node3")).toMatch(/standby +streaming/);
		expect(rowOf(terminal, "node4")).toMatch(/witness +running/);
		await terminal.waitFor("primary node1");
		for (const line of terminal.lines()) expect(line.length).toBeLessThanOrEqual(size.columns);

		await cluster.fault("kill-postgres", "node2");
		try {
			await terminal.waitFor(() => /\(standby\) +stopped/.test(rowOf(terminal, "node2")), 15_000);
			// It might merely be restarting, so the finding comes after a grace time of ten seconds.
			await terminal.waitFor(/^WARNING {2}primary node1; node2 stopped/m, 20_000);
			await terminal.waitFor(/^▸ ! {2}standby "node2" is down .*STANDBY_DOWN/m);
			expect(rowOf(terminal, "node1")).toMatch(/primary +running/);
			expect(rowOf(terminal, "node3")).toMatch(/standby +streaming/);
		} finally {
			await cluster.heal("kill-postgres", "node2");
		}
		await terminal.waitFor(() => /standby +streaming/.test(rowOf(terminal, "node2")), 30_000);

		terminal.press("q");
		expect((await terminal.exit).exitCode).toBe(0);
		expectRestored(terminal);
	});
});

test.each(["SIGTERM", "SIGHUP"] as const)("%s restores the terminal, too", async (signal) => {
	const terminal = await open({ columns: 100, rows: 30 });
	terminal.kill(signal);
	await terminal.exit;
	expectRestored(terminal);
});

test("Ctrl-C quits", async () => {
	const terminal = await open({ columns: 100, rows: 30 });
	terminal.press("\u0003");
	await terminal.exit;
	expectRestored(terminal);
});

test("the screen continues with the other nodes when its given node is cut off", async () => {
	const terminal = await open({ columns: 100, rows: 30 });
	await cluster.fault("cut", "node3");
	try {
		await terminal.waitFor(() => /unreachable/.test(rowOf(terminal, "node3")), 15_000);
		expect(rowOf(terminal, "node2")).toMatch(/standby +streaming/);
	} finally {
		await cluster.heal("cut", "node3");
	}
	await terminal.waitFor(() => /standby +streaming/.test(rowOf(terminal, "node3")), 30_000);
	terminal.press("q");
	await terminal.exit;
});

test("an error before the first snapshot is printed on the terminal, not lost with the screen", async () => {
	const terminal = await bastion.terminal(["-d", conninfoOf("node1", "password=Wr0ng")]);
	const { exitCode } = await terminal.exit;
	expect(exitCode).toBe(3);
	expect(await terminal.waitFor("HINT:")).toContain('password authentication failed for user "repmgr"');
	expect(terminal.isAlternate).toBe(false);
});

test("without a terminal the console prints one status and says how to open the screen", async () => {
	const { exitCode, stdout, stderr } = await bastion.run(["-d", conninfoOf("node1")]);
	expect(exitCode).toBe(0);
	expect(stdout).toMatch(/^OK: primary node1; 2 of 2 standbys stream(?:;|$)/m);
	expect(stdout).toMatch(/node4 +witness +running/);
	expect(stdout).not.toContain("\u001b");
	expect(stderr.trim()).toBe(
		"The screen needs a terminal: run repmgr-console without redirection (over ssh with -t).",
	);
});
