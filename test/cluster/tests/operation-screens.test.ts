import { afterEach, expect, test } from "vitest";
import type { Terminal } from "../../support/terminal.ts";
import { otherOf, primaryOf } from "./operating.ts";
import { clusterForFile, conninfoOf, restoredForRetries, scalar } from "./support.ts";
import { testInTurn } from "./turns.ts";

/** Operations by keys on the screen. */
const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

const SIZE = { columns: 100, rows: 40 } as const;
const ALL = ["node1", "node2", "node3", "node4"] as const;

let terminal: Terminal | undefined;
afterEach(async () => {
	terminal?.kill("SIGTERM");
	await terminal?.exit;
	terminal = undefined;
});

/** Opens the console on its home screen, with this state directory. */
async function open(state: string): Promise<Terminal> {
	terminal = await bastion.terminal(["-d", conninfoOf("node1,node2")], {
		...SIZE,
		env: { XDG_STATE_HOME: state },
	});
	await terminal.waitFor(/ primary node[12] [\s\S]*node4 .*witness/, 20_000);
	return terminal;
}

async function expectHealthy(primary: string): Promise<void> {
	await cluster.waitHealthy(60_000);
	expect(await scalar(cluster, primary, "SELECT pg_is_in_recovery()")).toBe("f");
	for (const host of ALL)
		expect(await scalar(cluster, host, "SELECT repmgr.repmgrd_is_paused()"), host).toBe("f");
}

