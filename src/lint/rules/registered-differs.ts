import { quoted } from "../../text/words.ts";
import { registerAgain } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { nodeRule, repmgrManual } from "../rule.ts";

/** REGISTERED_DIFFERS: repmgrd elects by repmgr.nodes; a change in the file alone has no effect. */
export const registeredDiffers = nodeRule("REGISTERED_DIFFERS", ["conf"], ({ conf }, node, setup) => {
	const { type, priority, location } = node.registration;
	const pairs = [
		// A witness is registered with priority 0, whatever its file says.
		...(type === "witness" ? [] : [{ name: "priority", usual: "100", registered: String(priority) }]),
		{ name: "location", usual: "default", registered: location },
	];
	return pairs
		.map((pair) => ({ ...pair, value: confValue(conf, pair.name) || pair.usual }))
		.filter(({ value, registered }) => value !== registered)
		.map(({ name, value, registered }) => ({
			severity: "warning",
			message: `repmgr.conf of ${quoted(node.registration)} has ${name} ${value}, but ${registered} is registered`,
			place: placeOf(conf, name),
			why: "Elections use what is registered: a node that its file excludes from promotion may be promoted, or vice versa.",
			link: repmgrManual("configuration-file-settings"),
			change: [{ ...registerAgain(node, setup), title: "if the file is right, as postgres on its host" }],
		}));
});
