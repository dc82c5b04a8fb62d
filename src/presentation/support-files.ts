import type { Outcome } from "../model/fault.ts";
import { LOG_NAMES } from "../model/log-tail.ts";
import type { FilePlace, NodeSetup, SettingSetup } from "../model/setup.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Support } from "../model/support.ts";
import { quoted } from "../text/words.ts";

/** One file of a bundle for support. */
export interface SupportFile {
	/** Relative, with "/". */
	readonly name: string;
	readonly text: string;
	/** What it is, in a few words. */
	readonly about: string;
	/** Of a log the end matters. */
	readonly isLog?: boolean;
}

export interface SupportFiles {
	readonly files: readonly SupportFile[];
	/** What could not be read, and why, as texts. */
	readonly unread: readonly string[];
}

/**
 * Configuration and logs of each node in a directory of its own, and the versions of all. What matters most comes first: the
 * configuration of all nodes, then the logs of those with findings.
 */
export function supportFiles({ setup, logs }: Support, snapshot: ClusterSnapshot): SupportFiles {
	const parts = setup.nodes.map((node): SupportFiles => {
		const { conf, hba, server, privileged } = node.sources;
		const settings = new Map([...(server.value?.settings ?? []), ...(privileged.value?.settings ?? [])]);
		const directory = directoryOf(node);
		const file = (name: string, about: string, lines: readonly string[]): readonly SupportFile[] =>
			lines.length === 0 ? [] : [{ name: `${directory}/${name}`, about, text: `${lines.join("\n")}\n` }];
		const tails = logs.get(node.registration.nodeId);
		return {
			files: [
				...file("settings.conf", "PostgreSQL's settings that a file sets", settingLines(settings)),
				...file("pg_hba.conf", "the rules of pg_hba.conf", hbaLines(hba)),
				...file("repmgr.conf", "repmgr.conf with its includes", confLines(conf)),
				...LOG_NAMES.flatMap((name) =>
					file(`${name}.log`, `the end of ${tails?.[name].source ?? name}`, [
						...(tails?.[name].lines ?? []).map(({ text }) => text),
					]).map((one) => ({ ...one, isLog: true })),
				),
			],
			unread: [
				...unreadParts(node),
				...LOG_NAMES.flatMap((name) => {
					const tail = tails?.[name];
					if (tail?.readAt != null && tail.lines.length > 0) return [];
					const why = tail?.fault?.fault.message ?? (tail?.readAt == null ? "not read in time" : "no lines");
					return [`${quoted(node.registration)}: log of ${name}: ${why}`];
				}),
			],
		};
	});
	const files = parts.flatMap((part) => part.files);
	const troubled = setup.nodes
		.filter(({ registration: { nodeId } }) => snapshot.findings.some((finding) => finding.nodeId === nodeId))
		.map((node) => `${directoryOf(node)}/`);
	const rankOf = ({ name, isLog }: SupportFile): number =>
		isLog !== true ? 0 : troubled.some((directory) => name.startsWith(directory)) ? 1 : 2;
	return {
		files: [
			{
				name: "versions.txt",
				about: "versions of PostgreSQL and repmgr",
				text: `${versionLines(snapshot).join("\n")}\n`,
			},
			...files.toSorted((a, b) => rankOf(a) - rankOf(b)),
		],
		unread: parts.flatMap(({ unread }) => unread),
	};
}

/** A node's name may be anything, also that of another one's directory. */
function directoryOf({ registration: { nodeId, nodeName } }: NodeSetup): string {
	return /^[\w-]{1,63}$/.test(nodeName) ? `${nodeId}-${nodeName}` : `${nodeId}`;
}

const SOURCES: Readonly<Partial<Record<keyof NodeSetup["sources"], string>>> = {
	server: "PostgreSQL's settings",
	privileged: "PostgreSQL's settings for members of pg_read_all_settings",
	hba: "pg_hba.conf",
	conf: "repmgr.conf",
};

function unreadParts({ registration, sources }: NodeSetup): readonly string[] {
	return Object.entries(SOURCES).flatMap(([source, title]) => {
		const { fault } = sources[source as keyof typeof sources];
		return fault === undefined ? [] : [`${quoted(registration)}: ${title}: ${fault.message}`];
	});
}

const at = ({ file, line }: FilePlace): string => `${file}${line === null ? "" : `:${line}`}`;

function settingLines(settings: ReadonlyMap<string, SettingSetup>): readonly string[] {
	return [...settings]
		.flatMap(([name, { value, place, pendingRestart }]) =>
			place === null
				? []
				: [
						`${name} = '${value}'  # ${at(place)}${pendingRestart ? ", another value waits for a restart" : ""}`,
					],
		)
		.toSorted();
}

function hbaLines({ value }: Outcome<NodeSetup["sources"]["hba"]["value"] & object>): readonly string[] {
	return (value?.rules ?? []).map(({ type, databases, users, address, netmask, method, place }) =>
		[
			...[type, databases.join(","), users.join(","), address ?? "", netmask ?? "", method].filter(Boolean),
			` # ${at(place)}`,
		].join(" "),
	);
}

function confLines({ value }: Outcome<NodeSetup["sources"]["conf"]["value"] & object>): readonly string[] {
	return (value?.entries ?? []).map(({ name, value: text, place }) => `${name} = '${text}'  # ${at(place)}`);
}

function versionLines({ nodes }: ClusterSnapshot): readonly string[] {
	return nodes.map((node) => {
		const reading = node.state.server.good?.value;
		const { postgresVersion = null, repmgrVersion = null } = reading ?? {};
		return `${quoted(node)}: PostgreSQL ${postgresVersion ?? "unknown"}, repmgr ${repmgrVersion ?? "unknown"}`;
	});
}
