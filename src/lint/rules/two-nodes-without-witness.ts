import type { Setup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { registerWitness } from "../changes.ts";
import { failsOver } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { dataNodes, primaryOf } from "../members.ts";
import { clusterRule, REGISTERED } from "../rule.ts";

/** TWO_NODES_WITHOUT_WITNESS: nobody can tell a dead primary from a standby that is cut off. Not where nothing fails over. */
export const twoNodesWithoutWitness = clusterRule("TWO_NODES_WITHOUT_WITNESS", (setup) => {
	const [first, second, ...more] = dataNodes(setup);
	const hasWitness = setup.nodes.some(({ registration: { type } }) => type === "witness");
	if (first === undefined || second === undefined || more.length > 0 || hasWitness || neverFailsOver(setup))
		return [];
	const primary = primaryOf(setup) ?? first;
	return [
		{
			severity: "warning",
			message: "the cluster has two nodes and no witness",
			place: REGISTERED,
			why: `When the network between ${quoted(first.registration)} and ${quoted(second.registration)} breaks, the standby can't tell that from a dead primary: with automatic failover it promotes itself, "wins by default", and there are two primaries.`,
			link: repmgrManual("repmgrd-witness-server"),
			change: [registerWitness(primary, "a third host with its own PostgreSQL and repmgr.conf")],
		},
	];
});

/** Known of every node, not only assumed. */
function neverFailsOver({ nodes }: Setup): boolean {
	return nodes.every(({ sources: { conf } }) => conf.value !== undefined && !failsOver(conf.value));
}
