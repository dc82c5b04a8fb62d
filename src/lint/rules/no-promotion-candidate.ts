import { listed, quoted } from "../../text/words.ts";
import { registerAgain } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { dataNodes, primaryOf } from "../members.ts";
import { clusterRule, REGISTERED } from "../rule.ts";

/** NO_PROMOTION_CANDIDATE: every standby has priority 0, so that none is ever promoted. */
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
			why: `repmgrd never promotes a node with priority 0, however alone it is. When ${quoted(primary.registration)} dies, ${listed(standbys.map(({ registration }) => quoted(registration)))} would wait for somebody.`,
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
