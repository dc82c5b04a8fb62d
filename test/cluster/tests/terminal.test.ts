import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

/** The console together with its terminal, its shell, and a slow connection. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const CONSOLE = join(import.meta.dirname, "../../../bin/repmgr-console");
const SIZE = { columns: 100, rows: 30 };
const HEALTHY = /^OK {2}primary node1; 2 of 2 standbys stream(?:;|$)/m;

/** Modes that a program may switch on and must switch off: alternate screen, mouse, pasted text, focus. */
const MODES = ["1049", "1000", "1002", "1003", "1004", "1006", "2004"];

function expectRestored(terminal: Terminal): void {
	expect(terminal.isAlternate).toBe(false);
	expect(terminal.isCursorHidden).toBe(false);
	for (const mode of MODES) {
		const on = terminal.raw.lastIndexOf(`\u001b[?${mode}h`);
		const off = terminal.raw.lastIndexOf(`\u001b[?${mode}l`);
		expect(off, `mode ${mode}`).toBeGreaterThanOrEqual(on);
	}
}

/** An interactive shell in the bastion, as after a login there. */
async function shell(env: Readonly<Record<string, string>> = {}): Promise<Terminal> {
	const directory = await bastion.directory();
	// Bash would switch it on for its own prompt and hide what the console leaves.
	await writeFile(join(directory, "inputrc"), "set enable-bracketed-paste off\n");
	const settings = Object.entries({
		PS1: "at the shell> ",
		INPUTRC: join(directory, "inputrc"),
		XDG_STATE_HOME: directory,
		...env,
	});
	const argv = ["env", ...settings.map(([name, value]) => `${name}=${value}`), "bash", "--norc", "-i"];
	const terminal = new Terminal(cluster.inBastion(argv), SIZE);
	onTestFinished(() => terminal.close());
	await terminal.waitFor("at the shell>");
	return terminal;
}

const command = `${CONSOLE} -d "${conninfoOf("node3")}"`;

/** The shell's prompt works again: typed text is echoed, and Enter is Enter. */
async function expectShell(terminal: Terminal): Promise<void> {
	await terminal.waitFor(/at the shell> *$/m);
	expectRestored(terminal);
	terminal.press("echo it $((40+2)) works\r");
	await terminal.waitFor("it 42 works");
	expect(terminal.text()).toContain("echo it $((40+2)) works");
	// The shell's own modes: echo, whole lines, signals from keys.
	terminal.press(
		"stty -a | tr ' ' '\\n' | grep -xE -- '-?(echo|icanon|isig|icrnl|opost)' | xargs echo modes\r",
	);
	await terminal.waitFor(/^modes isig icanon echo|^modes .*icrnl/m);
	expect(terminal.text()).toMatch(
		/^modes(?=.* echo\b)(?=.* icanon\b)(?=.* isig\b)(?=.* icrnl\b)(?=.* opost\b)/m,
	);
}

describe("under an interactive shell", () => {
	test("Ctrl-Z restores the shell's screen, fg the console's, and q ends it", async () => {
		const terminal = await shell();
		terminal.press(`echo before\r${command}\r`);
		await terminal.waitFor(HEALTHY, 20_000);
		for (const time of [1, 2]) {
			terminal.press("\u001a");
			await terminal.waitFor(/Stopped.*\n(.*\n)*at the shell>/, 5_000);
			expect(terminal.text()).toContain("before");
			await expectShell(terminal);
			terminal.press("clear; echo before\r");
			await terminal.quiet();
			// The window may have been resized meanwhile.
			terminal.resize(SIZE.columns + 10 * time, SIZE.rows + time);
			terminal.press("fg\r");
			await terminal.waitFor(HEALTHY);
			expect(terminal.isAlternate).toBe(true);
			expect(terminal.isCursorHidden).toBe(true);
			await terminal.waitFor(() => terminal.lines()[2]?.length === SIZE.columns + 10 * time);
			await terminal.waitFor(() => terminal.lines().at(-1)?.includes("quit") === true);
			expect(terminal.wrappedRows()).toEqual([]);
			terminal.press("?");
			await terminal.waitFor("─ HELP");
			terminal.press("?");
			await terminal.waitFor(/\bROLE\b.*\bSTATUS\b/);
		}
		terminal.press("q");
		await expectShell(terminal);
	});

	test("Ctrl-L redraws over another program's output", async () => {
		const terminal = await shell();
		const fifo = join(await bastion.directory(), "wall");
		terminal.press(`mkfifo ${fifo}; cat ${fifo} & ${command}\r`);
		await terminal.waitFor(HEALTHY, 20_000);
		const message = "Broadcast message from root@bastion";
		await writeFile(fifo, `\u001b[6;3H${message}\r\nThe system goes down\u001b[1;1HNOW!`);
		await terminal.waitFor(message);
		await terminal.quiet();
		expect(terminal.lines()[0]).toMatch(/^NOW!/);
		terminal.press("\f");
		// A whole screen may arrive in several pieces, its last line at the end.
		await terminal.waitFor(
			(text) => !text.includes("Broadcast") && /quit/.test(terminal.lines().at(-1) ?? ""),
		);
		expect(terminal.text()).not.toContain("goes down");
		await terminal.waitFor(HEALTHY);
		expect(terminal.lines().filter((line) => line.includes("node"))).not.toEqual([]);
		expect(terminal.text()).not.toContain("NOW!");
		terminal.press("q");
		await expectShell(terminal);
	});

	test.each(["TERM", "HUP", "INT", "QUIT"])("SIG%s leaves a terminal that works", async (signal) => {
		const terminal = await shell();
		terminal.press(`echo before\r${command} & fg\r`);
		await terminal.waitFor(HEALTHY, 20_000);
		// The console is the terminal's foreground process group.
		process.kill(await foreground(terminal.pid), `SIG${signal}`);
		await expectShell(terminal);
	});

	test("an uncaught error is printed on the shell's screen, which then works", async () => {
		const bomb = join(await bastion.directory(), "bomb.cjs");
		await writeFile(bomb, 'process.on("SIGUSR2", () => { throw new Error("a bug of ours"); });\n');
		const terminal = await shell({ NODE_OPTIONS: `--require=${bomb}` });
		terminal.press(`${command}\r`);
		await terminal.waitFor(HEALTHY, 20_000);
		process.kill(await foreground(terminal.pid), "SIGUSR2");
		await terminal.waitFor("a bug of ours");
		await expectShell(terminal);
		terminal.press("echo\r");
	});
});

