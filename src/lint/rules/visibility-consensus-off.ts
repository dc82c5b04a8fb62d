import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { failsOver, isOn, placeOf } from "../conf.ts";
import { isDataNode, issue, nodeRule } from "../rule.ts";

/** VISIBILITY_CONSENSUS_OFF: a standby promotes itself although others see the primary. Needs another node that can see it. */
export const visibilityConsensusOff = nodeRule(
	"VISIBILITY_CONSENSUS_OFF",
	["conf"],
	({ conf }, node, { nodes }) => {
		// Without the primary and the standby that is cut off.
		const observers = nodes.length - 2;
		if (!isDataNode(node) || observers < 1 || !failsOver(conf) || isOn(conf, "primary_visibility_consensus"))
			return [];
		return [
			{
				severity: "warning",
				message: `primary_visibility_consensus is off on ${quoted(node.registration)}`,
				place: placeOf(conf, "primary_visibility_consensus"),
				why: "If only this node loses the primary while it is a standby, it asks the other nodes, learns that they saw the primary a second ago, and promotes itself nevertheless: then there are two primaries. The setting must be the same on all nodes.",
				link: issue(821),
				change: [confLine(node, conf, "primary_visibility_consensus", "true"), reloadRepmgrd(node)],
			},
		];
	},
);
