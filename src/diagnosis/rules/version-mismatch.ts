import type { Finding } from "../../model/finding.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { solePrimary } from "../members.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * VERSION_MISMATCH: a node has another major version of PostgreSQL, or another version of the extension repmgr, than the
 * primary (without a primary, than most nodes). Physical replication needs one major version (manual 27.2); repmgr and
 * repmgrd refuse an extension of another version (issues #835, #875).
 */
export const versionMismatch: Rule = (world) => {
	const read = world.snapshot.nodes.filter(({ observed }) => observed.postgresVersion !== null);
	const primary = solePrimary(world);
	return read.flatMap((node): readonly Finding[] => {
		const differences = [
			difference("PostgreSQL", node, read, primary, ({ observed }) => majorOf(observed.postgresVersion)),
			difference("extension repmgr", node, read, primary, ({ observed }) => observed.repmgrVersion),
		].filter((text) => text !== null);
		if (differences.length === 0) return [];
		return [
			finding({
				code: "VERSION_MISMATCH",
				severity: "warning",
				node,
				message: `${quoted(node)} runs ${listed(differences)}`,
				detail:
					"A standby can't follow a server of another major version, and repmgr works with one version of its extension only.",
				hint: "Upgrade all nodes to the same versions. After repmgr's packages: run ALTER EXTENSION repmgr UPDATE on the primary and on the witness, then restart repmgrd everywhere.",
				evidence: [node, ...(primary && primary !== node ? [primary] : [])].map((one) =>
					evidenceOf(
						one,
						`server_version ${one.observed.postgresVersion}, extension repmgr ${one.observed.repmgrVersion ?? "not seen"}`,
					),
				),
			}),
		];
	});
};

/** "PostgreSQL 16 where others have 15", or null where it is the same or not known. */
function difference(
	what: string,
	node: NodeView,
	read: readonly NodeView[],
	primary: NodeView | null,
	versionOf: (node: NodeView) => string | null,
): string | null {
	const usual = (primary && versionOf(primary)) ?? mostCommon(read.map(versionOf));
	const own = versionOf(node);
	return own === null || usual === null || own === usual ? null : `${what} ${own} where others have ${usual}`;
}

/** "15" of "15.20 (Debian …)", as numbered since PostgreSQL 10. */
function majorOf(version: string | null): string | null {
	return /^\d+/.exec(version ?? "")?.[0] ?? null;
}

/** Null when two are equally common. */
function mostCommon(values: readonly (string | null)[]): string | null {
	const counts = new Map<string, number>();
	for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
	const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
	return first === undefined || first[1] === second?.[1] ? null : first[0];
}
