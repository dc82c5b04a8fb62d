import type { Registration } from "./registration.ts";

/**
 * What is compared: of the cluster ("primary"), of a node's row in repmgr.nodes, and of the node that has the view
 * ("ownUpstream", its repmgrd's upstream, and when that was last seen).
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
 * "primary": the ids of all active primaries; upstreams: an id or "none"; "repmgrdLastSeen": seconds; "missing": the copy
 * does not have the node. Null: not known, or it does not exist.
 */
export type AttributeValue = string | number | boolean | readonly number[] | null;

/** A node's view of the cluster: its own copy of repmgr.nodes and its own repmgrd. */
export interface MetadataView {
	readonly nodeId: number;
	readonly nodeName: string;
	/** As last read, times by the console's clock (epoch ms); null where it was never read, or may not be. */
	readonly copy: {
		readonly rows: readonly Registration[];
		readonly readAt: number;
		/** Null where it is not known. */
		readonly unchangedSince: number | null;
	} | null;
	/** Does the node answer now? An older view is not compared. */
	readonly isCurrent: boolean;
}

/** One attribute in all views. */
export interface Comparison {
	readonly attribute: Attribute;
	/** The node it is about; null: the cluster, or the node that has the view. */
	readonly about: number | null;
	/** Null where it is not, or can't be, observed. */
	readonly observed: AttributeValue;
	/** In the order of the views. */
	readonly answers: readonly {
		readonly answer: AttributeValue;
		/** The expected value: observed, else from the authoritative copy (assess/authority.ts). */
		readonly reference: AttributeValue;
		/** A current view with another value than expected. */
		readonly differs: boolean;
	}[];
}

export interface Viewpoints {
	/** In order of node id. */
	readonly views: readonly MetadataView[];
	readonly comparisons: readonly Comparison[];
}

/** The views that differ from what is expected. */
export function disagreeingViews({ views, comparisons }: Viewpoints): readonly MetadataView[] {
	return views.filter((_, position) => comparisons.some(({ answers }) => answers[position]?.differs));
}
