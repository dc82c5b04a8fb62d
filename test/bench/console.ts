import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { run } from "../cluster/command.ts";
import { ClusterFailure } from "../cluster/failure.ts";

export const CONSOLE = resolve(import.meta.dirname, "../../bin/repmgr-console");

/** What the bench reads of `status --json`. */
export interface StatusRecord {
	readonly severity: string;
	readonly nodes: readonly {
		readonly nodeId: number;
		readonly nodeName: string;
		readonly observed: { readonly status: string; readonly reachable: boolean };
	}[];
}

/** Options that connect the console to the cluster through one of its nodes. */
export const access = (host: string): string[] => ["-d", `host=${host} user=repmgr dbname=repmgr`];

/** The argv of the console in the bastion. */
export const consoleArgv = (cluster: Cluster, args: readonly string[]): [string, ...string[]] =>
	cluster.inBastion([CONSOLE, ...args]);

/** Runs `status --json` to its end. */
export async function timeStatus(
	cluster: Cluster,
	args: readonly string[],
): Promise<{ readonly ms: number; readonly record: StatusRecord }> {
	const started = performance.now();
	const { stdout, stderr } = await run(consoleArgv(cluster, ["status", "--json", ...args]), { check: false });
	const ms = performance.now() - started;
	if (stdout === "") throw new ClusterFailure("status printed nothing", { detail: stderr });
	return { ms, record: JSON.parse(stdout) as StatusRecord };
}

/** Deletes the console's cache of clusters. */
export async function forget(cluster: Cluster): Promise<void> {
	await rm(join(cluster.bastionHome, ".local/state/repmgr-console"), { recursive: true, force: true });
}

/** The status of one node as text. */
export function statusOf(record: StatusRecord, nodeName: string): string | undefined {
	return record.nodes.find((node) => node.nodeName === nodeName)?.observed.status;
}

/** Fails on an unexpected status, whose time would be worthless. */
export function requireStatus(record: StatusRecord, expected: Readonly<Record<string, RegExp>>): void {
	for (const [nodeName, pattern] of Object.entries(expected)) {
		const status = statusOf(record, nodeName) ?? "missing";
		if (!pattern.test(status))
			throw new ClusterFailure(`${nodeName} is "${status}", not ${pattern.source}: nothing to time`);
	}
}
