import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClusterFailure } from "./failure.ts";
import { release } from "./requirements.ts";

/** Text for apt's sources, in its two formats; either may be empty. */
export interface AptSources {
	readonly deb822: string;
	readonly oneLine: string;
}

/**
 * The entries of this machine's own apt configuration that belong to the distribution itself. Third-party archives are left out:
 * the hosts do not need them, and one that cannot be reached would fail the whole image.
 */
export async function distributionSources(): Promise<AptSources> {
	const { codename } = await release();
	const suites = new Set(["", "-updates", "-security"].map((pocket) => codename + pocket));
	const directory = "/etc/apt/sources.list.d";
	const names = (await readdir(directory).catch(() => [])).map((name) => join(directory, name));
	const read = async (paths: readonly string[]): Promise<string[]> =>
		Promise.all(paths.map((path) => readFile(path, "utf8").catch(() => "")));

	const stanzas = (await read(names.filter((name) => name.endsWith(".sources")))).flatMap((text) =>
		text
			.replace(/^#.*\n/gm, "")
			.split(/\n\s*\n/)
			.filter((stanza) => isDistributionStanza(stanza, suites)),
	);
	const lists = ["/etc/apt/sources.list", ...names.filter((name) => name.endsWith(".list"))];
	const lines = (await read(lists)).flatMap((text) =>
		text.split("\n").filter((line) => isDistributionLine(line, suites)),
	);
	if (stanzas.length + lines.length === 0) {
		throw new ClusterFailure("found no apt source of the distribution", {
			detail: `No entry of /etc/apt names the suite ${codename} with the distribution's own keyring.`,
		});
	}
	return {
		deb822: stanzas.map((stanza) => `${stanza.trim()}\n`).join("\n"),
		oneLine: `${lines.join("\n")}\n`,
	};
}

/** No Signed-By means apt's own trusted keys, which on a plain installation are the distribution's. */
const hasDistributionKey = (signedBy: string | undefined): boolean =>
	signedBy === undefined || /(debian|ubuntu)-archive/.test(signedBy);

function isDistributionStanza(stanza: string, suites: ReadonlySet<string>): boolean {
	const field = (name: string): string | undefined =>
		new RegExp(`^${name}:\\s*(.*)$`, "mi").exec(stanza)?.[1]?.trim();
	if (field("Enabled")?.toLowerCase() === "no" || !field("Types")?.split(/\s+/).includes("deb")) return false;
	const named = field("Suites")?.split(/\s+/) ?? [];
	return named.some((suite) => suites.has(suite)) && hasDistributionKey(field("Signed-By"));
}

function isDistributionLine(line: string, suites: ReadonlySet<string>): boolean {
	const match = /^deb\s+(?:\[([^\]]*)\]\s+)?\S+\s+(\S+)\s+.*\bmain\b/.exec(line.trim());
	if (!match) return false;
	return suites.has(match[2] ?? "") && hasDistributionKey(/signed-by=(\S+)/.exec(match[1] ?? "")?.[1]);
}
