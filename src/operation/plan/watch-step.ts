import type { NodeView } from "../../model/snapshot.ts";
import type { Expectation, Step } from "./plan.ts";

/** Of a step that runs nothing on a host; it names the node that it is about. */
export function byConsole({ nodeId }: NodeView): Pick<Step, "by" | "command"> {
	return { by: "this console", command: { nodeId, user: "", argv: [], sharesSshTo: [] } };
}

/** What a command brings about beyond what its own step is named for: only watched, with a result of its own. */
export function watchStep(key: string, title: string, node: NodeView, expects: Expectation): Step {
	return {
		key,
		title,
		...byConsole(node),
		expects: [expects],
		settleSeconds: 60,
		verification: "the cluster shows it",
		wayBack: 'See "status".',
		runs: "in order",
		together: true,
		rejoinLogOn: null,
	};
}
