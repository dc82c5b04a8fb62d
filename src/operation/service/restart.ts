import { quoted } from "../../text/words.ts";
import { noOtherOperation, pauseKnown } from "../checks/cluster.ts";
import { restartChecks } from "../checks/restart.ts";
import type { Operation } from "../operation.ts";
import { pausedNow, pauseSteps, restorePauses } from "../pause/steps.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Expectation, Requested } from "../plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion } from "../questions.ts";
import { type ServiceIntent, serviceStep, watchRole } from "./steps.ts";
export const RESTART: Operation<ServiceIntent> = {
	kind: "restart",
	title: "restart PostgreSQL",
	about: "Restarts the server of a node; its connections drop.",
	commandLine: { about: "restart PostgreSQL on a node", takesNode: true },
	questions: ({ nodes }) => [
		nodeQuestion("node", "The node", nodes, ({ observed, registered }) => ({
			note: `${registered.type}, ${observed.status}`,
			unfit: observed.reachable ? null : `it is ${observed.status}`,
		})),
	],
	intent: (values) => ({ kind: "restart", nodeId: nodeIdOf(values) }),
	plan: planRestart,
};

function planRestart(intent: ServiceIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `restart PostgreSQL on ${quoted(node)}`;
	const isPrimary = node.observed.role === "primary";
	const prerequisites = [
		noOtherOperation(facts),
		...restartChecks(facts, node),
		...(isPrimary ? [pauseKnown(facts)] : []),
	];
	const upstream = node.observed.upstreamNodeId;
	const expected: Expectation | null = isPrimary
		? { kind: "primary", nodeId: node.nodeId }
		: upstream === null
			? null
			: { kind: "streaming", nodeId: node.nodeId, fromNodeId: upstream };
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				// repmgrd must not mistake a primary that restarts slowly for a dead one.
				...(isPrimary ? pauseSteps(facts, facts.snapshot.nodes) : []),
				serviceStep(facts, node, "restart"),
				...watchRole(facts, node, expected),
				...(isPrimary ? restorePauses(facts) : []),
			],
			blastRadius: impact({
				restarts: [node.nodeId],
				dropped: connectionsTo(facts, node),
				writeOutageSeconds: isPrimary ? { from: 0.5, to: 30 } : null,
				reasoning: isPrimary ? "How long it takes depends on its checkpoint and its service manager." : "",
			}),
			confirmation: isPrimary ? { kind: "name", name: node.nodeName } : { kind: "yes" },
			pausedBefore: isPrimary ? pausedNow(facts) : [],
		}),
	);
}
