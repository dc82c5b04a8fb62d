import type { DrillIntent } from "../cluster/intent.ts";
import type { NodeView } from "../cluster/snapshot.ts";
import type { Step } from "./plan.ts";

export interface DrillRoles {
	readonly primary: NodeView;
	/** Whom repmgrd would promote; null: nobody, or not one. */
	readonly winner: NodeView | null;
	/** The other active nodes, the winner and a witness among them. */
	readonly others: readonly NodeView[];
	readonly how: DrillIntent["how"];
}

/** Of a step that runs nothing on a host; it names the node that it is about. */
export function byConsole({ nodeId }: NodeView): Pick<Step, "by" | "command"> {
	return { by: "this console", command: { nodeId, user: "", argv: [], sharesSshTo: [] } };
}
