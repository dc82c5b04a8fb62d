import type { Registration } from "./registration.ts";

/**
 * What can be asked about: about the cluster ("primary"), about a node as copies of repmgr.nodes have it, and
 * about the view itself ("ownUpstream", and its repmgrd's upstream and when that was last seen).
 */
export type Attribute =
	| "primary"
	| "ownUpstream"
	| "repmgrdUpstream"
	| "repmgrdLastSeen"
	| "type"
	| "active"
	| "upstream"
	| "priority"
	| "name"
	| "location"
	| "slot"
	| "conninfo";

/**
 * An answer: of "primary" the ids of all that are registered as active primaries; of upstreams an id or "none"; of
 * repmgrdLastSeen seconds; of a node's type one of the three; of a node that the copy does not have "missing". Null: not known, or there is no such thing.
 */
export type AttributeValue = string | number | boolean | readonly number[] | null;

/** One that has a view of the cluster: a node, by its own copy of repmgr.nodes and its own repmgrd. */
export interface MetadataView {
	readonly nodeId: number;
	readonly nodeName: string;
	/** Its copy as it was read last, by our clock (epoch ms); null where none was or may be read. */
	readonly copy: {
		readonly rows: readonly Registration[];
		readonly readAt: number;
		/** Null where it is not known. */
		readonly unchangedSince: number | null;
	} | null;
	/** Does it answer now? What it said before says nothing about now. */
	readonly isCurrent: boolean;
}

/** One comparison, and what everybody answers. */
export interface Comparison {
	readonly attribute: Attribute;
	/** The node it is about; null: the cluster, or whoever answers. */
	readonly about: number | null;
	/** What is seen; null where it is not, and for what can't be seen. */
	readonly observed: AttributeValue;
	/** In the order of the views. */
	readonly answers: readonly {
		readonly answer: AttributeValue;
		/** What it ought to be: what is seen, else what the copy says that is believed (authority.ts). */
		readonly reference: AttributeValue;
		/** Said now, and otherwise than it ought to be. */
		readonly differs: boolean;
	}[];
}

export interface Viewpoints {
	/** In order of node id. */
	readonly views: readonly MetadataView[];
	readonly comparisons: readonly Comparison[];
}

/** Who says something else than it ought to be. */
export function disagreeingViews({ views, comparisons }: Viewpoints): readonly MetadataView[] {
	return views.filter((_, position) => comparisons.some(({ answers }) => answers[position]?.differs));
}
