import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { confValue, failsOver, placeOf } from "../conf.ts";
import { issue, nodeRule, othersOf, repmgrManual } from "../rule.ts";

/** FAILOVER_MANUAL: by default, which is easily overlooked; or on one node while others fail over. */
export const failoverManual = nodeRule("FAILOVER_MANUAL", ["conf"], ({ conf }, node, setup) => {
	const value = confValue(conf, "failover").toLowerCase();
	if (value !== "" && value !== "manual") return [];
	const isAlone = othersOf(setup, node).some(
		({ sources }) => sources.conf.value !== undefined && failsOver(sources.conf.value),
	);
	const isChosen = value === "manual" && !isAlone;
	return [
		{
			severity: isChosen ? "notice" : "warning",
			message:
				value === ""
					? `failover is not set on ${quoted(node.registration)}, so it is manual`
					: `failover is manual on ${quoted(node.registration)}`,
			place: placeOf(conf, "failover"),
			why: isAlone
				? "Other nodes fail over automatically. This one is then never promoted and does not follow the new primary: it is left behind, detached."
				: "repmgrd only monitors, and does nothing when the primary is lost: an operator must promote a standby.",
			link: isAlone || value === "manual" ? repmgrManual("repmgrd-basic-configuration") : issue(683),
			change: [confLine(node, conf, "failover", "automatic"), reloadRepmgrd(node)],
		},
	];
});
