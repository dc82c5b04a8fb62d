import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

/** The console installed on a host of the cluster and used through a real login there, over fast and slow connections. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const REPOSITORY = join(import.meta.dirname, "../../..");
const HEALTHY = /^OK {2}primary node1; 2 of 2 standbys stream(?:;|$)/m;
const TABLE = /\bROLE\b.*\bSTATUS\b/;

/** Installs the console as a release does: the launcher finds Node beside it. The host needs no network for it. */
beforeAll(async () => {
	const node = realpathSync(process.execPath);
	const [file, ...args] = await cluster.enter("node4", [
		"sh",
		"-c",
		"mkdir -p /opt/console && exec tar -x -C /opt/console",
	]);
	const pack = spawn(
		"tar",
		["-c", "-C", REPOSITORY, "bin", "dist", "themes", "-C", join(node, ".."), "node"],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	const unpack = spawn(file, args, { stdio: [pack.stdout, "inherit", "inherit"] });
	const exitCode = await new Promise((resolve) => unpack.once("exit", resolve));
	expect(exitCode).toBe(0);
});

interface Login {
	readonly terminal: Terminal;
	/** From the start of ssh until the cluster's state is on the screen. */
	readonly openMs: number;
}

async function login(options: readonly string[], timeoutMs: number): Promise<Login> {
	const remote = `/opt/console/bin/repmgr-console -d '${conninfoOf("node1")}'`;
	const started = performance.now();
	const terminal = new Terminal(cluster.inBastion(["ssh", "-tt", ...options, "node4", remote]), {
		columns: 80,
		rows: 24,
	});
	onTestFinished(() => terminal.close());
	await terminal.waitFor(HEALTHY, timeoutMs);
	return { terminal, openMs: performance.now() - started };
}

/** Milliseconds from a key to its effect on the screen. */
async function keyMs(terminal: Terminal, key: string, wanted: RegExp): Promise<number> {
	const started = performance.now();
	terminal.press(key);
	await terminal.waitFor(wanted, 30_000);
	return performance.now() - started;
}

interface Measured {
	/** Moving the selection: two lines change. */
	readonly move: number;
	/** Another screen: all lines change. */
	readonly open: number;
}

/** Median of several tries, while the clock keeps running. */
async function measure(terminal: Terminal): Promise<Measured> {
	const [moves, opens]: [number[], number[]] = [[], []];
	for (let time = 0; time < 4; time++) {
		moves.push(await keyMs(terminal, "j", /^▸ 2 /m), await keyMs(terminal, "k", /^▸ 1 /m));
		opens.push(await keyMs(terminal, "?", /─ HELP/), await keyMs(terminal, "?", TABLE));
	}
	const middle = (values: number[]): number => Math.round(values.toSorted((a, b) => a - b)[4] ?? 0);
	return { move: middle(moves), open: middle(opens) };
}

async function quit({ terminal }: Login, timeoutMs: number): Promise<void> {
	terminal.press("q");
	await Promise.race([
		terminal.exit,
		new Promise((_, reject) => setTimeout(() => reject(new Error("q did not end it")), timeoutMs)),
	]);
	expect((await terminal.exit).exitCode).toBe(0);
	expect(terminal.isAlternate).toBe(false);
	expect(terminal.isCursorHidden).toBe(false);
}

function report(line: string, { openMs }: Login, { move, open }: Measured): void {
	process.stdout.write(`${line}: opens in ${Math.round(openMs)} ms; key ${move} ms, screen ${open} ms\n`);
}

test("responds to keys within half a second through a login", async () => {
	const session = await login([], 20_000);
	const measured = await measure(session.terminal);
	report("fast line", session, measured);
	expect(measured.move).toBeLessThan(500);
	await quit(session, 5_000);
});

test("a lost connection ends the console on the remote host", async () => {
	const { terminal } = await login([], 20_000);
	terminal.kill("SIGKILL");
	await terminal.exit;
	await expect
		.poll(
			async () =>
				(await cluster.exec("node4", ["pgrep", "-f", "/opt/console/dist/[m]ain"], { check: false })).stdout,
			{ timeout: 10_000 },
		)
		.toBe("");
});

test("responds within a second with 200 ms of latency, for the login and for what the console reads", async () => {
	await cluster.fault("slow-link", "node4", "200");
	try {
		const session = await login([], 30_000);
		const measured = await measure(session.terminal);
		report("200 ms", session, measured);
		expect(measured.move).toBeLessThan(1_000);
		await quit(session, 10_000);
	} finally {
		await cluster.heal("slow-link", "node4");
	}
});

/** A byte has ten bits on a serial line. */
test.each([
	["without compression", []],
	["with ssh -C", ["-C"]],
])("stays usable at 9600 baud and 200 ms, %s", async (name, options) => {
	const relay = `${process.execPath} ${join(REPOSITORY, "test/support/slow-line.ts")} %h %p 100 960`;
	const session = await login(["-o", `ProxyCommand=${relay}`, "-o", "ConnectTimeout=60", ...options], 60_000);
	const measured = await measure(session.terminal);
	report(`9600 baud ${name}`, session, measured);
	expect(session.openMs).toBeLessThan(40_000);
	expect(measured.move).toBeLessThan(3_000);
	expect(measured.open).toBeLessThan(10_000);
	await quit(session, 20_000);
});
