import { HIDDEN } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { confLine, reloadRepmgrd } from "../changes.ts";
import { confValue, isOn, placeOf } from "../conf.ts";
import { dataNodes, isDataNode, nodeRule, primaryOf, repmgrManual } from "../rule.ts";

/** "Must be identically configured on all nodes" (repmgr manual). primary_visibility_consensus has a rule of its own. */
const SAME_EVERYWHERE = ["standby_disconnect_on_failover", "failover_validation_command"] as const;

/** SETTING_DIFFERS: a setting that must be the same on all nodes differs from the primary's. */
export const settingDiffers = nodeRule("SETTING_DIFFERS", ["conf"], ({ conf }, node, setup) => {
	const model = primaryOf(setup) ?? dataNodes(setup)[0];
	const reference = model?.sources.conf.value;
	if (model === undefined || reference === undefined || model === node || !isDataNode(node)) return [];
	return SAME_EVERYWHERE.flatMap((name) => {
		const [own, theirs] = [confValue(conf, name), confValue(reference, name)];
		const isSame =
			own === theirs ||
			(name === "standby_disconnect_on_failover" && isOn(conf, name) === isOn(reference, name));
		if (isSame || own === HIDDEN || theirs === HIDDEN) return [];
		return [
			{
				severity: "warning" as const,
				message: `${name} of ${quoted(node.registration)} is not the same as on ${quoted(model.registration)}`,
				place: placeOf(conf, name),
				why: "repmgrd's elections need the same rules on every node.",
				link: repmgrManual("repmgrd-basic-configuration"),
				change: [confLine(node, conf, name, theirs), reloadRepmgrd(node)],
			},
		];
	});
});
