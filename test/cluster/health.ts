import { waitUntil } from "./command.ts";
import { ClusterFailure } from "./failure.ts";
import { hostPid } from "./host.ts";
import type { Instance } from "./settings.ts";
import { sql } from "./sql.ts";

/** What one server reports about itself. */
export interface HostState {
	readonly name: string;
	readonly running: boolean;
	/** "primary", "standby" or "witness" by what the server does, not by what is registered; undefined when it does not answer. */
	readonly role: "primary" | "standby" | "witness" | undefined;
	readonly repmgrd: "running" | "paused" | "not running" | undefined;
	/** For a standby: the host that it streams from. */
	readonly upstream: string | undefined;
	readonly problem: string | undefined;
}

const STATE = `SELECT CASE WHEN pg_is_in_recovery() THEN 'standby'
    WHEN (SELECT type FROM repmgr.nodes WHERE node_id = repmgr.get_local_node_id()) = 'witness' THEN 'witness' ELSE 'primary' END,
  CASE WHEN NOT repmgr.repmgrd_is_running() THEN 'not running' WHEN repmgr.repmgrd_is_paused() THEN 'paused' ELSE 'running' END,
  (SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming')`;

/** Asks one host, and never throws. */
export async function hostState(prefix: string, name: string, timeoutMs = 3_000): Promise<HostState> {
	const running = (await hostPid(prefix, name)) !== undefined;
	const nothing = { name, running, role: undefined, repmgrd: undefined, upstream: undefined };
	if (!running) return { ...nothing, problem: "The host is off." };
	try {
		const [row] = await sql(prefix, name, STATE, { timeoutMs });
		const [role, repmgrd, upstream] = row ?? [];
		return {
			name,
			running,
			role: role as HostState["role"],
			repmgrd: repmgrd as HostState["repmgrd"],
			upstream: upstream || undefined,
			problem: undefined,
		};
	} catch (error) {
		const reason = error instanceof ClusterFailure ? (error.detail ?? error.message) : String(error);
		return { ...nothing, problem: reason.split("\n", 1)[0] ?? reason };
	}
}

/** Everything that keeps the cluster from being healthy; empty when it is. */
export async function complaints(instance: Instance): Promise<string[]> {
	const states = await Promise.all(instance.hosts.map((host) => hostState(instance.prefix, host.name)));
	return await complaintsAbout(instance, states);
}

async function complaintsAbout(instance: Instance, states: readonly HostState[]): Promise<string[]> {
	const found = states.flatMap(problemsOf);
	const primaries = states.filter((state) => state.role === "primary").map((state) => state.name);
	const [primary] = primaries;
	if (primaries.length !== 1 || !primary)
		return [...found, `The primaries are: ${primaries.join(", ") || "none"}.`];
	return found.length > 0 ? found : await registrationComplaints(instance, primary, states);
}

function problemsOf({ name, role, repmgrd, upstream, problem }: HostState): readonly string[] {
	if (problem !== undefined) return [`${name}: ${problem}`];
	const problems: string[] = [];
	if (repmgrd !== "running") problems.push(`${name}: repmgrd is ${repmgrd}.`);
	if (role === "standby" && !upstream) problems.push(`${name}: no walreceiver is streaming.`);
	return problems;
}

const REGISTERED = `SELECT n.node_name, n.type, n.active, coalesce(u.node_name, '')
  FROM repmgr.nodes n LEFT JOIN repmgr.nodes u ON u.node_id = n.upstream_node_id`;

async function registrationComplaints(
	instance: Instance,
	primary: string,
	states: readonly HostState[],
): Promise<string[]> {
	const rows = new Map((await sql(instance.prefix, primary, REGISTERED)).map((row) => [row[0], row]));
	return states.flatMap((state) => {
		const [, type, active, upstream] = rows.get(state.name) ?? [];
		if (type === undefined) return [`${state.name} is not registered.`];
		const problems: string[] = [];
		if (type !== state.role) problems.push(`${state.name} is registered as ${type} and is a ${state.role}.`);
		if (active !== "t") problems.push(`${state.name} is registered as inactive.`);
		const real = state.role === "witness" ? primary : (state.upstream ?? "");
		if (upstream !== real)
			problems.push(`${state.name} is registered under "${upstream}" and follows "${real}".`);
		return problems;
	});
}

/**
 * Waits until every host runs, one primary, all others attached to it, repmgrd everywhere. Throws with what is missing first.
 * Asks one host after the other, and none beyond one that is not ready: hosts that boot need the processor themselves.
 */
export async function waitHealthy(instance: Instance, timeoutMs = 60_000): Promise<void> {
	await waitUntil(
		"a healthy cluster",
		async () => {
			const states: HostState[] = [];
			for (const host of instance.hosts) {
				const state = await hostState(instance.prefix, host.name);
				const [problem] = problemsOf(state);
				if (problem !== undefined) return problem;
				states.push(state);
			}
			const found = await complaintsAbout(instance, states);
			return found.length === 0 ? undefined : found.join(" ");
		},
		{ timeoutMs, intervalMs: 500 },
	);
}
