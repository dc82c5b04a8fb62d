import type { LintChange, LintResult, LintSeverity } from "../model/lint-result.ts";
import type { FilePlace, NodeSetup, Setup, SetupSource, SetupSources } from "../model/setup.ts";

/** A rule's result, without the code, the node and the host. */
export interface Draft {
	readonly severity: LintSeverity;
	/** Lower case, without a full stop. */
	readonly message: string;
	readonly place: FilePlace;
	/** Sentences. */
	readonly why: string;
	readonly link: string;
	readonly change: readonly LintChange[];
}

/** One check, of each node or of the cluster as registered. */
export interface LintRule {
	readonly code: string;
	/** A node that lacks one of these is not checked; `unreadOf` reports that once for all rules. */
	readonly needs: readonly SetupSource[];
	/** @param node null: the cluster. */
	readonly check: (node: NodeSetup | null, setup: Setup) => readonly LintResult[];
}

/** A rule about one node, with the parts of its configuration that it needs. */
export function nodeRule<Need extends SetupSource>(
	code: string,
	needs: readonly Need[],
	check: (read: Pick<SetupSources, Need>, node: NodeSetup, setup: Setup) => readonly Draft[],
): LintRule {
	return {
		code,
		needs,
		check(node, setup) {
			const read = node && readParts(node, needs);
			if (read === null || node === null) return [];
			const { nodeId } = node.registration;
			return check(read, node, setup).map(({ place, ...draft }) => ({
				...draft,
				code,
				nodeId,
				where: { host: place === REGISTERED ? null : hostOf(node), ...place },
			}));
		},
	};
}

/** A rule about the cluster, which only needs what is registered. */
export function clusterRule(code: string, check: (setup: Setup) => readonly Draft[]): LintRule {
	return {
		code,
		needs: [],
		check: (node, setup) =>
			node === null
				? check(setup).map(({ place, ...draft }) => ({
						...draft,
						code,
						nodeId: null,
						where: { host: null, ...place },
					}))
				: [],
	};
}

/** The place of what is registered. */
export const REGISTERED: FilePlace = { file: "table repmgr.nodes", line: null };

/** How the other nodes reach a node's host. */
export function hostOf({ registration: { host, nodeName } }: NodeSetup): string {
	return host ?? nodeName;
}

function readParts<Need extends SetupSource>(
	{ sources }: NodeSetup,
	needs: readonly Need[],
): Pick<SetupSources, Need> | null {
	const parts = needs.map((need) => [need, sources[need]] as const);
	if (parts.some(([, outcome]) => outcome.fault !== undefined)) return null;
	return Object.fromEntries(parts.map(([need, outcome]) => [need, outcome.value])) as Pick<
		SetupSources,
		Need
	>;
}

/** A page of repmgr's manual. */
export function repmgrManual(page: string): string {
	return `https://www.repmgr.org/docs/current/${page}.html`;
}

/** A page of PostgreSQL's manual. */
export function postgresManual(page: string): string {
	const [name, anchor] = page.split("#");
	return `https://www.postgresql.org/docs/current/${name}.html${anchor === undefined ? "" : `#${anchor}`}`;
}

/** A setting in PostgreSQL's manual. */
export function settingManual(page: string, setting: string): string {
	return postgresManual(`runtime-config-${page}#GUC-${setting.toUpperCase().replaceAll("_", "-")}`);
}

/** An issue of EnterpriseDB/repmgr. */
export function issue(number: number): string {
	return `https://github.com/EnterpriseDB/repmgr/issues/${number}`;
}

/** All nodes but the witness: each of them may become the primary. */
export function dataNodes({ nodes }: Setup): readonly NodeSetup[] {
	return nodes.filter(isDataNode);
}

export function isDataNode({ registration: { type } }: NodeSetup): boolean {
	return type !== "witness";
}

/** The registered primary; null where there is none, or more than one. */
export function primaryOf({ nodes }: Setup): NodeSetup | null {
	const primaries = nodes.filter(({ registration: { type, active } }) => type === "primary" && active);
	return primaries.length === 1 ? (primaries[0] ?? null) : null;
}

/** All nodes but one. */
export function othersOf({ nodes }: Setup, node: NodeSetup): readonly NodeSetup[] {
	return nodes.filter((other) => other !== node);
}