/** Answers the questions and confirms the plan, until the console asks for the name of the node. */
async function planSwitchover(console: Terminal, to: string): Promise<void> {
	console.press(`:switchover ${to}\r`);
	await console.waitFor(new RegExp(`\\(•\\) ${to} `));
	console.press("\r");
	await console.waitFor(/✓ repmgr's dry run succeeded/, 30_000);
	console.press("\r");
	await console.waitFor(new RegExp(`Type ${to} to proceed:`));
}

test("a switchover asks its questions, plans, runs repmgr's dry run, asks for the node's name, and is verified", async () => {
	const from = await primaryOf(cluster);
	const to = otherOf(from);
	const console = await open(await bastion.directory());
	await planSwitchover(console, to);
	console.press("node3\r");
	await console.waitFor(/not confirmed: nothing was changed/);
	expect(await scalar(cluster, from, "SELECT pg_is_in_recovery()")).toBe("f");
	console.press("\r");
	await console.waitFor(`Type ${to} to proceed:`);
	console.press(`${to}\r`);
	await console.waitFor(
		new RegExp(`─ on "${to}", as postgres: repmgr .* standby switchover --siblings-follow ─`),
		30_000,
	);
	await console.waitFor(`switchover to "${to}": done and verified`, 60_000);
	console.press("R");
	await console.waitFor(new RegExp(`▸ ✓ done .* switchover to "${to}" {3}by `));
	await expectHealthy(to);
});

testInTurn("after a console was killed during an operation the next one offers to resume it", async () => {
	const state = await bastion.directory();
	// Another operator's console at another bastion.
	const watcher = await open(await bastion.directory());
	const first = await open(state);
	const to = otherOf(await primaryOf(cluster));
	await planSwitchover(first, to);
	first.press(`${to}\r`);
	await first.waitFor(/NOTICE: stopping current primary node/, 30_000);
	first.kill("SIGKILL");
	await first.exit;
	// Hosts are read every 15 s.
	await watcher.waitFor(new RegExp(`switchover to "${to}", started .* holds the cluster lock`), 30_000);
	watcher.kill("SIGTERM");
	await watcher.exit;
	const second = await open(state);
	await second.waitFor(new RegExp(`switchover to "${to}", started .* was interrupted`), 20_000);
	await second.waitFor(`switchover to "${to}" was interrupted. Resume it now?`);
	second.press("y\r");
	await second.waitFor(`switchover to "${to}": done and verified`, 60_000);
	await second.waitFor((text) => !text.includes("was interrupted"));
	await expectHealthy(to);
});

testInTurn("a console that loses its terminal finishes its operation, and then ends", async () => {
	const state = await bastion.directory();
	const console = await open(state);
	const to = otherOf(await primaryOf(cluster));
	await planSwitchover(console, to);
	console.press(`${to}\r`);
	await console.waitFor(/NOTICE: stopping current primary node/, 30_000);
	console.hangUp();
	expect(await console.exit).toMatchObject({ exitCode: 0 });
	const { stdout } = await bastion.run(["runs", "--json", "-d", conninfoOf("node1,node2")], { state });
	expect(JSON.parse(stdout).runs[0]).toMatchObject({ outcome: "done", title: `switchover to "${to}"` });
	await expectHealthy(to);
});

testInTurn("SIGTERM ends the screen with the command that resumes the running operation", async () => {
	const state = await bastion.directory();
	const console = await open(state);
	const to = otherOf(await primaryOf(cluster));
	await planSwitchover(console, to);
	console.press(`${to}\r`);
	await console.waitFor(/NOTICE: stopping current primary node/, 30_000);
	console.kill("SIGTERM");
	expect((await console.exit).exitCode).toBe(3);
	expect(console.isAlternate).toBe(false);
	const [, operationId = ""] = /runs resume (\S+)"/.exec(console.raw) ?? [];
	const resumed = await bastion.run(["runs", "resume", operationId, "-d", conninfoOf("node1,node2")], {
		state,
		timeoutMs: 90_000,
	});
	expect(resumed.exitCode, resumed.stdout).toBe(0);
	await expectHealthy(to);
});

testInTurn("Ctrl-C during an operation asks what to do, and says how to resume after a detach", async () => {
	const state = await bastion.directory();
	const console = await open(state);
	const to = otherOf(await primaryOf(cluster));
	await planSwitchover(console, to);
	console.press(`${to}\r`);
	await console.waitFor(/NOTICE: stopping current primary node/, 30_000);
	console.press("\u0003");
	await console.waitFor(/d: detach and quit, s: stop after this step, esc: stay/);
	console.press("d\r");
	expect((await console.exit).exitCode).toBe(3);
	terminal = undefined;
	const [, operationId = ""] = /runs resume (\S+)"/.exec(console.raw) ?? [];
	expect(operationId).toMatch(/-switchover-/);
	const { exitCode, stdout } = await bastion.run(
		["runs", "resume", operationId, "-d", conninfoOf("node1,node2")],
		{
			state,
			timeoutMs: 90_000,
		},
	);
	expect(exitCode, stdout).toBe(0);
	await expectHealthy(to);
});

testInTurn("a finding leads to the plan that fixes it", async () => {
	await cluster.fault("stop-repmgrd", "node3");
	const console = await open(await bastion.directory());
	await console.waitFor(/▸ ! .*REPMGRD_NOT_RUNNING/, 30_000);
	console.press("\r");
	// How to start repmgrd there is known once its host has been read.
	await console.waitFor(/─ FINDING ─[\s\S]* start repmgrd on "node3": /);
	console.press("\r");
	await console.waitFor(/─ PLAN: .*repmgrd.*node3/, 30_000);
	console.press("\r");
	await console.waitFor(/Proceed\? \(y\/n\)/);
	console.press("y\r");
	await console.waitFor(/: done and verified/, 60_000);
	expect(await scalar(cluster, "node3", "SELECT repmgr.repmgrd_is_running()")).toBe("t");
});

testInTurn("a read-only console makes the plan, but does not execute it", async () => {
	terminal = await bastion.terminal(["--read-only", "-d", conninfoOf("node1")], SIZE);
	await terminal.waitFor(/ primary node[12] [\s\S]*node4 .*witness/, 20_000);
	terminal.press("o");
	await terminal.waitFor(/─ OPERATIONS ─/);
	terminal.press(":pause\r");
	await terminal.waitFor(/─ PAUSE FAILOVER ─/);
	terminal.press("\r");
	await terminal.waitFor(/IMPACT/, 20_000);
	terminal.press("\r");
	await terminal.waitFor(/execute: this is a read-only session/);
});
