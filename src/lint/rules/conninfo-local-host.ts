import { quoted } from "../../text/words.ts";
import { confLine, registerAgain, withNote } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { nodeRule, REGISTERED, repmgrManual } from "../rule.ts";

/** CONNINFO_LOCAL_HOST: every node that follows this conninfo ends at itself. */
export const conninfoLocalHost = nodeRule(
	"CONNINFO_LOCAL_HOST",
	["registered"],
	({ registered }, node, setup) => {
		// Where a service leads is not known.
		if (registered.service !== undefined) return [];
		const place = registered.hostaddr || registered.host || "";
		if (setup.nodes.length < 2 || !/^(localhost(\..*)?|127\..*|::1|\/.*|@.*|)$/.test(place)) return [];
		const conf = node.sources.conf.value;
		const { host: _, hostaddr: __, ...rest } = registered;
		const others = Object.entries(rest).map(([keyword, value]) => `${keyword}=${value}`);
		return [
			{
				severity: "error",
				message: `conninfo of ${quoted(node.registration)} leads every other node to itself: ${place === "" ? "no host" : place}`,
				place: conf === undefined ? REGISTERED : placeOf(conf, "conninfo"),
				why: "All servers of the cluster must be able to reach the node by it. Others that use it reach their own server, and take its state for that of this node.",
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
									"with a name that every node knows",
								),
							]),
					registerAgain(node, setup),
				],
			},
		];
	},
);
