import { quoted } from "../../text/words.ts";
import { registerWitness } from "../changes.ts";
import { repmgrManual } from "../links.ts";
import { othersOf, primaryOf } from "../members.ts";
import { clusterRule, REGISTERED } from "../rule.ts";

/** LOCATION_WITHOUT_OBSERVER: if no node in the primary's location is seen, repmgrd takes it for a network split and does nothing. */
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
			why: "When it is lost, no node of its location is left to be seen. The standbys elsewhere then assume a broken network between the locations, and none of them is promoted.",
			link: repmgrManual("repmgrd-network-split"),
			change: [
				registerWitness(primary, `a further host there, with location='${location}' in its repmgr.conf`),
			],
		},
	];
});
