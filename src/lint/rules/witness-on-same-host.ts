import { quoted } from "../../text/words.ts";
import { asPostgres, repmgrOn } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { othersOf } from "../members.ts";
import { hostOf, nodeRule, REGISTERED } from "../rule.ts";

/** WITNESS_ON_SAME_HOST: it goes down together with the node whose death it is to witness. */
export const witnessOnSameHost = nodeRule("WITNESS_ON_SAME_HOST", ["registered"], (_, node, setup) => {
	const { type, host } = node.registration;
	const neighbour = othersOf(setup, node).find(({ registration }) => registration.host === host);
	if (type !== "witness" || host === null || neighbour === undefined) return [];
	return [
		{
			severity: "warning",
			message: `witness ${quoted(node.registration)} is on the host of ${quoted(neighbour.registration)}`,
			place: REGISTERED,
			why: "When that host is lost, the witness is lost with it, and the standbys have no majority or nobody to ask.",
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
