import { sleep, waitUntil } from "../cluster/command.ts";
import type { Bench } from "./result.ts";

/** The only hosts of a cluster made by pretendNodes(). */
const HOSTS = ["node1", "node2"];

/** The number of nodes with a console session. */
export async function connectedNodes(bench: Bench): Promise<number> {
	return await total(
		bench,
		"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'repmgr-console'",
	);
}

/** Ms until that many nodes have a session; `longestMs` if they never do. */
export async function untilConnected(bench: Bench, nodes: number, longestMs: number): Promise<number> {
	const started = performance.now();
	const passed = (): number => performance.now() - started;
	while (passed() < longestMs && (await connectedNodes(bench)) < nodes) await sleep(250);
	return passed();
}

/** Counts polls from now on: each is a transaction. */
export async function pollCounter(bench: Bench): Promise<() => Promise<number>> {
	const count = (): Promise<number> =>
		total(bench, "SELECT xact_commit FROM pg_stat_database WHERE datname = 'repmgr'");
	const before = await count();
	return async () => (await count()) - before;
}

export async function untilPolled(atLeast: number, polls: () => Promise<number>): Promise<void> {
	const complaint = async (): Promise<string | undefined> => {
		const done = await polls();
		return done >= atLeast ? undefined : `There were ${done}.`;
	};
	await waitUntil(`${atLeast} polls`, complaint, { timeoutMs: 300_000, intervalMs: 250 });
}

/** Queried in another database, so that the query itself is not counted. */
async function total({ cluster }: Bench, query: string): Promise<number> {
	const rows = await Promise.all(HOSTS.map((host) => cluster.sql(host, query, { database: "postgres" })));
	return rows.reduce((sum, [row]) => sum + Number(row?.[0]), 0);
}
