import { inParallel, waitUntil } from "../cluster/command.ts";
import type { Bench } from "./result.ts";

/** The fault on every host: "pause-repmgrd" keeps the cluster from answering with a failover, "stop-repmgrd" from any work of its own. */
export async function everywhere({ cluster }: Bench, fault: string): Promise<void> {
	const { hosts } = await cluster.instance();
	await inParallel(hosts, ({ name }) => cluster.fault(fault, name));
}

/** Starts or restarts PostgreSQL of one host, and leaves its repmgrd alone, which healing a fault would not. */
export async function startServer(
	{ cluster }: Bench,
	host: string,
	action: "start" | "restart" = "start",
): Promise<void> {
	const { postgresVersion } = await cluster.instance();
	await cluster.exec(host, ["systemctl", action, `postgresql@${postgresVersion}-main`]);
	await waitUntil(`the server on ${host}`, async () => void (await cluster.sql(host, "SELECT 1")));
}
