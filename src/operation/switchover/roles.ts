import type { NodeView } from "../../model/snapshot.ts";

/** Two nodes change places, and everybody else. */
export interface Roles {
	readonly candidate: NodeView;
	readonly primary: NodeView;
	/** The other active nodes, a witness among them. */
	readonly siblings: readonly NodeView[];
}
