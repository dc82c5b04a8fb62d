import { expect } from "vitest";
import type { Cluster } from "../cluster.ts";
import { type Bastion, conninfoOf, scalar } from "./support.ts";

/** Shared by tests of operations: nodes 1 and 2 swap roles, node3 is their sibling, node4 the witness. */
export const HOSTS = ["node1", "node2", "node3"] as const;
export const ALL = [...HOSTS, "node4"] as const;
/** Four hosts on one busy machine may need longer than the default of ten seconds. */
export const ACCESS = ["-d", conninfoOf(HOSTS.join(",")), "--wait", "60"];

export const PATIENT = { timeoutMs: 120_000 } as const;

export const otherOf = (primary: string): string => (primary === "node1" ? "node2" : "node1");

export async function primaryOf(cluster: Cluster): Promise<string> {
	for (const host of HOSTS) {
		if ((await scalar(cluster, host, "SELECT pg_is_in_recovery()").catch(() => "t")) === "f") return host;
	}
	throw new Error("there is no primary");
}

export async function pausedOn(cluster: Cluster, host: string): Promise<boolean> {
	return (await scalar(cluster, host, "SELECT repmgr.repmgrd_is_paused()")) === "t";
}

/** One primary that all follow, repmgrd running and paused nowhere, no lock, and no process of the console. */
export async function expectHealthy(cluster: Cluster): Promise<void> {
	await cluster.waitHealthy(60_000);
	for (const host of ALL) {
		expect(await pausedOn(cluster, host), host).toBe(false);
		expect(await leftOn(cluster, host), host).toBe("");
	}
}

/** The id that the next transaction will get there. */
export const nextTransaction = (cluster: Cluster, host: string): Promise<string> =>
	scalar(cluster, host, "SELECT txid_snapshot_xmax(txid_current_snapshot())");

/** How many transactions from that id on have committed there, by the server's own commit log. */
export async function committedSince(cluster: Cluster, host: string, id: string): Promise<number> {
	const ids = `generate_series(${id}::bigint, txid_snapshot_xmax(txid_current_snapshot()) - 1) id`;
	return Number(
		await scalar(cluster, host, `SELECT count(*) FROM ${ids} WHERE txid_status(id) = 'committed'`),
	);
}

/** Remaining locks, and ssh connections opened for a switchover. */
export async function leftOn(cluster: Cluster, host: string): Promise<string> {
	const look =
		"ls ~postgres/.local/state/repmgr-console 2>/dev/null | grep -E 'lock-|new-|gone-'; ls -d /tmp/repmgr-console.* 2>/dev/null; true";
	return (await cluster.exec(host, ["sh", "-c", look])).stdout.trim();
}

/** Runs a command of the console to its end. */
export const operate = (bastion: Bastion, ...args: string[]) => bastion.run([...args, ...ACCESS], PATIENT);

/** Rejoins a node with a rewind, and accepts what would be lost, if anything would. @returns what it printed. */
export async function rewound(bastion: Bastion, host: string, ...more: readonly string[]): Promise<string> {
	const again = ["rejoin", host, "--force-rewind", "--yes", ...more];
	let said = await operate(bastion, ...again);
	const [, loss] = /--accept-loss (\w+)/.exec(said.stderr) ?? [];
	if (loss !== undefined) said = await operate(bastion, ...again, "--accept-loss", loss);
	expect(said.exitCode, said.stdout + said.stderr).toBe(0);
	return said.stdout;
}

/** Resumes an interrupted operation as another console would; null: there is none. */
export async function resumeInterrupted(
	bastion: Bastion,
	state: string,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string } | null> {
	const listed = await bastion.run(["runs", "--json", ...ACCESS], { state, ...PATIENT });
	expect(listed.exitCode, listed.stdout + listed.stderr).toBe(0);
	const { runs } = JSON.parse(listed.stdout) as { runs: { operationId: string; outcome: string }[] };
	const left = runs.find(({ outcome }) => outcome === "interrupted");
	return left === undefined
		? null
		: await bastion.run(["runs", "resume", left.operationId, ...ACCESS], { state, ...PATIENT });
}
