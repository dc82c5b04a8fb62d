import { waitUntil } from "../command.ts";
import { ClusterFailure } from "../failure.ts";
import { type HostState, hostState } from "../health.ts";
import { type ExecOptions, exec } from "../host.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { sql } from "../sql.ts";

/** The systemd unit of each host's server. */
export const serverUnit = (instance: Instance): string => `postgresql@${instance.postgresVersion}-main`;
export const dataDirectoryOf = (instance: Instance): string =>
	`/var/lib/postgresql/${instance.postgresVersion}/main`;

/** Runs a command in the host and returns what it printed, without the last line break. */
export async function inHost(
	instance: Instance,
	host: HostIdentity,
	argv: readonly string[],
	options?: ExecOptions,
): Promise<string> {
	return (await exec(instance.prefix, host.name, argv, options)).stdout.trimEnd();
}

/** Runs a bash script in the host, as root, with positional arguments. */
export async function script(
	instance: Instance,
	host: HostIdentity,
	text: string,
	...args: string[]
): Promise<string> {
	return await inHost(instance, host, ["bash", "-euc", text, "bash", ...args]);
}

/**
 * Starts the server if it does not run, and has repmgrd register its pid again: a restarted server has forgotten it
 * (issue 622), and repmgrd does not always notice.
 */
export async function recoverServer(instance: Instance, host: HostIdentity): Promise<void> {
	await inHost(instance, host, ["systemctl", "start", serverUnit(instance)], { timeoutMs: 60_000 });
	await waitUntil(`the server on ${host.name} to answer`, async () => {
		await sql(instance.prefix, host.name, "SELECT 1", { timeoutMs: 3_000 });
		return undefined;
	});
	await inHost(instance, host, ["systemctl", "restart", "repmgrd"]);
	await waitForRepmgrd(instance, host);
}

export async function waitForRepmgrd(instance: Instance, host: HostIdentity): Promise<void> {
	await waitUntil(`repmgrd on ${host.name}`, async () => {
		const state = await hostState(instance.prefix, host.name);
		return state.repmgrd === "running" ? undefined : `It is ${state.repmgrd ?? state.problem}.`;
	});
}

/** The primary's host, leaving out `except`. Throws when there is none. */
export async function findPrimary(instance: Instance, except?: HostIdentity): Promise<HostIdentity> {
	for (const host of instance.hosts.filter((candidate) => candidate !== except)) {
		if ((await hostState(instance.prefix, host.name)).role === "primary") return host;
	}
	throw new ClusterFailure("there is no primary", { hint: "Bring a saved state back with restore." });
}

/** The state of the host's server; throws unless it is a standby. */
export async function requireStandby(instance: Instance, host: HostIdentity): Promise<HostState> {
	const state = await hostState(instance.prefix, host.name);
	if (state.role === "standby") return state;
	throw new ClusterFailure(`${host.name} is not a standby`, {
		detail: `It is: ${state.role ?? state.problem}.`,
	});
}
