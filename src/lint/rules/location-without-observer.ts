import { quoted } from "../../cluster/words.ts";
import { repmgrManual } from "../links.ts";
import { othersOf, primaryOf } from "../members.ts";
import { clusterRule, hostOf, REGISTERED } from "../rule.ts";

/** LOCATION_WITHOUT_OBSERVER: if no node in the primary's location is seen, repmgrd takes it for a network split and does nothing. */
export const locationWithoutObserver = clusterRule("LOCATION_WITHOUT_OBSERVER", (setup) => {
	const primary = primaryOf(setup);
	if (primary === null) return [];
	const { location } = primary.registration;
	const others = othersOf(setup, primary);
	if (others.length === 0 || others.some(({ registration }) => registration.location === location)) return [];
	const { user = "repmgr", dbname = "repmgr" } = primary.sources.registered.value ?? {};
	return [
		{
			severity: "warning",
			message: `${quoted(primary.registration)} is the only node in location "${location}"`,
			place: REGISTERED,
			why: "When it is lost, no node of its location is left to be seen. The standbys elsewhere then assume a broken network between the locations, and none of them is promoted.",
			link: repmgrManual("repmgrd-network-split"),
			change: [
				{
					title: `on a further host in location "${location}", with location='${location}' in its repmgr.conf, as postgres`,
					text: `repmgr -f /etc/repmgr.conf witness register -h ${hostOf(primary)} -U ${user} -d ${dbname}`,
				},
			],
		},
	];
});
