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
	/** Its rank among those that may be promoted, from 1; null: it is not one of them. */
	readonly rank: number | null;
	/** Null where it does not matter or is not known. */
	readonly receiveLsn: Lsn | null;
	/** Why it has this rank, or none. */
	readonly reason: string;
	/** What happens to it. */
	readonly afterwards: string;
}

/** What repmgrd would do if the primary died now, or will do about a lost one. Texts are clauses: lower case, no full stop. */
export interface ElectionForecast {
	readonly primaryNodeId: number;
	/** When the primary was lost, at the latest (epoch ms); null while it runs. */
	readonly lostAt: number | null;
	/** With a lost one: when another server should be the primary (epoch ms); null where none is promoted or it is not known. */
	readonly dueAt: { readonly from: number; readonly to: number } | null;
	/** None, one, or, where copies of repmgr.nodes differ, more than one. */
	readonly promotedNodeIds: readonly number[];
	/** False: none is promoted, unless nodes that do not answer this console answer the others. */
	readonly isSure: boolean;
	/** Why that standby, or why none. */
	readonly reason: string;
	/** Standbys that stream while WAL is being written: the one that has received most at that moment wins. */
	readonly rivalNodeIds: readonly number[];
	/** All nodes but the primary: those that may be promoted by rank, then the others. */
	readonly nodes: readonly ForecastNode[];
	/** Nodes that answer, of the active ones registered under the primary; more than half must. */
	readonly visible: number;
	readonly electorate: number;
	/**
	 * From the primary's death until another server is primary; null where none is promoted, and where the winner's
	 * repmgr.conf was not read. `crash`: the primary's host runs and refuses connections; `cut`: nothing answers (network,
	 * power, a frozen server).
	 */
	readonly seconds: { readonly crash: SecondsRange; readonly cut: SecondsRange } | null;
	/** WAL that the winner had not received at the last reading; null where not known, or none is promoted. */
	readonly lossBytes: number | null;
	/** The greatest possible age of a lost commit. */
	readonly lossSeconds: number | null;
	/** Commits wait for the winner, so that no acknowledged commit is lost. */
	readonly isSynchronous: boolean;
	/** Reasons not to rely on the failover. */
	readonly reservations: readonly string[];
	/** What was assumed because it can't be seen. */
	readonly assumptions: readonly string[];
}
