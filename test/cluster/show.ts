import type { Cluster } from "./cluster.ts";

/** Text for people: the hosts with the real state of their servers, then repmgr's view from the first server that answers. */
export async function describeCluster(cluster: Cluster): Promise<string> {
	const [instance, hosts, states] = await Promise.all([
		cluster.instance(),
		cluster.hosts(),
		cluster.states(),
	]);
	const rows = hosts.map((host, index) => {
		const state = states[index];
		return [
			host.name,
			host.address,
			host.pid === undefined ? "off" : `pid ${host.pid}`,
			instance.bare ? "bare" : (state?.role ?? "no answer"),
			state?.upstream ? `from ${state.upstream}` : "",
			state?.repmgrd ? `repmgrd ${state.repmgrd}` : "",
			instance.bare ? "" : (state?.problem ?? ""),
		];
	});
	const saved = await cluster.savedNames();
	const parts = [
		`test cluster "${cluster.prefix}", network 10.99.${instance.number}.0/24, PostgreSQL ${instance.postgresVersion}`,
		table(rows),
		`saved states: ${saved.join(", ") || "none"}`,
	];
	const answering = states.find((state) => state.role !== undefined);
	if (answering) parts.push(await repmgrView(cluster, answering.name));
	return `${parts.join("\n\n")}\n`;
}

async function repmgrView(cluster: Cluster, host: string): Promise<string> {
	const show = await cluster.exec(host, ["repmgr", "-f", "/etc/repmgr.conf", "cluster", "show"], {
		user: "postgres",
		check: false,
		timeoutMs: 30_000,
	});
	return `repmgr cluster show on ${host} (exit code ${show.exitCode}):\n${show.stdout}${show.stderr}`.trimEnd();
}

/** Columns side by side, two spaces apart. */
function table(rows: readonly (readonly string[])[]): string {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	return rows
		.map((row) =>
			row
				.map((cell, column) => cell.padEnd(widths[column] ?? 0))
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}
