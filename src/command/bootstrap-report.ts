import type { Bootstrap, Proof } from "../bootstrap/bootstrap.ts";
import { textTable } from "./table.ts";

/** The report for a newcomer: what was set up, where everything is, and what to do in which case. */
export function bootstrapReport(
	{ inventory, watchLine }: Bootstrap,
	version: number,
	proofs: readonly Proof[],
): string {
	const { cluster, nodes, postgresql, repmgr, failover } = inventory;
	const data = postgresql.dataDirectory ?? `/var/lib/postgresql/${version}/main`;
	return [
		`# Cluster ${cluster}`,
		"",
		`Made by repmgr-console on ${new Date().toISOString()} from ${inventory.file}: PostgreSQL ${version}, port ${postgresql.port}.`,
		"",
		"```",
		textTable(
			["node", "id", "role", "host", "upstream", "location", "priority"],
			nodes.map((node) => [
				...[node.name, String(node.id), node.role, node.host, node.upstream ?? ""],
				...[node.location, String(node.priority)],
			]),
		),
		"```",
		"",
		"## Proof",
		"",
		...proofs.map(({ title, isOk, found }) => `- [${isOk ? "x" : " "}] ${title}. ${found}`),
		"",
		"## Where everything lies, on each host",
		"",
		`- Data: \`${data}\`. Settings: \`/etc/postgresql/${version}/main/postgresql.conf\`; ours: \`conf.d/repmgr-console.conf\` beside it.`,
		`- Allowed connections: \`/etc/postgresql/${version}/main/pg_hba.conf\`; our lines are marked, at the top.`,
		"- repmgr: `/etc/repmgr.conf`. Passwords: `~postgres/.pgpass`. Keys: `~postgres/.ssh`.",
		"- What postgres may do as root: `/etc/sudoers.d/repmgr-console`. repmgrd: unit `repmgrd`.",
		`- Logs: \`/var/log/postgresql/postgresql-${version}-main.log\` and \`repmgrd.log\` beside it.`,
		`- repmgr's database: \`${repmgr.database}\`, its role: \`${repmgr.user}\`.`,
		"",
		"## What to do when",
		"",
		...(watchLine === null ? [] : [`- To watch it: \`${watchLine}\``]),
		failover.mode === "automatic"
			? `- The primary dies: repmgrd promotes a standby about ${failover.attempts * failover.intervalSeconds} s later. Then bring the old primary back: \`repmgr-console rejoin NODE\`.`
			: "- The primary dies: `repmgr-console promote NODE` for the standby that takes over. Then bring the old primary back: `repmgr-console rejoin NODE`.",
		"- Maintenance of the primary: `repmgr-console switchover --to NODE` first.",
		"- Two primaries: `repmgr-console fence NODE --reason TEXT` for the wrong one, then `rejoin` it.",
		"- A standby is broken: `repmgr-console clone NODE`.",
		"- To change what was made here: change the inventory and run `bootstrap` again; it does only what is missing.",
		"",
	].join("\n");
}
