import { listed, quoted } from "../../text/words.ts";
import { reloadServer, settingLine } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { dataNodes, isDataNode, nodeRule, settingManual } from "../rule.ts";

const NAME = "synchronous_standby_names";

/** SYNC_STANDBY_NAMES: fewer of the named standbys exist than commits wait for, so that they wait for ever. */
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
			why: "As the primary it lets every commit wait for ever. The names are those of the standbys' application_name, which repmgr makes the node_name.",
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

/** Is a node among those that commits may wait for? */
export function mayWaitFor(names: string, nodeName: string): boolean {
	const wanted = parseNames(names)?.names ?? [];
	return wanted.some((name) => name === "*" || name.toLowerCase() === nodeName.toLowerCase());
}

/** How many of which (manual, synchronous_standby_names); null where it is off or not understood. */
function parseNames(text: string): { readonly count: number; readonly names: readonly string[] } | null {
	const [, count = "1", list = text] = /^\s*(?:(?:FIRST|ANY)\s+)?(\d+)\s*\((.*)\)\s*$/i.exec(text) ?? [];
	const names = [...list.matchAll(/"((?:[^"]|"")*)"|([^\s",]+)/g)].map(([, quotedName, plain]) =>
		(quotedName ?? plain ?? "").replaceAll('""', '"'),
	);
	return names.length === 0 ? null : { count: Number(count), names };
}
