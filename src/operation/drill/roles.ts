import type { DrillIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";

export interface DrillRoles {
	readonly primary: NodeView;
	/** Whom repmgrd would promote; null: nobody, or not one. */
	readonly winner: NodeView | null;
	/** The other active nodes, the winner and a witness among them. */
	readonly others: readonly NodeView[];
	readonly how: DrillIntent["how"];
}
