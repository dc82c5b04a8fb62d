import { waitUntil } from "../command.ts";
import { ClusterFailure } from "../failure.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { sql } from "../sql.ts";
import type { Faults } from "./fault.ts";
import { inHost, waitForRepmgrd } from "./server.ts";

async function startRepmgrd(instance: Instance, host: HostIdentity): Promise<void> {
	await inHost(instance, host, ["systemctl", "start", "repmgrd"]);
	await waitForRepmgrd(instance, host);
}

async function signalRepmgrd(instance: Instance, host: HostIdentity, signal: string): Promise<void> {
	await inHost(instance, host, ["systemctl", "kill", `--signal=${signal}`, "--kill-whom=main", "repmgrd"]);
}

async function pauseRepmgrd(instance: Instance, host: HostIdentity, paused: boolean): Promise<void> {
	await sql(instance.prefix, host.name, `SELECT repmgr.repmgrd_pause(${paused})`);
	const [[now] = []] = await sql(instance.prefix, host.name, "SELECT repmgr.repmgrd_is_paused()");
	if (now !== (paused ? "t" : "f"))
		throw new ClusterFailure(`repmgrd on ${host.name} ignored the call to pause or go on`);
}

export const repmgrdFaults: Faults = {
	"stop-repmgrd": {
		about: "repmgrd is stopped cleanly.",
		start: async (instance, host) => void (await inHost(instance, host, ["systemctl", "stop", "repmgrd"])),
		heal: startRepmgrd,
	},
	"kill-repmgrd": {
		about: "repmgrd is killed with SIGKILL and stays dead.",
		start: async (instance, host) => {
			await signalRepmgrd(instance, host, "SIGKILL");
			await waitUntil(`repmgrd on ${host.name} to be dead`, async () => {
				const unit = await inHost(instance, host, [
					"systemctl",
					"show",
					"--property=MainPID",
					"--value",
					"repmgrd",
				]);
				return unit === "0" ? undefined : `Its pid is ${unit}.`;
			});
		},
		heal: startRepmgrd,
	},
	"freeze-repmgrd": {
		about: "repmgrd stands still: its process is there and does nothing.",
		start: async (instance, host) => await signalRepmgrd(instance, host, "SIGSTOP"),
		heal: async (instance, host) => await signalRepmgrd(instance, host, "SIGCONT"),
	},
	"pause-repmgrd": {
		about: "repmgrd of this host is paused and takes no part in a failover.",
		start: async (instance, host) => await pauseRepmgrd(instance, host, true),
		heal: async (instance, host) => await pauseRepmgrd(instance, host, false),
	},
};
