import { listed, quoted } from "../../text/words.ts";
import { reloadServer, settingLine } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { dataNodes, isDataNode, nodeRule, settingManual } from "../rule.ts";

const NAME = "synchronous_standby_names";

/** SYNC_STANDBY_NAMES: commits wait for more standbys than exist under these names, so that they wait for ever. */
export const syncStandbyNames = nodeRule("SYNC_STANDBY_NAMES", ["server"], ({ server }, node, setup) => {
	const wanted = parseNames(settingOf(server, NAME));
	if (!isDataNode(node) || wanted === null) return [];
	const standbys = dataNodes(setup)
		.filter((other) => other !== node)
		.map(({ registration }) => registration.nodeName);
	const there = wanted.names.includes("*")
		? standbys
		: standbys.filter((name) => wanted.names.some((one) => one.toLowerCase() === name.toLowerCase()));
	if (there.length >= wanted.count) return [];
	return [
		{
			severity: "error",
			message: `synchronous_standby_names of ${quoted(node.registration)} waits for ${wanted.count} of ${listed(wanted.names)}, of which ${there.length === 0 ? "none" : `only ${there.length}`} can be its standby`,
			place: settingPlace(node, server, NAME),
			why: "As the primary it makes every commit wait for ever. The names are the standbys' application_name, for which repmgr uses node_name.",
			link: settingManual("replication", NAME),
			change: [
				settingLine(
					node,
					server,
					NAME,
					`ANY ${Math.min(wanted.count, standbys.length)} (${standbys.map((name) => `"${name.replaceAll('"', '""')}"`).join(", ")})`,
				),
				reloadServer(node),
			],
		},
	];
});

/** May commits wait for this node? */
export function mayWaitFor(names: string, nodeName: string): boolean {
	const wanted = parseNames(names)?.names ?? [];
	return wanted.some((name) => name === "*" || name.toLowerCase() === nodeName.toLowerCase());
}

/** The number of standbys and their names; null where it is off or has an unknown form. */
function parseNames(text: string): { readonly count: number; readonly names: readonly string[] } | null {
	const [, count = "1", list = text] = /^\s*(?:(?:FIRST|ANY)\s+)?(\d+)\s*\((.*)\)\s*$/i.exec(text) ?? [];
	const names = [...list.matchAll(/"((?:[^"]|"")*)"|([^\s",]+)/g)].map(([, quotedName, plain]) =>
		(quotedName ?? plain ?? "").replaceAll('""', '"'),
	);
	return names.length === 0 ? null : { count: Number(count), names };
}
