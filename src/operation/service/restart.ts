import { quoted } from "../../text/words.ts";
import { noOtherOperation, pauseKnown } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, hasDiskSpace, programsExist, sudoWorks } from "../checks/hosts.ts";
import { noBackup, noLongTransactions } from "../checks/primary-work.ts";
import type { Operation } from "../operation.ts";
import { pausedNow, restorePauses, setPaused } from "../pause/steps.ts";
import { type Facts, nodeOf, serverOf } from "../plan/facts.ts";
import type { Expectation, Requested } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion } from "../questions.ts";
import { afterwardsSteps, type ServiceIntent, serviceStep } from "./steps.ts";
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
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		hasDiskSpace(facts, node),
		noBackup(facts, node),
		noLongTransactions(facts, node),
		...(isPrimary ? [pauseKnown(facts)] : []),
	];
	const upstream = node.observed.upstreamNodeId;
	const afterwards: Expectation | null = isPrimary
		? { kind: "primary", nodeId: node.nodeId }
		: upstream === null
			? null
			: { kind: "streaming", nodeId: node.nodeId, fromNodeId: upstream };
	// repmgrd must not mistake a primary that restarts slowly for a dead one.
	const others = isPrimary ? facts.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused === false) : [];
	const sessions = serverOf(facts, node.nodeId).value?.clientSessions;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...others.map((other) => setPaused(facts, other, true, "in order")),
				serviceStep(facts, node, "restart"),
				...afterwardsSteps(facts, node, afterwards),
				...(isPrimary ? restorePauses(facts) : []),
			],
			blastRadius: {
				restarts: [node.nodeId],
				dropped: `all connections to ${quoted(node)}${sessions == null ? "" : ` (now ${sessions} of clients)`}`,
				writeOutageSeconds: isPrimary ? { from: 0.5, to: 30 } : null,
				lossBytes: 0,
				reasoning: isPrimary ? "How long it takes depends on its checkpoint and its service manager." : "",
			},
			confirmation: isPrimary ? { kind: "name", name: node.nodeName } : { kind: "yes" },
			pausedBefore: isPrimary ? pausedNow(facts) : [],
		}),
	);
}
