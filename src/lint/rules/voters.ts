import type { Setup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { asPostgres, registerAgain, registerWitness, repmgrOn } from "../changes.ts";
import { failsOver } from "../conf.ts";
import {
	clusterRule,
	dataNodes,
	hostOf,
	nodeRule,
	othersOf,
	primaryOf,
	REGISTERED,
	repmgrManual,
} from "../rule.ts";

/** TWO_NODES_WITHOUT_WITNESS: the standby can't tell a dead primary from its own cut network. Not where failover is manual. */
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
			why: `If the network between ${quoted(first.registration)} and ${quoted(second.registration)} breaks, the standby can't tell that from a dead primary: with automatic failover it "wins by default" and promotes itself, and there are two primaries.`,
			link: repmgrManual("repmgrd-witness-server"),
			change: [registerWitness(primary, "a third host with its own PostgreSQL and repmgr.conf")],
		},
	];
});

/** Is failover known to be manual on every node? */
function neverFailsOver({ nodes }: Setup): boolean {
	return nodes.every(({ sources: { conf } }) => conf.value !== undefined && !failsOver(conf.value));
}

/** WITNESS_ON_SAME_HOST: it goes down together with the node that it monitors. */
export const witnessOnSameHost = nodeRule("WITNESS_ON_SAME_HOST", ["registered"], (_, node, setup) => {
	const { type, host } = node.registration;
	const neighbour = othersOf(setup, node).find(({ registration }) => registration.host === host);
	if (type !== "witness" || host === null || neighbour === undefined) return [];
	return [
		{
			severity: "warning",
			message: `witness ${quoted(node.registration)} is on the host of ${quoted(neighbour.registration)}`,
			place: REGISTERED,
			why: "If that host is lost, the witness is lost with it, and the standbys lack its vote.",
			link: repmgrManual("repmgrd-witness-server"),
			change: [
				{
					...asPostgres(node, repmgrOn(node, "witness", "unregister")),
					title: `when there is a PostgreSQL for it on another host, as postgres on ${hostOf(node)}`,
				},
			],
		},
	];
});

/** LOCATION_WITHOUT_OBSERVER: if no node in the primary's location answers, repmgrd assumes a network split and does nothing. */
export const locationWithoutObserver = clusterRule("LOCATION_WITHOUT_OBSERVER", (setup) => {
	const primary = primaryOf(setup);
	if (primary === null) return [];
	const { location } = primary.registration;
	const others = othersOf(setup, primary);
	if (others.length === 0 || others.some(({ registration }) => registration.location === location)) return [];
	return [
		{
			severity: "warning",
			message: `${quoted(primary.registration)} is the only node in location "${location}"`,
			place: REGISTERED,
			why: "If it is lost, no node of its location answers. The standbys elsewhere then assume a broken network between the locations, and none of them is promoted.",
			link: repmgrManual("repmgrd-network-split"),
			change: [
				registerWitness(primary, `a further host there, with location='${location}' in its repmgr.conf`),
			],
		},
	];
});

/** NO_PROMOTION_CANDIDATE: every standby has priority 0, so that none is promoted. */
export const noPromotionCandidate = clusterRule("NO_PROMOTION_CANDIDATE", (setup) => {
	const primary = primaryOf(setup);
	const standbys = dataNodes(setup).filter((node) => node !== primary);
	const [first] = standbys;
	if (primary === null || first === undefined) return [];
	if (standbys.some(({ registration: { priority } }) => priority > 0)) return [];
	return [
		{
			severity: "error",
			message: "no standby may be promoted: all of them have priority 0",
			place: REGISTERED,
			why: `repmgrd never promotes a node with priority 0, not even the only one. If ${quoted(primary.registration)} dies, ${listed(standbys.map(({ registration }) => quoted(registration)))} would wait for an operator.`,
			link: repmgrManual("repmgrd-basic-configuration"),
			change: [
				{
					title: `add to ${first.registration.configFile} on the standby that may be promoted`,
					text: "priority='100'",
				},
				registerAgain(first, setup),
			],
		},
	];
});
