import { sleep, waitUntil } from "../command.ts";
import { ClusterFailure } from "../failure.ts";
import type { HostIdentity, Instance } from "../settings.ts";
import { sql } from "../sql.ts";
import type { Faults } from "./fault.ts";
import { findPrimary, inHost, recoverServer, waitForRepmgrd } from "./server.ts";
import { changeConf, restoreConf } from "./settings.ts";

/** Changes rows of repmgr.nodes on the primary. */
async function setNodes(instance: Instance, assignment: string, host: HostIdentity): Promise<void> {
	const primary = await findPrimary(instance);
	await sql(
		instance.prefix,
		primary.name,
		`UPDATE repmgr.nodes SET ${assignment} WHERE node_id = ${host.nodeId}`,
	);
}

/** The first node that is neither the host nor the primary. */
async function anotherNode(instance: Instance, host: HostIdentity): Promise<HostIdentity> {
	const primary = await findPrimary(instance);
	const other = instance.hosts.find(({ name }) => name !== host.name && name !== primary.name);
	if (other) return other;
	throw new ClusterFailure("this fault needs a third host");
}

async function reloadRepmgrd(instance: Instance, host: HostIdentity): Promise<void> {
	const kill = ["systemctl", "kill", "--signal=HUP", "--kill-whom=main", "repmgrd"];
	await inHost(instance, host, kill, { check: false });
}

const asPostgres = { user: "postgres", timeoutMs: 60_000 } as const;
const repmgr = ["repmgr", "-f", "/etc/repmgr.conf"] as const;

export const metadataFaults: Faults = {
	inactive: {
		about:
			"The node is registered as inactive, and runs. Its repmgrd, unless it stands still, soon marks it as active.",
		start: async (instance, host) => await setNodes(instance, "active = false", host),
		heal: async (instance, host) => await setNodes(instance, "active = true", host),
	},
	unregister: {
		about: "The standby is no longer registered, and streams on.",
		start: async (instance, host) => {
			const unregister = ["standby", "unregister", `--node-id=${host.nodeId}`];
			await inHost(instance, host, [...repmgr, ...unregister], asPostgres);
		},
		heal: async (instance, host) => {
			await inHost(instance, host, [...repmgr, "standby", "register", "--force"], asPostgres);
			await recoverServer(instance, host);
		},
	},
	"stale-witness": {
		about: "The witness is registered under a node that is not the primary.",
		start: async (instance, host) => {
			const { nodeId } = await anotherNode(instance, host);
			await setNodes(instance, `upstream_node_id = ${nodeId}`, host);
		},
		heal: async (instance, host) => {
			const { nodeId } = await findPrimary(instance);
			await setNodes(instance, `upstream_node_id = ${nodeId}`, host);
		},
	},
	"old-copy": {
		about:
			"The witness has another copy of repmgr.nodes, and its repmgrd copies the table once an hour only.",
		start: async (instance, host) => {
			await changeConf(instance, host, "witness_sync_interval", "3600");
			await inHost(instance, host, ["systemctl", "restart", "repmgrd"]);
			await waitForRepmgrd(instance, host);
			// repmgrd copies the table once as it starts.
			const query = "SELECT count(*) FROM repmgr.nodes WHERE priority = 1";
			await waitUntil("the copy to stay another one", async () => {
				const [[changed] = []] = await sql(instance.prefix, host.name, query);
				await sql(instance.prefix, host.name, "UPDATE repmgr.nodes SET priority = 1 WHERE type = 'standby'");
				await sleep(1000);
				return changed === "0" ? "It was copied again." : undefined;
			});
		},
		heal: async (instance, host) => {
			await restoreConf(instance, host, "witness_sync_interval");
			await recoverServer(instance, host);
		},
	},
	"old-extension": {
		about: "The catalog of the primary or witness has the extension repmgr in version 5.2.",
		start: async (instance, host) =>
			void (await sql(
				instance.prefix,
				host.name,
				"UPDATE pg_extension SET extversion = '5.2' WHERE extname = 'repmgr'",
			)),
		heal: async (instance, host) =>
			void (await sql(
				instance.prefix,
				host.name,
				`UPDATE pg_extension SET extversion = default_version FROM pg_available_extensions
				WHERE extname = 'repmgr' AND name = 'repmgr'`,
			)),
	},
	"manual-failover": {
		about: "repmgr.conf of the host says failover=manual, and its repmgrd has read it.",
		start: async (instance, host) => {
			await changeConf(instance, host, "failover", "manual");
			await reloadRepmgrd(instance, host);
		},
		heal: async (instance, host) => {
			await restoreConf(instance, host, "failover");
			await reloadRepmgrd(instance, host);
		},
	},
	"changed-conninfo": {
		about: "conninfo in repmgr.conf of the host names another port than what is registered.",
		start: async (instance, host) =>
			await changeConf(
				instance,
				host,
				"conninfo",
				`host=${host.name} port=5433 user=repmgr dbname=repmgr connect_timeout=2`,
			),
		heal: async (instance, host) => await restoreConf(instance, host, "conninfo"),
	},
};
