import { beforeAll, describe, expect, test } from "vitest";
import type { NodeStatus } from "../../../src/cluster/snapshot.ts";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	type Finished,
	NO_FAILOVER,
	nodeOf,
	type StatusDocument,
} from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** node3 is asked for the cluster and stays well; the others are a primary, a standby and a witness. */
const GIVEN = "node3";

/** Until every node has answered or met its deadline: 2 s, and the start of the program on a busy machine. */
const MOST_MILLISECONDS = 3500;

interface Expectation {
	readonly status: NodeStatus;
	readonly detail: RegExp;
	/** The same without SSH, where that tells less. */
	readonly withoutSsh: NodeStatus;
	readonly detailWithoutSsh: RegExp;
}

const REFUSED = { withoutSsh: "refusing", detailWithoutSsh: /connection to node\d:5432 refused/ } as const;
const SILENT = { withoutSsh: "hung", detailWithoutSsh: /node\d:5432 accepts connections, but does not answer/ } as const;

const FAULTS: Readonly<Record<string, Expectation>> = {
	"kill-postgres": { status: "stopped", detail: /ended without a shutdown .*timeline 1, last checkpoint 0\//, ...REFUSED },
	"stop-postgres": { status: "stopped", detail: /shut down cleanly, timeline 1, last checkpoint 0\//, ...REFUSED },
	"freeze-postgres": { status: "hung", detail: /does not answer: its postmaster \(\d+\) is frozen \(SIGSTOP\)/, ...SILENT },
	"freeze-postmaster": { status: "hung", detail: /does not answer: its postmaster \(\d+\) is frozen \(SIGSTOP\)/, ...SILENT },
	cut: {
		status: "unreachable",
		detail: /no answer from node\d:5432/,
		withoutSsh: "unreachable",
		detailWithoutSsh: /^no answer from node\d:5432$/,
	},
};

/** Every fault meets every kind of node once, three at a time. */
const ROUNDS = [
	{ node1: "kill-postgres", node2: "cut", node4: "stop-postgres" },
	{ node1: "freeze-postgres", node2: "kill-postgres", node4: "cut" },
	{ node1: "cut", node2: "freeze-postmaster", node4: "kill-postgres" },
	{ node1: "stop-postgres", node2: "freeze-postgres", node4: "freeze-postmaster" },
	{ node1: "freeze-postmaster", node2: "stop-postgres", node4: "freeze-postgres" },
] as const;

const statusOf = (run: Finished): StatusDocument => JSON.parse(run.stdout) as StatusDocument;
const look = (...args: string[]): Promise<Finished> =>
	bastion.run(["status", "--json", "-d", conninfoOf(GIVEN), ...args]);

describe.each(ROUNDS)("primary: $node1, standby: $node2, witness: $node4", (round) => {
	const faults = Object.entries(round);

	beforeAll(async () => {
		await cluster.waitHealthy();
		await Promise.all(faults.map(([host, fault]) => cluster.fault(fault, host)));
		return async () => {
			await Promise.all(faults.map(([host, fault]) => cluster.heal(fault, host)));
		};
	});

	test("each has the right word, and the reason that the host tells", async () => {
		await eventually(async () => {
			const run = await look();
			const status = statusOf(run);
			for (const [host, fault] of faults) {
				const { observed, ageMs } = nodeOf(status, host);
				const expected = FAULTS[fault];
				expect.soft({ host, fault, ...observed }).toMatchObject({
					status: expected?.status,
					detail: expect.stringMatching(expected?.detail ?? ""),
				});
			}
		});
	});
});