/** The foreground process of a shell's terminal. `ip netns exec` and `sh` exec the shell, so shellPid is its own pid. */
async function foreground(shellPid: number): Promise<number> {
	const stat = await readFile(`/proc/${shellPid}/stat`, "utf8");
	// After the name in parentheses: state, ppid, pgrp, session, tty, tpgid.
	const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[5]);
	expect(group).not.toBe(shellPid);
	return group;
}

async function open(): Promise<Terminal> {
	const terminal = await bastion.terminal(["-d", conninfoOf("node3")], SIZE);
	await terminal.waitFor(HEALTHY, 20_000);
	return terminal;
}

test("reports that the terminal is too small, and draws again when it is enlarged", async () => {
	const terminal = await open();
	for (const [columns, rows] of [
		[59, 24],
		[80, 11],
		[45, 15],
		[20, 5],
		[10, 3],
		[1, 1],
	] as const) {
		terminal.resize(columns, rows);
		if (columns >= 45) {
			await terminal.waitFor((text) => text.replaceAll("\n", "").includes(`${columns}×${rows}`));
			expect(terminal.text().replaceAll(/\s+/g, " ")).toContain("the console needs 60×12.");
		}
		await terminal.quiet();
	}
	terminal.resize(80, 24);
	await terminal.waitFor(HEALTHY);
	await terminal.waitFor(() => terminal.lines()[2] === "─".repeat(80));
	await terminal.waitFor(() => terminal.lines().at(-1)?.includes("quit") ?? false);
	expect(terminal.wrappedRows()).toEqual([]);
	terminal.press("q");
	await terminal.exit;
});

/** The bytes that a cause costs beyond the usual ones of each second. */
async function bytesFor(
	terminal: Terminal,
	perSecond: number,
	cause: () => Promise<void>,
	wanted: RegExp,
): Promise<number> {
	await terminal.quiet();
	const [length, started] = [terminal.raw.length, performance.now()];
	await cause();
	await terminal.waitFor(wanted, 30_000);
	return Math.round(terminal.raw.length - length - (perSecond * (performance.now() - started)) / 1000);
}

async function bytesIn(terminal: Terminal, ms: number): Promise<number> {
	const { length } = terminal.raw;
	await new Promise((resolve) => setTimeout(resolve, ms));
	return terminal.raw.length - length;
}

test("writes only the clock's bytes while nothing changes, and few for a changed cell", async () => {
	const terminal = await open();
	// Hosts are read during the first seconds.
	await bytesIn(terminal, 3_000);
	const perSecond = Math.round((await bytesIn(terminal, 10_000)) / 10);
	terminal.press(" ");
	await terminal.waitFor(" FROZEN since ");
	await terminal.quiet();
	const paused = await bytesIn(terminal, 5_000);
	terminal.press(" ");
	await terminal.waitFor((text) => !text.includes(" FROZEN since "));
	const node2 = (word: string): RegExp => new RegExp(`node2 .* ${word}`);
	try {
		const cell = await bytesFor(
			terminal,
			perSecond,
			() => cluster.fault("pause-repmgrd", "node2"),
			node2("paused"),
		);
		await cluster.heal("pause-repmgrd", "node2");
		await terminal.waitFor(node2("running +default"));
		const standby = await bytesFor(
			terminal,
			perSecond,
			() => cluster.fault("kill-postgres", "node2"),
			node2("stopped"),
		);
		process.stdout.write(
			`quiet: ${perSecond} bytes/s; paused: ${paused} bytes in 5 s; a cell: ${cell} bytes; a dead standby: ${standby} bytes\n`,
		);
		expect(perSecond).toBeLessThan(400);
		expect(paused).toBe(0);
		// Its event moves all other events down.
		expect(cell).toBeLessThan(4_000);
		// Several states in turn, each with an event above the others and a reason below the table.
		expect(standby).toBeLessThan(20_000);
	} finally {
		await cluster.heal("kill-postgres", "node2");
	}
	terminal.press("q");
	await terminal.exit;
});
