import { readFileSync } from "node:fs";
import type { Archive, Inventory, InventoryNode } from "../model/inventory.ts";
import { type Configured, type Problem, refuse, systemMessage } from "../text/message.ts";
import { didYouMean } from "../text/nearest.ts";
import { type InventoryContent, inventorySchema, knownInventoryKeys } from "./inventory-schema.ts";
import { placeOfKey, placeOfValue, readYaml, schemaProblem, type YamlSource } from "./yaml.ts";

/** Reads the inventory of a cluster that is to be made, or returns all of its problems. */
export function readInventory(path: string, home: string): Configured<Inventory> {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		return refuse({
			message: `could not open inventory "${path}": ${systemMessage(error)}`,
			hint: '"repmgr-console bootstrap init HOST…" writes one to start from.',
			exitCode: 78,
		});
	}
	return parseInventory(text, path, home);
}

export function parseInventory(text: string, path: string, home: string): Configured<Inventory> {
	const { source, content, problems } = readYaml(text, path);
	if (content === undefined) return { problems };
	const checked = inventorySchema(home).safeParse(content);
	const all = checked.success
		? [...problems, ...contradictions(checked.data, source)]
		: [
				...problems,
				...checked.error.issues.flatMap((issue) => schemaProblem(issue, source, content, knownInventoryKeys)),
			];
	if (!checked.success || all.length > 0) {
		return { problems: all.sort((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)) };
	}
	return { value: inventoryOf(checked.data, path) };
}

/** Node ids that are not given are the node's place in the file. */
function idOf(content: InventoryContent, name: string): number {
	return content.nodes[name]?.id ?? Object.keys(content.nodes).indexOf(name) + 1;
}

function upstreamOf({ nodes }: InventoryContent, name: string): string | null {
	const primary = Object.keys(nodes).find((one) => nodes[one]?.role === "primary") ?? null;
	return name === primary ? null : (nodes[name]?.upstream ?? primary);
}

/** What is wrong with nodes that are well-formed by themselves. */
function contradictions(content: InventoryContent, source: YamlSource): readonly Problem[] {
	const { nodes, failover, without_witness: withoutWitness } = content;
	const names = Object.keys(nodes);
	const withRole = (role: InventoryNode["role"]) => names.filter((name) => nodes[name]?.role === role);
	const at = (message: string, path: readonly string[], more: Partial<Problem> = {}): Problem => ({
		message,
		where: placeOfValue(source, ["nodes", ...path]),
		exitCode: 78,
		...more,
	});
	const [primary, ...furtherPrimaries] = withRole("primary");
	const [, ...furtherWitnesses] = withRole("witness");
	const data = names.length - withRole("witness").length;
	const isEven = names.length % 2 === 0 && withRole("witness").length === 0;
	return [
		...(primary === undefined
			? [
					at("no node is the primary", [], {
						where: placeOfKey(source, ["nodes"]),
						hint: "Give one node the role primary.",
					}),
				]
			: []),
		...furtherPrimaries.map((name) =>
			at(`a second node is the primary: "${name}"`, [name, "role"], {
				detail: `The primary is "${primary}" already. A cluster has one; the others are its standbys.`,
			}),
		),
		...furtherWitnesses.map((name) => at(`a second node is the witness: "${name}"`, [name, "role"])),
		...(withRole("standby").length === 0
			? [
					at("no node is a standby", [], {
						where: placeOfKey(source, ["nodes"]),
						hint: "A cluster needs at least one.",
					}),
				]
			: []),
		...(isEven && failover.mode === "automatic" && !withoutWitness
			? [
					at(`${data} nodes vote, and there is no witness`, [], {
						where: placeOfKey(source, ["nodes"]),
						detail:
							"When the network breaks in the middle, neither half has a majority; of two nodes, the standby promotes itself although the primary may still run.",
						hint: "Add a small host with the role witness, or set failover: {mode: manual}. without_witness: true takes the risk.",
					}),
				]
			: []),
		...doubles(names, (name) => String(idOf(content, name))).map(([name, other]) =>
			at(`"${name}" has the id of "${other}": ${idOf(content, name)}`, [name, "id"], {
				hint: "Each node needs an id of its own; one that is not given is its place in the file.",
			}),
		),
		...doubles(names, (name) => nodes[name]?.host ?? name).map(([name, other]) =>
			at(`"${name}" has the host of "${other}": ${nodes[name]?.host ?? name}`, [name, "host"]),
		),
		...archiveProblems(content, source),
		...names.flatMap((name) => upstreamProblems(content, name, at)),
	];
}

