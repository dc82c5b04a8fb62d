import { type ConfSetup, type ConninfoSetup, HIDDEN } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { confLine, registerAgain, reloadRepmgrd } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { issue, nodeRule, REGISTERED } from "../rule.ts";

const WHY =
	"If this host is cut off, each connection attempt of repmgr waits for the operating system's timeout, usually more than two minutes. That delays repmgrd's detection of a dead primary as well as every command.";

/** Without connect_timeout, or with 0, the operating system's limit holds (tcp_syn_retries). A service may set one. */
function isBounded({ connect_timeout: timeout = "", service }: ConninfoSetup): boolean {
	if (timeout === "" && service !== undefined) return true;
	return Number.parseInt(timeout, 10) > 0;
}

/** NO_CONNECT_TIMEOUT: in repmgr.conf, from which it is registered. */
export const noConnectTimeout = nodeRule(
	"NO_CONNECT_TIMEOUT",
	["conf", "conninfo"],
	({ conf, conninfo }, node, setup) =>
		isBounded(conninfo)
			? []
			: [
					{
						severity: "warning",
						message: `conninfo of ${quoted(node.registration)} has no connect_timeout`,
						place: placeOf(conf, "conninfo"),
						why: WHY,
						link: issue(148),
						change: [
							confLine(node, conf, "conninfo", withTimeout(conf)),
							registerAgain(node, setup),
							reloadRepmgrd(node),
						],
					},
				],
);

/** NO_CONNECT_TIMEOUT_REGISTERED: the registered conninfo has none, while the file has one or can't be read. */
export const noConnectTimeoutRegistered = nodeRule(
	"NO_CONNECT_TIMEOUT_REGISTERED",
	["registered"],
	({ registered }, node, setup) => {
		const own = node.sources.conninfo.value;
		if (isBounded(registered) || (own !== undefined && !isBounded(own))) return [];
		return [
			{
				severity: "warning",
				message: `the registered conninfo of ${quoted(node.registration)} has no connect_timeout`,
				place: REGISTERED,
				why: WHY,
				link: issue(148),
				change: [
					{
						...registerAgain(node, setup),
						title: "with connect_timeout=2 in conninfo of repmgr.conf, as postgres on its host",
					},
				],
			},
		];
	},
);

function withTimeout(conf: ConfSetup): string {
	const text = confValue(conf, "conninfo");
	if (text.includes("://")) return `${text}${text.includes("?") ? "&" : "?"}connect_timeout=2`;
	return `${text.replace(/\s*\bconnect_timeout\s*=\s*\S+/, "").replaceAll(HIDDEN, "…")} connect_timeout=2`;
}
