import type { crosscheckRecord } from "../../../src/presentation/crosscheck.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { run } from "../../cluster/command.ts";
import { ClusterFailure } from "../../cluster/failure.ts";
import { access, consoleArgv, timeStatus } from "../console.ts";
import { everywhere } from "../faults.ts";
import type { Measure, Result } from "../result.ts";
import { pass } from "../wait.ts";

/** The node that both programs start from. */
const ASKED = "node1";

const CUT = { name: "node3", id: 3 };

/** Time for the cluster to settle into the fault. */
const SETTLE_MS = 3000;

type CrosscheckDocument = ReturnType<typeof crosscheckRecord>;

export const crosscheck: Measure = {
	name: "crosscheck",
	about:
		"every node's way to every other by SQL and SSH, against repmgr cluster crosscheck, over SSH from the bastion",
	async run(bench) {
		const { cluster, rounds, say } = bench;
		await everywhere(bench, "pause-repmgrd");
		await timeStatus(cluster, access(ASKED));
		const both = async (judge: (document: CrosscheckDocument) => boolean) => {
			const [ours, theirs]: [number[], number[]] = [[], []];
			for (let round = 1; round <= rounds; round++) {
				say(`round ${round} of ${rounds}`);
				ours.push(await timeOurs(cluster, judge));
				theirs.push(await timeTheirs(cluster));
			}
			return { unit: "ms", ours, theirs };
		};
		const healthy = await both(isAllWell);
		await cluster.fault("cut", CUT.name);
		await pass(SETTLE_MS);
		const cut = await both(showsCut);
		return [
			{ what: "healthy", ...healthy, aim: { of: "ratio", below: 1 / 5, text: "< 1/5" } },
			{
				what: "one standby cut off",
				...cut,
				aim: { of: "ratio", below: 1 / 10, text: "< 1/10" },
				note: "ours must say that the cut host can't be asked, and that nobody else reaches it",
			},
		] satisfies readonly Result[];
	},
};

/** Throws if the result is wrong, because its time would be worthless. */
async function timeOurs(cluster: Cluster, judge: (document: CrosscheckDocument) => boolean): Promise<number> {
	const started = performance.now();
	const argv = consoleArgv(cluster, ["crosscheck", "--json", ...access(ASKED)]);
	const { stdout, stderr } = await run(argv, { check: false });
	const ms = performance.now() - started;
	if (stdout === "" || !judge(JSON.parse(stdout) as CrosscheckDocument))
		throw new ClusterFailure("crosscheck does not say what is so", { detail: `${stderr}${stdout}` });
	return ms;
}

/** Exits with an error while a node is cut off; only its time counts. */
async function timeTheirs(cluster: Cluster): Promise<number> {
	const started = performance.now();
	const command = "repmgr -f /etc/repmgr.conf cluster crosscheck";
	await run(cluster.inBastion(["ssh", ASKED, command]), { check: false, timeoutMs: 300_000 });
	return performance.now() - started;
}

function isAllWell({ hosts, links }: CrosscheckDocument): boolean {
	return (
		hosts.every(({ asked }) => asked) &&
		// From every host: SQL to all nodes, SSH and repmgr over SSH to all others.
		links.length === hosts.length ** 2 + 2 * hosts.length * (hosts.length - 1) &&
		links.every(({ state }) => state === "ok")
	);
}

function showsCut({ hosts, links }: CrosscheckDocument): boolean {
	const isCut = (id: number): boolean => id === CUT.id;
	return (
		hosts.every(({ nodeId, asked }) => asked !== isCut(nodeId)) &&
		links.every(({ fromNodeId }) => !isCut(fromNodeId)) &&
		hosts.every(({ nodeId: from }) =>
			["sql", "ssh"].every(
				(way) =>
					isCut(from) ||
					links.some(
						(link) =>
							link.fromNodeId === from && isCut(link.toNodeId) && link.way === way && link.state === "failed",
					),
			),
		) &&
		links.every(({ toNodeId, state }) => (state === "failed") === isCut(toNodeId))
	);
}
