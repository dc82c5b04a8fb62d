import type { Intent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Expectation, Step } from "../plan/plan.ts";
import { step, watchStep } from "../plan/step.ts";
import { serviceCommand } from "./command.ts";

/** `repmgr node service --action=…`: runs the service command of the node's repmgr.conf. */
export type ServiceIntent = Extract<Intent, { kind: "start" | "stop" | "restart" }>;

/** @param how "shut down": only a clean shutdown will do. */
export function stopStep(facts: Facts, node: NodeView, how: "stopped" | "shut down"): Step {
	return step({
		key: "stop",
		title: `stop PostgreSQL on ${quoted(node)}`,
		command: serviceCommand(facts, node, "stop"),
		expects: [{ kind: how, nodeId: node.nodeId }],
		settleSeconds: 60,
		verification: `no postmaster runs on the host of ${quoted(node)}${how === "stopped" ? "" : ', and its control data say "shut down"'}`,
		wayBack:
			node.observed.role === "primary"
				? `Nothing is lost. If ${quoted(node)} is started again, it is a primary as before.`
				: `Start ${quoted(node)} again.`,
	});
}

/** Done when the server answers; watchRole() waits for its role. */
export function serviceStep(facts: Facts, node: NodeView, action: "start" | "restart"): Step {
	return step({
		key: action,
		title: `${action} PostgreSQL on ${quoted(node)}`,
		command: serviceCommand(facts, node, action),
		expects: [{ kind: "restarted", nodeId: node.nodeId }],
		settleSeconds: 60,
		verification: `${quoted(node)} answers`,
		wayBack: "See its log for why it does not start.",
	});
}

/** Watches a started server accept writes, or stream from its upstream. */
export function watchRole(facts: Facts, node: NodeView, expected: Expectation | null): readonly Step[] {
	if (expected === null) return [];
	const upstream = expected.kind === "streaming" ? nodeOf(facts, expected.fromNodeId) : null;
	const title =
		upstream === null
			? `see ${quoted(node)} accept writes`
			: `see ${quoted(node)} stream from ${quoted(upstream)}`;
	return [watchStep("in-place", title, node, expected)];
}
