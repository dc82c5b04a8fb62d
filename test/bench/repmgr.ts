import type { Cluster } from "../cluster/cluster.ts";
import { run } from "../cluster/command.ts";

const COMMANDS = ["cluster show", "service status", "cluster event"]
	.map((words) => `repmgr -f /etc/repmgr.conf ${words}`)
	.join("; ");

/** What an operator on the bastion does without the console: a fresh login, repmgr's three views. Milliseconds. */
export async function timeRepmgr(cluster: Cluster, host: string): Promise<number> {
	const started = performance.now();
	// With a dead node they fail; only their time counts.
	await run(cluster.inBastion(["ssh", host, COMMANDS]), { check: false, timeoutMs: 300_000 });
	return performance.now() - started;
}
