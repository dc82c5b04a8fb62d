import { inParallel } from "../cluster/command.ts";
import { bastionAddress } from "../cluster/settings.ts";
import type { Bench } from "./result.ts";

/** Connections by the servers' logs, summed over all hosts. */
export interface Connections {
	readonly received: number;
	/** From the bastion, pings included. */
	readonly receivedFromBastion: number;
	/** From the bastion, that became sessions. */
	readonly sessionsFromBastion: number;
}

/** Makes every server log its connections. */
export async function logConnections({ cluster }: Bench): Promise<void> {
	const { hosts } = await cluster.instance();
	await inParallel(hosts, ({ name }) =>
		cluster.sql(name, "ALTER SYSTEM SET log_connections = on;\nSELECT pg_reload_conf();"),
	);
}

/** Counts since the logs began. */
export async function countConnections({ cluster }: Bench): Promise<Connections> {
	const instance = await cluster.instance();
	const log = `/var/log/postgresql/postgresql-${instance.postgresVersion}-main.log`;
	const counts = await inParallel(instance.hosts, async ({ name }) => {
		const { stdout } = await cluster.exec(name, ["grep", "-F", "connection ", log], { check: false });
		return countIn(stdout.split("\n"), `host=${bastionAddress(instance)} `);
	});
	return counts.reduce((total, one) => ({
		received: total.received + one.received,
		receivedFromBastion: total.receivedFromBastion + one.receivedFromBastion,
		sessionsFromBastion: total.sessionsFromBastion + one.sessionsFromBastion,
	}));
}

function countIn(lines: readonly string[], bastion: string): Connections {
	const received = lines.filter((line) => line.includes("connection received: "));
	const authorized = new Set(lines.filter((line) => line.includes("connection authorized: ")).map(pidOf));
	const own = received.filter((line) => line.includes(bastion));
	return {
		received: received.length,
		receivedFromBastion: own.length,
		sessionsFromBastion: own.filter((line) => authorized.has(pidOf(line))).length,
	};
}

/** log_line_prefix of the test cluster has the pid in brackets. */
function pidOf(line: string): string {
	return /\[(\d+)\]/.exec(line)?.[1] ?? "";
}
