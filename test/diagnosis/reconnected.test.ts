import { expect, test } from "vitest";
import type { ClusterSnapshot } from "../../src/model/snapshot.ts";
import { diagnose } from "../support/diagnose.ts";
import { silent } from "../support/reach.ts";
import { NOW } from "../support/records.ts";
import { inShort, since } from "../support/worlds.ts";

/** All nodes were silent for a minute, and now node 2 is the first to answer. */
function firstAnswer(triedSecondsAgo: number) {
	const silentAll = { 1: silent, 2: silent, 3: silent, 4: silent };
	const before = since(60, silentAll);
	const answered = since(60, { ...silentAll, 2: {} });
	const earlier = [...(before.history.get(2) ?? [])];
	const history = new Map([
		...answered.history,
		[2, [...earlier, { since: NOW - 1000, status: "streaming" as const, role: "standby" as const }]] as const,
	]);
	const nodes = answered.snapshot.nodes.map((node) => {
		const { fault } = node.state.server;
		if (fault === null) return node;
		const server = { ...node.state.server, fault: { ...fault, at: NOW - triedSecondsAgo * 1000 } };
		return { ...node, state: { ...node.state, server } };
	});
	const snapshot: ClusterSnapshot = { ...answered.snapshot, nodes };
	return inShort(diagnose({ ...answered, history, snapshot }));
}

test("ignores a failed attempt from before this machine's network came back", () => {
	expect(firstAnswer(2)).toEqual([]);
});

test("counts a failed attempt after that", () => {
	expect(firstAnswer(0)).toContain("unknown WITNESS_UNREACHABLE_FROM_HERE 4");
});
