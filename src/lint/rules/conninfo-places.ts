import type { ConninfoSetup, NodeSetup, Setup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { confLine, registerAgain, withNote } from "../changes.ts";
import { placeOf } from "../conf.ts";
import { hostsOf } from "../connections.ts";
import { type Draft, nodeRule, othersOf, postgresManual, REGISTERED, repmgrManual } from "../rule.ts";

/** The conninfo with other values; undefined removes a keyword. */
function corrected(
	node: NodeSetup,
	setup: Setup,
	registered: ConninfoSetup,
	changes: Readonly<Record<string, string | undefined>>,
): Draft["change"] {
	const conf = node.sources.conf.value;
	const again = registerAgain(node, setup);
	if (conf === undefined || registered.password !== undefined) return [again];
	const words = Object.entries({ ...registered, ...changes }).flatMap(([keyword, value]) =>
		value === undefined ? [] : [`${keyword}=${value}`],
	);
	const line = confLine(node, conf, "conninfo", words.join(" "));
	return [withNote(line, "with a name that every node resolves"), again];
}

function placeIn(node: NodeSetup): Draft["place"] {
	const conf = node.sources.conf.value;
	return conf === undefined ? REGISTERED : placeOf(conf, "conninfo");
}

/** CONNINFO_SERVICE: it depends on a service file on each host, and these were not read. */
export const conninfoService = nodeRule("CONNINFO_SERVICE", ["registered"], ({ registered }, node) =>
	registered.service === undefined
		? []
		: [
				{
					severity: "unknown",
					message: `the service "${registered.service}" in conninfo of ${quoted(node.registration)} was not checked`,
					place: placeIn(node),
					why: "Each host, and this one, needs its definition in ~/.pg_service.conf or the system's pg_service.conf. Other checks of host, port, user and timeout skip this node.",
					link: postgresManual("libpq-pgservice"),
					change: [],
				},
			],
);

/** CONNINFO_SEVERAL_HOSTS: libpq uses the first suitable host, and repmgr takes that for the node. */
export const conninfoSeveralHosts = nodeRule(
	"CONNINFO_SEVERAL_HOSTS",
	["registered"],
	({ registered }, node, setup) => {
		const hosts = hostsOf(registered);
		if (hosts.length < 2) return [];
		const others = othersOf(setup, node).filter(({ registration, sources }) =>
			[registration.nodeName, ...hostsOf(sources.registered.value ?? {})].some((host) =>
				hosts.includes(host),
			),
		);
		const attributes = registered.target_session_attrs ?? "any";
		return [
			{
				severity: others.length > 0 ? "error" : "warning",
				message: `conninfo of ${quoted(node.registration)} names several hosts: ${hosts.join(", ")}`,
				place: placeIn(node),
				why:
					others.length > 0
						? `repmgr on other nodes takes the first that answers${attributes === "any" ? "" : ` and is ${attributes}`} for ${quoted(node.registration)}: it may reach ${listed(others.map(({ registration }) => quoted(registration)))} instead, and elect, follow and fence the wrong server.`
						: "repmgr takes the first that answers for this node. That is right only if all of them are addresses of its own server.",
				link: repmgrManual("configuration-file-settings"),
				change: corrected(node, setup, registered, {
					host: node.registration.nodeName,
					hostaddr: undefined,
					port: registered.port?.split(",")[0],
					target_session_attrs: undefined,
				}),
			},
		];
	},
);

/** CONNINFO_SESSION_ATTRS: a node's role changes, and repmgr must reach it in either role. */
export const conninfoSessionAttrs = nodeRule(
	"CONNINFO_SESSION_ATTRS",
	["registered"],
	({ registered }, node, setup) => {
		const value = registered.target_session_attrs ?? "any";
		if (["any", "prefer-standby"].includes(value) || hostsOf(registered).length > 1) return [];
		return [
			{
				severity: "error",
				message: `conninfo of ${quoted(node.registration)} has target_session_attrs=${value}`,
				place: placeIn(node),
				why: "repmgr can connect to the node in one role only: after a failover or switchover, or even now, it takes a running server for one that is down.",
				link: repmgrManual("configuration-file-settings"),
				change: corrected(node, setup, registered, { target_session_attrs: undefined }),
			},
		];
	},
);
