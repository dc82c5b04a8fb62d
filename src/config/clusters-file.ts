import { readFileSync, statSync } from "node:fs";
import type * as z from "zod";
import { type Configured, type Problem, refuse, systemCode, systemMessage } from "../text/message.ts";
import { didYouMean } from "../text/nearest.ts";
import {
	type ClusterSettings,
	clustersFileSchema,
	type NodeSettings,
	type ScreenSettings,
	type SshSettings,
} from "./clusters-schema.ts";
import { placeOfKey, placeOfValue, readYaml, schemaProblem, type YamlSource } from "./yaml.ts";

/** The checked clusters file, its defaults merged into every cluster. */
export interface ClustersFile {
	readonly path: string;
	/** Also apply to a cluster given with --dbname or --file. */
	readonly defaults: ClusterSettings;
	readonly clusters: ReadonlyMap<string, ClusterSettings>;
	/** Problems that don't keep the file from being used. */
	readonly warnings: readonly Problem[];
}

/** A problem with the screen's settings; `path` starts at the cluster. */
export interface SettingProblem {
	readonly path: readonly (string | number)[];
	/** The last key of the path is wrong, not its value. */
	readonly isKey?: true;
	readonly message: string;
	readonly detail: string;
	readonly near?: { readonly word: string; readonly known: readonly string[] };
}

/** Checks the screen's settings (themes, keys, columns); commands without a screen have no such check. */
export type JudgeScreen = (settings: ScreenSettings) => readonly SettingProblem[];

/** Reads the file, or returns all of its problems. */
export function readClustersFile(path: string, home: string, judge?: JudgeScreen): Configured<ClustersFile> {
	let text: string;
	let mode: number;
	try {
		text = readFileSync(path, "utf8");
		mode = statSync(path).mode;
	} catch (error) {
		const missing = systemCode(error) === "ENOENT";
		return refuse({
			message: `could not open configuration file "${path}": ${systemMessage(error)}`,
			...(missing && { hint: '"repmgr-console config init" writes one to start from.' }),
			exitCode: 78,
		});
	}
	const parsed = parseClustersFile(text, path, home, judge);
	if (parsed.problems !== undefined) return parsed;
	return { value: { ...parsed.value, warnings: passwordWarnings(parsed.value, mode) } };
}

/** Parses the file's text; `home` replaces "~" in paths. */
export function parseClustersFile(
	text: string,
	path: string,
	home: string,
	judge: JudgeScreen = () => [],
): Configured<ClustersFile> {
	const { source, content, problems } = readYaml(text, path);
	if (content === undefined) return { problems };
	const checked = clustersFileSchema(home).safeParse(content);
	if (!checked.success) {
		const all = [
			...problems,
			...checked.error.issues.flatMap((issue) => schemaProblem(issue, source, content)),
		];
		return { problems: all.sort((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)) };
	}
	const defaults = checked.data.defaults ?? {};
	const clusters = new Map(
		Object.entries(checked.data.clusters ?? {}).map(([name, own]) => [name, withDefaults(defaults, own)]),
	);
	const lost = [...clusters].filter(([, cluster]) => !hasWayIn(cluster));
	const all = [
		...problems,
		...lost.map(
			([name]): Problem => ({
				message: `cluster "${name}" names no host of any node`,
				hint: "Give a conninfo of any node, a repmgr_conf, or nodes with a host.",
				where: placeOfKey(source, ["clusters", name]),
				exitCode: 78,
			}),
		),
		...screenProblems(source, checked.data, judge),
	];
	return all.length > 0 ? { problems: all } : { value: { path, defaults, clusters, warnings: [] } };
}

function withDefaults(defaults: ClusterSettings, own: ClusterSettings): ClusterSettings {
	const keys = { ...defaults.keys, ...own.keys };
	const thresholds = { ...defaults.thresholds, ...own.thresholds };
	return {
		...defaults,
		...own,
		ssh: { ...defaults.ssh, ...own.ssh },
		...(Object.keys(keys).length > 0 && { keys }),
		...(Object.keys(thresholds).length > 0 && { thresholds }),
	};
}

/** Problems of the defaults, and of each cluster those that the defaults don't cause; each with its place. */
function screenProblems(
	source: YamlSource,
	{ defaults = {}, clusters = {} }: z.output<ReturnType<typeof clustersFileSchema>>,
	judge: JudgeScreen,
): readonly Problem[] {
	const problemsAt = (name: string | null, own: ClusterSettings): readonly Problem[] =>
		judge(withDefaults(defaults, own)).map(({ path, isKey, message, detail, near }) => {
			const top = name !== null && isSaid(own, path) ? ["clusters", name] : ["defaults"];
			return {
				message,
				detail,
				...(near !== undefined && didYouMean(near.word, near.known)),
				where: (isKey ? placeOfKey : placeOfValue)(source, [...top, ...path]),
				exitCode: 78,
			};
		});
	const general = problemsAt(null, {});
	const said = new Set(general.map(({ message }) => message));
	return [
		...general,
		...Object.entries(clusters).flatMap(([name, own]) =>
			problemsAt(name, own).filter(({ message }) => !said.has(message)),
		),
	];
}

/** Does a cluster set this itself, rather than inherit it from the defaults? */
function isSaid(own: ClusterSettings, [setting, key]: SettingProblem["path"]): boolean {
	return setting === "keys"
		? Object.hasOwn(own.keys ?? {}, String(key))
		: Object.hasOwn(own, String(setting));
}

function hasWayIn({ conninfo, repmgrConf, nodes = {} }: ClusterSettings): boolean {
	const placed = Object.values(nodes).some(
		({ host, hostaddr }) => host !== undefined || hostaddr !== undefined,
	);
	return conninfo !== undefined || repmgrConf !== undefined || placed;
}

function passwordWarnings({ path, defaults, clusters }: ClustersFile, mode: number): readonly Problem[] {
	const holdsPassword = [defaults, ...clusters.values()].some(
		({ conninfo }) => conninfo?.password !== undefined || conninfo?.sslpassword !== undefined,
	);
	if (!holdsPassword || (mode & 0o044) === 0) return [];
	return [
		{
			message: `configuration file "${path}" holds a password and can be read by others`,
			hint: `Move the password to ~/.pgpass, or make the file yours only: chmod 600 ${path}`,
			exitCode: 78,
		},
	];
}

/** The settings of a cluster named on the command line. */
export function findCluster({ path, clusters }: ClustersFile, name: string): Configured<ClusterSettings> {
	const value = clusters.get(name);
	if (value !== undefined) return { value };
	const names = [...clusters.keys()];
	return refuse({
		message: `cluster "${name}" is not in configuration file "${path}"`,
		detail: names.length === 0 ? "It has no clusters yet." : `It has ${names.join(", ")}.`,
		...didYouMean(name, names),
		exitCode: 64,
	});
}

/** The file's settings for one node, found by name or else by ID. */
export function nodeSettings(
	{ nodes = {} }: ClusterSettings,
	node: { readonly nodeId: number; readonly nodeName: string },
): NodeSettings {
	const byName = Object.hasOwn(nodes, node.nodeName) ? nodes[node.nodeName] : undefined;
	return byName ?? nodes[String(node.nodeId)] ?? {};
}

/** SSH settings for a node's host: the node's before the cluster's. */
export function sshForNode(
	cluster: ClusterSettings,
	node: { readonly nodeId: number; readonly nodeName: string },
): SshSettings {
	return { ...cluster.ssh, ...nodeSettings(cluster, node).ssh };
}
