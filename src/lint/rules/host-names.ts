import type { NodeSetup, Setup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { isLoopback, parseAddress } from "../address.ts";
import { hostOf, nodeRule, othersOf, repmgrManual } from "../rule.ts";

const HOSTS_FILE = "/etc/hosts";

/** The other nodes whose registered host is a name, and the addresses to which it resolves on this host. */
function namesOf(node: NodeSetup, addresses: ReadonlyMap<string, readonly string[]>, setup: Setup) {
	return othersOf(setup, node).flatMap((other) => {
		const name = other.registration.host ?? "";
		const known = addresses.get(name);
		return known === undefined || name.startsWith("/") || parseAddress(name) !== null
			? []
			: [{ other, name, known }];
	});
}

/** HOST_NOT_RESOLVED: a name that only some hosts resolve, which usually shows in the first failover. */
export const hostNotResolved = nodeRule("HOST_NOT_RESOLVED", ["host"], ({ host }, node, setup) => {
	const lost = namesOf(node, host.addresses, setup).filter(({ known }) => known.length === 0);
	if (lost.length === 0) return [];
	return [
		{
			severity: "error",
			message: `${quoted(node.registration)} can't resolve ${listed(lost.map(({ name }) => name))}`,
			place: { file: HOSTS_FILE, line: null },
			why: "The name is in the registered conninfo, but does not resolve on this host: repmgr there can't reach the node, and can't follow it when it is promoted.",
			link: repmgrManual("configuration-file-settings"),
			change: lost.map(({ other, name }) => ({
				title: `add to ${HOSTS_FILE} on ${hostOf(node)}, or to DNS`,
				text: `${other.sources.server.value?.address ?? "ADDRESS"} ${name}`,
			})),
		},
	];
});

/** HOST_RESOLVES_DIFFERENTLY: two hosts resolve a name to different machines. */
export const hostResolvesDifferently = nodeRule(
	"HOST_RESOLVES_DIFFERENTLY",
	["host"],
	({ host }, node, setup) =>
		namesOf(node, host.addresses, setup).flatMap(({ other, name, known }) => {
			const own = other.sources.host.value?.addresses.get(name) ?? [];
			const usual = own.filter((address) => !isLoopback(parseAddress(address) ?? []));
			if (known.length === 0 || usual.length === 0 || usual.some((address) => known.includes(address)))
				return [];
			return [
				{
					severity: "warning" as const,
					message: `${quoted(node.registration)} resolves ${name} to ${listed(known)}, ${quoted(other.registration)} itself to ${listed(usual)}`,
					place: { file: HOSTS_FILE, line: null },
					why: "With that name this host may reach another server than the node, and query or follow the wrong one.",
					link: repmgrManual("configuration-file-settings"),
					change: [{ title: `in ${HOSTS_FILE} on ${hostOf(node)}, or in DNS`, text: `${usual[0]} ${name}` }],
				},
			];
		}),
);
