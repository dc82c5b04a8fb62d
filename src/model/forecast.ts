import type { Lsn } from "./lsn.ts";

/** Seconds, from the least to the most. */
export interface SecondsRange {
	readonly least: number;
	readonly most: number;
}

/** The part of one node other than the primary. */
export interface ForecastNode {
	readonly nodeId: number;
	readonly nodeName: string;
	/** Its place among those that may be promoted, from 1; null: it is none of them. */
	readonly rank: number | null;
	/** What it has received; null where that does not matter or is not known. */
	readonly receiveLsn: Lsn | null;
	/** Why it has this place, or none. */
	readonly reason: string;
	/** What becomes of it. */
	readonly afterwards: string;
}

/** What repmgrd would do if the primary died now, or is to do about one that is lost. Texts are clauses: lower case, no full stop. */
export interface ElectionForecast {
	readonly primaryNodeId: number;
	/** When the primary was lost, at the latest (epoch ms); null while it is there. */
	readonly lostAt: number | null;
	/** Of a lost one: when another server is to be the primary (epoch ms); null where nobody is promoted or that is not known. */
	readonly dueAt: { readonly from: number; readonly to: number } | null;
	/** Who would be promoted: nobody, one, or, where copies of repmgr.nodes differ, more than one. */
	readonly promotedNodeIds: readonly number[];
	/** False: nobody is promoted only if nodes that do not answer us do not answer the others either. */
	readonly isSure: boolean;
	/** Why that one before the others, or why nobody. */
	readonly reason: string;
	/** Standbys that stream while WAL is being written: who of them has received more at that moment wins. */
	readonly rivalNodeIds: readonly number[];
	/** All nodes but the primary: those that may be promoted in their order, then the others. */
	readonly nodes: readonly ForecastNode[];
	/** Nodes that answer, of the active ones registered under the primary; more than half must. */
	readonly visible: number;
	readonly electorate: number;
	/**
	 * From the primary's death until another server is primary; null where nobody is promoted, and where the
	 * winner's repmgr.conf was not read. `crash`: the primary's host lives and refuses connections; `cut`: nothing
	 * answers (network, power, a frozen server).
	 */
	readonly seconds: { readonly crash: SecondsRange; readonly cut: SecondsRange } | null;
	/** WAL that the winner had not received when it was last read; null where not known, or nobody is promoted. */
	readonly lossBytes: number | null;
	/** How old the oldest lost commit may be. */
	readonly lossSeconds: number | null;
	/** Commits wait for the winner, so that none is lost of which a client was told. */
	readonly isSynchronous: boolean;
	/** What would go less well than it could: reasons not to rely on it. */
	readonly reservations: readonly string[];
	/** What was taken for granted because it can't be seen. */
	readonly assumptions: readonly string[];
}
