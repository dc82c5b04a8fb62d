import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { wholeNumbersFrom } from "../../support/random.ts";
import type { Terminal } from "../../support/terminal.ts";
import { FORMED, sleep } from "../cluster.ts";
import {
	ACCESS,
	ALL,
	expectHealthy,
	HOSTS,
	leftOn,
	otherOf,
	PATIENT,
	pausedOn,
	primaryOf,
	resumeInterrupted,
} from "../tests/operating.ts";
import { clusterForFile, eventually } from "../tests/support.ts";

/** There is a way out whatever happens to a console, its terminal or a host in the middle of an operation. */
const bastion = clusterForFile({ standby_reconnect_timeout: 10, node_rejoin_timeout: 8 });
const { cluster } = bastion;

/** Set by hand for more; the same seed gives the same rounds. */
const ROUNDS = Number(process.env.REPMGR_CONSOLE_ROUNDS || 4);
const SEED = Number(process.env.REPMGR_CONSOLE_SEED || Date.now() % 100_000);
const OPERATIONS = ["switchover", "drill", "rejoin", "switchover on the screen"] as const;
const DISTURBANCES = ["closed terminal", "SIGTERM", "SIGKILL", "reset host"] as const;

/** Each round has its own random numbers, so that it can be repeated alone. The first four have every operation and disturbance. */
const rounds = Array.from({ length: ROUNDS }, (_, round) => {
	const below = wholeNumbersFrom(SEED + round);
	const operation = round < 4 ? OPERATIONS[round] : OPERATIONS[below(4)];
	const disturbance = DISTURBANCES[round < 4 ? (round + SEED) % 4 : below(4)];
	const host = HOSTS[below(3)];
	if (operation === undefined || disturbance === undefined || host === undefined) throw new Error("no round");
	return { round, operation, disturbance, host, delayMs: below(6000) };
});

/** Starts the operation on a pseudo terminal. */
async function start(operation: (typeof OPERATIONS)[number], state: string): Promise<Terminal> {
	const from = await primaryOf(cluster);
	const to = otherOf(from);
	const open = (...args: string[]) =>
		bastion.terminal([...args, ...ACCESS], { state, columns: 100, rows: 40 });
	switch (operation) {
		case "switchover":
			return await open("switchover", "--to", to, "--yes");
		case "drill":
			await eventually(async () => {
				const { exitCode, stdout, stderr } = await bastion.run(["drill", "--dry-run", ...ACCESS], PATIENT);
				expect(exitCode, stdout + stderr).toBe(0);
			});
			return await open("drill", "--yes", "--accept-loss", "0");
		case "rejoin":
			await cluster.fault("kill-postgres", from);
			await eventually(async () => expect(await primaryOf(cluster)).not.toBe(from), 60_000);
			await eventually(async () => {
				const planned = await bastion.run(
					["rejoin", from, "--force-rewind", "--dry-run", ...ACCESS],
					PATIENT,
				);
				expect(planned.exitCode, planned.stdout + planned.stderr).toBe(0);
			});
			return await open("rejoin", from, "--force-rewind", "--yes");
		case "switchover on the screen": {
			const console = await open();
			await console.waitFor(/ primary node[123] [\s\S]*node4 .*witness/, 40_000);
			console.press(`:switchover ${to}\r`);
			await console.waitFor(new RegExp(`\\(•\\) ${to} `), 20_000);
			console.press("\r");
			await console.waitFor(/✓ repmgr's dry run succeeded/, 60_000);
			console.press("\r");
			await console.waitFor(`Type ${to} to proceed:`);
			console.press(`${to}\r`);
			return console;
		}
	}
}

/** Waits until the operation is changing the cluster. */
async function untilStarted(state: string, console: Terminal): Promise<void> {
	await eventually(async () => {
		const journal = await readFile(`${state}/repmgr-console/journal.jsonl`, "utf8").catch(() => "");
		if (!/"event":"started","step":"(?:switchover|rejoin|outage)/.test(journal)) {
			throw new Error(`nothing has begun: ${console.text()}`);
		}
	});
}

async function disturb(
	console: Terminal,
	disturbance: (typeof DISTURBANCES)[number],
	host: string,
): Promise<void> {
	switch (disturbance) {
		case "closed terminal":
			return console.hangUp();
		case "reset host":
			await cluster.fault("stop-host", host);
			await sleep(3000);
			return await cluster.heal("stop-host", host);
		default:
			return console.kill(disturbance);
	}
}

/** How an interrupted operation ended that was resumed; null: there was none. */
async function endOfInterrupted(state: string): Promise<string | null> {
	const resumed = await resumeInterrupted(bastion, state);
	if (resumed === null) return null;
	const { exitCode, stdout, stderr } = resumed;
	// Done, or failed with the ways out.
	expect([0, 1], stdout + stderr).toContain(exitCode);
	if (exitCode === 1) expect(stdout).toMatch(/^ {2}- .+: .+/m);
	return `resumed with exit code ${exitCode}`;
}

test.for(rounds)(
	`seed ${SEED}, round $round: $operation survives $disturbance ($host, after $delayMs ms)`,
	{ timeout: 300_000 },
	async ({ operation, disturbance, host, delayMs }, { annotate }) => {
		const state = await bastion.directory();
		const console = await start(operation, state);
		await untilStarted(state, console);
		await sleep(delayMs);
		await disturb(console, disturbance, host);
		if (operation === "switchover on the screen" && disturbance === "reset host") {
			await console.waitFor(/switchover to "\w+": (?:done|failed|stopped)/, 120_000);
			console.press("\u0003");
		}
		const { exitCode } = await console.exit;
		if (disturbance !== "SIGKILL") expect([0, 1, 3], console.text()).toContain(exitCode);
		const how = await endOfInterrupted(state);
		// No pause and no lock remain, and the cluster is healthy or the findings say what to do.
		await eventually(async () => {
			for (const one of ALL) {
				expect(await leftOn(cluster, one), one).toBe("");
				expect(await pausedOn(cluster, one).catch(() => false), one).toBe(false);
			}
		});
		const isWell = await expectHealthy(cluster).then(
			() => true,
			() => false,
		);
		if (!isWell) {
			const { findings } = await bastion.status(HOSTS.join(","));
			expect(findings.filter(({ hint }) => hint !== "")).not.toEqual([]);
			await cluster.restore(FORMED);
		}
		await annotate(
			`exit code ${exitCode}; ${how ?? "brought to its end"}; ${isWell ? "well" : "told what to do"} afterwards`,
		);
	},
);