function archiveProblems(
	{ archive: { directory, command, restore } = {} }: InventoryContent,
	source: YamlSource,
): readonly Problem[] {
	const at = (message: string, key: string): readonly Problem[] => [
		{ message, where: placeOfKey(source, ["archive", key]), exitCode: 78 },
	];
	if (directory !== undefined && (command !== undefined || restore !== undefined))
		return at("archive has a directory and a command: the directory makes the commands", "directory");
	return restore !== undefined && command === undefined
		? at("archive has a command that restores and none that archives", "restore")
		: [];
}

/** A segment that is there whole is left; one that was interrupted is copied again. */
function archiveOf(given: InventoryContent["archive"]): Archive | null {
	const { directory, command, restore } = given ?? {};
	if (command !== undefined) return { directory: null, command, restore: restore ?? null };
	if (directory === undefined) return null;
	const [file, part] = [`${directory}/%f`, `${directory}/%f.part`];
	return {
		directory,
		command: `cmp -s %p ${file} || { test ! -e ${file} && cp %p ${part} && sync ${part} && mv ${part} ${file}; }`,
		restore: `cp ${file} %p`,
	};
}

/** Each name whose value an earlier one has, with that one. */
function doubles(names: readonly string[], value: (name: string) => string) {
	return names.flatMap((name, index): (readonly [string, string])[] => {
		const other = names.slice(0, index).find((one) => value(one) === value(name));
		return other === undefined ? [] : [[name, other]];
	});
}

function upstreamProblems(
	content: InventoryContent,
	name: string,
	at: (message: string, path: readonly string[], more?: Partial<Problem>) => Problem,
): readonly Problem[] {
	const { nodes } = content;
	const { upstream, role } = nodes[name] ?? {};
	if (upstream === undefined) return [];
	const path = [name, "upstream"];
	if (role !== "standby") return [at(`"${name}" is the ${role}, and has no upstream`, path)];
	if (!Object.hasOwn(nodes, upstream))
		return [at(`there is no node "${upstream}"`, path, didYouMean(upstream, Object.keys(nodes)))];
	if (nodes[upstream]?.role === "witness")
		return [at(`"${name}" can't replicate from "${upstream}": it is the witness`, path)];
	const seen = new Set<string>();
	for (let one: string | null = name; one !== null; one = upstreamOf(content, one)) {
		if (seen.has(one)) return [at(`"${name}" would replicate from itself, by way of "${upstream}"`, path)];
		seen.add(one);
	}
	return [];
}

function inventoryOf(content: InventoryContent, file: string): Inventory {
	const { postgresql, failover, console, ssh, nodes, cluster, repmgr, authentication, slots } = content;
	const made = Object.entries(nodes).map(([name, node]): InventoryNode => {
		const { role, location, priority = role === "witness" ? 0 : 100, host = name } = node;
		const [id, upstream] = [idOf(content, name), upstreamOf(content, name)];
		return { name, id, role, host, upstream, location, priority, ssh: { ...ssh, ...node.ssh } };
	});
	const depth = ({ upstream }: InventoryNode): number => {
		const above = made.find(({ name }) => name === upstream);
		return above === undefined ? 0 : 1 + depth(above);
	};
	return {
		...{ file, cluster, repmgr, authentication, slots, tls: content.tls === "on" },
		synchronous: content.synchronous === "on",
		archive: archiveOf(content.archive),
		postgresql: {
			version: postgresql.version ?? null,
			dataDirectory: postgresql.data_directory ?? null,
			port: postgresql.port,
			locale: postgresql.locale,
			checksums: postgresql.checksums,
		},
		failover: {
			mode: failover.mode,
			attempts: failover.attempts,
			intervalSeconds: failover.interval_seconds,
		},
		console: console === false ? null : console,
		nodes: made.toSorted((a, b) => depth(a) - depth(b)),
	};
}
