import { quoted } from "../../text/words.ts";
import { confLine, registerAgain, withNote } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { nodeRule, REGISTERED, repmgrManual } from "../rule.ts";

/** CONNINFO_LOCAL_HOST: every node that uses this conninfo connects to itself. */
export const conninfoLocalHost = nodeRule(
	"CONNINFO_LOCAL_HOST",
	["registered"],
	({ registered }, node, setup) => {
		// A service file decides.
		if (registered.service !== undefined) return [];
		const place = registered.hostaddr || registered.host || "";
		if (setup.nodes.length < 2 || !/^(localhost(\..*)?|127\..*|::1|\/.*|@.*|)$/.test(place)) return [];
		const conf = node.sources.conf.value;
		const { host: _, hostaddr: __, ...rest } = registered;
		const others = Object.entries(rest).map(([keyword, value]) => `${keyword}=${value}`);
		return [
			{
				severity: "error",
				message: `conninfo of ${quoted(node.registration)} makes every other node connect to itself: ${place === "" ? "no host" : place}`,
				place: conf === undefined ? REGISTERED : placeOf(conf, "conninfo"),
				why: "All servers of the cluster must be able to reach the node with it. Other nodes reach their own server instead, and mistake its state for that of this node.",
				link: repmgrManual("configuration-file-settings"),
				change: [
					...(conf === undefined || registered.password !== undefined
						? []
						: [
								withNote(
									confLine(
										node,
										conf,
										"conninfo",
										[`host=${node.registration.nodeName}`, ...others].join(" "),
									),
									"with a name that every node resolves",
								),
							]),
					registerAgain(node, setup),
				],
			},
		];
	},
);
