import type { Host } from "../execution/host.ts";
import type { Outcome } from "../model/fault.ts";
import type { HostPackages } from "../model/packages.ts";
import type { NodeView } from "../model/snapshot.ts";
import { psql, scriptOn } from "../operation/plan/commands.ts";
import { type Facts, hostOf, programsOn } from "../operation/plan/facts.ts";
import { parsePackages } from "../probe/packages/parse.ts";
import { PACKAGES_SCRIPT } from "../probe/packages/script.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { sentence } from "../text/words.ts";

/** apt reads all its lists for each question; on a slow disk that takes seconds. */
const DEADLINE_MS = 60_000;

/** Of all nodes at once; changes nothing. */
export async function readPackages(
	facts: Facts,
	hostFor: (nodeId: number) => Host | null,
): Promise<ReadonlyMap<number, Outcome<HostPackages>>> {
	const { nodes } = facts.snapshot;
	return new Map(
		await Promise.all(
			nodes.map(async (node) => [node.nodeId, await readOn(facts, node, hostFor(node.nodeId))] as const),
		),
	);
}

async function readOn(facts: Facts, node: NodeView, host: Host | null): Promise<Outcome<HostPackages>> {
	if (host === null)
		return { fault: { kind: "command", message: `the console uses no SSH for "${node.nodeName}"` } };
	const directory = hostOf(facts, node.nodeId).value?.look.dataDirectory ?? "";
	const words = [`${programsOn(facts, node.nodeId)}postgres`, directory, node.registered.configFile];
	const { argv, user } = scriptOn(facts, node, PACKAGES_SCRIPT, words, []);
	const versions =
		"SELECT installed_version || ' ' || default_version FROM pg_available_extensions WHERE name = 'repmgr'";
	const looked = await host.shell.run(argv, { user, deadlineMs: DEADLINE_MS });
	if (looked.fault !== undefined) return looked;
	const read = parsePackages(looked.value.stdout);
	if (read.fault !== undefined) return read;
	if (read.value.family === null) return { value: { ...read.value, extension: null, rootFault: null } };
	const [asked, root] = await Promise.all([
		host.shell.run(psql(facts, node, versions).argv, { user, deadlineMs: DEADLINE_MS }),
		host.shell.run(["id", "-u"], { user: "root", deadlineMs: DEADLINE_MS }),
	]);
	const [, installed = "", onDisk = ""] = /^(\d+\.\d+) (\d+\.\d+)\n$/.exec(asked.value?.stdout ?? "") ?? [];
	const isRoot = root.value?.exitCode === 0 && root.value.stdout.trim() === "0";
	const why = root.fault === undefined ? sanitiseText(root.value.stderr.trim()) : sentence(root.fault);
	return {
		value: {
			...read.value,
			extension: installed === "" ? null : { installed, onDisk },
			rootFault: isRoot ? null : why || "Root's commands do not work there.",
		},
	};
}
