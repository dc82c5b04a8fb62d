import pg from "pg";

/**
 * Runs in the bastion: inserts one row after the other wherever the cluster accepts it, and prints "ID MILLISECONDS" (epoch) for
 * each acknowledged insert. It keeps a session on every server, so that it measures the cluster's outage and
 * not its own logins. Arguments: the hosts. Ends with SIGTERM.
 */
const hosts = process.argv.slice(2);
const sessions = new Map<string, pg.Client>();
let isStopped = false;
process.once("SIGTERM", () => {
	isStopped = true;
});

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function keepConnected(host: string): Promise<void> {
	while (!isStopped) {
		if (!sessions.has(host)) {
			const client = new pg.Client({
				host,
				user: "repmgr",
				database: "repmgr",
				application_name: "writer",
				connectionTimeoutMillis: 1000,
				query_timeout: 2000,
			});
			client.on("error", () => sessions.delete(host));
			client.on("end", () => sessions.delete(host));
			await client.connect().then(
				() => sessions.set(host, client),
				() => client.end().catch(() => {}),
			);
		}
		await pass(10);
	}
}

async function write(): Promise<void> {
	let id = 0;
	let at = 0;
	while (!isStopped) {
		const host = hosts[at % hosts.length] ?? "";
		const client = sessions.get(host);
		try {
			if (client === undefined) throw new Error("not connected");
			await client.query({ name: "write", text: "INSERT INTO writer (id) VALUES ($1)", values: [id] });
			process.stdout.write(`${id} ${(performance.timeOrigin + performance.now()).toFixed(1)}\n`);
			// Two processors run all the hosts: writing without a pause would measure their load.
			await pass(3);
		} catch {
			// Whether the row was written is unknown: never retry with this id.
			at += 1;
			await pass(1);
		}
		id += 1;
	}
}

for (const host of hosts) void keepConnected(host);
await write();
process.exit(0);
