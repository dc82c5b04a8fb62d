import { AT_LEAST_AS_ON_PRIMARY } from "../../model/setting.ts";
import type { Cluster } from "./cluster.ts";
import type { PracticeNode } from "./state.ts";

interface Changeable {
	/** In postgresql.conf, or the server's own. */
	readonly value: string;
	readonly context: "postmaster" | "sighup";
}

/** The settings that can be changed in practice. */
const CHANGEABLE: ReadonlyMap<string, Changeable> = new Map([
	["max_connections", { value: "100", context: "postmaster" }],
	["max_worker_processes", { value: "8", context: "postmaster" }],
	["max_wal_senders", { value: "10", context: "postmaster" }],
	["max_prepared_transactions", { value: "0", context: "postmaster" }],
	["max_locks_per_transaction", { value: "64", context: "postmaster" }],
	["max_replication_slots", { value: "10", context: "postmaster" }],
	["wal_keep_size", { value: "0", context: "sighup" }],
]);

export function changeable(name: string): Changeable | null {
	return CHANGEABLE.get(name) ?? null;
}

/** What the running server has; null: practice does not know the setting. */
export function runningValue({ server }: PracticeNode, name: string): string | null {
	return server?.settings.get(name) ?? CHANGEABLE.get(name)?.value ?? null;
}

export function isPending(node: PracticeNode, name: string): boolean {
	const wanted = node.data.autoConf.get(name) ?? CHANGEABLE.get(name)?.value ?? null;
	return CHANGEABLE.get(name)?.context === "postmaster" && wanted !== runningValue(node, name);
}

export function pendingOn(node: PracticeNode): readonly string[] {
	return [...CHANGEABLE.keys()].filter((name) => isPending(node, name));
}

/** A reload: what needs a restart stays as it is. */
export function reloadSettings({ server, data }: PracticeNode): void {
	if (server === null) return;
	for (const [name, { context, value }] of CHANGEABLE) {
		if (context === "sighup") server.settings.set(name, data.autoConf.get(name) ?? value);
	}
}

/** A standby with less than its primary does not start. @returns the server's words, or null. */
export function tooLow({ nodes }: Cluster, { data }: PracticeNode): string | null {
	const primary = nodes.find((node) => node.server !== null && !node.isWitness && !node.data.isStandby);
	if (!data.isStandby || primary === undefined) return null;
	const low = AT_LEAST_AS_ON_PRIMARY.find(
		(name) =>
			Number(data.autoConf.get(name) ?? CHANGEABLE.get(name)?.value) < Number(runningValue(primary, name)),
	);
	return low === undefined
		? null
		: `FATAL:  recovery aborted because of insufficient parameter settings: ${low} is lower than on the primary`;
}
