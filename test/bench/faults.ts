import { inParallel, waitUntil } from "../cluster/command.ts";
import type { Bench } from "./result.ts";

/** The fault on every host: "pause-repmgrd" prevents a failover, "stop-repmgrd" any activity of repmgrd. */
export async function everywhere({ cluster }: Bench, fault: string): Promise<void> {
	const { hosts } = await cluster.instance();
	await inParallel(hosts, ({ name }) => cluster.fault(fault, name));
}

/** Starts or restarts PostgreSQL on one host without touching repmgrd, as healing a fault would. */
export async function startServer(
	{ cluster }: Bench,
	host: string,
	action: "start" | "restart" = "start",
): Promise<void> {
	const { postgresVersion } = await cluster.instance();
	await cluster.exec(host, ["systemctl", action, `postgresql@${postgresVersion}-main`]);
	await waitUntil(`the server on ${host}`, async () => void (await cluster.sql(host, "SELECT 1")));
}
