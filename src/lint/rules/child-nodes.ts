import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { confValue, isOn, numberOf, placeOf } from "../conf.ts";
import { dataNodes, isDataNode, nodeRule, repmgrManual } from "../rule.ts";

/** CHILD_NODES_NEVER: the command that fences a primary without standbys waits for more lost nodes than exist. */
export const childNodesNever = nodeRule("CHILD_NODES_NEVER", ["conf"], ({ conf }, node, setup) => {
	const name = "child_nodes_disconnect_min_count";
	const least = numberOf(conf, name, -1);
	// The other count overrides it (repmgr manual, "Standby disconnections monitoring").
	const isOther = numberOf(conf, "child_nodes_connected_min_count", -1) >= 0;
	if (!isDataNode(node) || isOther || confValue(conf, "child_nodes_disconnect_command") === "") return [];
	const counted = isOn(conf, "child_nodes_connected_include_witness") ? setup.nodes : dataNodes(setup);
	const children = counted.length - 1;
	if (least <= children) return [];
	return [
		{
			severity: "error",
			message: `child_nodes_disconnect_command of ${quoted(node.registration)} waits for ${least} lost nodes of ${children}`,
			place: placeOf(conf, name),
			why: "It never runs: a primary that is cut off from all standbys goes on as before.",
			link: repmgrManual("repmgrd-primary-child-disconnection"),
			change: [confLine(node, conf, name, String(children)), reloadRepmgrd(node)],
		},
	];
});
