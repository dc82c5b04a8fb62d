import { inParallel, run, waitUntil } from "../cluster/command.ts";
import { bastionNamespace, type Instance, machineName, NETWORK_PREFIX } from "../cluster/settings.ts";
import { everywhere, startServer } from "./faults.ts";
import type { Bench } from "./result.ts";

/** Addresses in one /24 network. */
const NETWORK_SIZE = 200;

/**
 * Makes a cluster of `count` nodes: node1 is the primary, all others are one standby, node2, under different addresses. What could
 * identify node2 is removed: repmgrd, and the node id that it left in shared memory.
 */
export async function pretendNodes(bench: Bench, count: number): Promise<void> {
	const { cluster } = bench;
	const instance = await cluster.instance();
	await everywhere(bench, "stop-repmgrd");
	await addAddresses(instance, count);
	// The standby first: its max_connections must not be below the primary's.
	for (const host of ["node2", "node1"]) {
		await cluster.sql(host, `ALTER SYSTEM SET max_connections = ${count + 100}`);
		await startServer(bench, host, "restart");
	}
	await cluster.sql("node1", register(instance, count));
	await waitUntil("the standby to know all nodes", async () => {
		const [[known] = []] = await cluster.sql("node2", "SELECT count(*) FROM repmgr.nodes");
		return known === String(count) ? undefined : `It knows ${known}.`;
	});
}

/** The networks for the pretended nodes, none of them the instance's own; each has room for NETWORK_SIZE. */
function networks({ number }: Instance, count: number): readonly string[] {
	return Array.from({ length: 254 }, (_, index) => 254 - index)
		.filter((candidate) => candidate !== number)
		.slice(0, Math.ceil(count / NETWORK_SIZE))
		.map((candidate) => `${NETWORK_PREFIX}.${candidate}`);
}

async function addAddresses(instance: Instance, count: number): Promise<void> {
	const all = networks(instance, count);
	const bastion = all.map((network) => `address add ${network}.254/24 dev br0`);
	const standby = all.flatMap((network) =>
		Array.from({ length: NETWORK_SIZE }, (_, index) => `address add ${network}.${index + 1}/24 dev eth0`),
	);
	await inParallel(
		[
			[bastionNamespace(instance.prefix), bastion],
			[machineName(instance.prefix, "node2"), standby],
		] as const,
		([namespace, lines]) => run(["ip", "-n", namespace, "-batch", "-"], { input: `${lines.join("\n")}\n` }),
	);
}

/** The password file has host names, so host stays and hostaddr gives the address. */
function register(instance: Instance, count: number): string {
	const all = networks(instance, count)
		.map((network) => `'${network}'`)
		.join(", ");
	return `DELETE FROM repmgr.nodes WHERE node_id > 2;
INSERT INTO repmgr.nodes (node_id, upstream_node_id, active, node_name, type, location, priority, conninfo, repluser, slot_name, config_file)
SELECT n, 1, true, 'copy' || n, 'standby', location, priority,
       format('host=node2 hostaddr=%s.%s user=repmgr dbname=repmgr connect_timeout=2',
              (ARRAY[${all}])[(n - 3) / ${NETWORK_SIZE} + 1], (n - 3) % ${NETWORK_SIZE} + 1),
       repluser, slot_name, config_file
  FROM repmgr.nodes, generate_series(3, ${count}) AS n WHERE node_id = 2;`;
}
