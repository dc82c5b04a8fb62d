import type { Intent } from "../model/intent.ts";
import { current } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";
import { quoted } from "../text/words.ts";
import { failed, ok } from "./checks/check.ts";
import { noOtherOperation } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile, programsExist, sudoWorks } from "./checks/hosts.ts";
import type { Operation } from "./operation.ts";
import { repmgr } from "./plan/commands.ts";
import { confValue, type Facts, nodeOf } from "./plan/facts.ts";
import type { Requested } from "./plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "./plan/refusal.ts";
import { step } from "./plan/step.ts";
import { nodeIdOf, nodeQuestion } from "./questions.ts";

type RepmgrdIntent = Extract<Intent, { kind: "repmgrd-start" | "repmgrd-stop" }>;

export const REPMGRD_START = repmgrdOperation(
	"repmgrd-start",
	"start repmgrd",
	"Starts the daemon of a node, so that it takes part in failovers.",
);

export const REPMGRD_STOP = repmgrdOperation(
	"repmgrd-stop",
	"stop repmgrd",
	"Stops the daemon of a node: it takes no part in failovers then.",
);

function repmgrdOperation(
	kind: RepmgrdIntent["kind"],
	title: string,
	about: string,
): Operation<RepmgrdIntent> {
	return {
		kind,
		title,
		about,
		commandLine: { about: `${title} on a node`, takesNode: true },
		questions: ({ nodes }) => [
			nodeQuestion("node", "The node", nodes, (node) => ({
				note: `${node.registered.type}, repmgrd ${node.repmgrd.running === null ? "unknown" : node.repmgrd.running ? "runs" : "does not run"}`,
				unfit: unfitTo(kind, node),
			})),
		],
		intent: (values) => ({ kind, nodeId: nodeIdOf(values) }),
		plan: planRepmgrd,
	};
}

function unfitTo(kind: RepmgrdIntent["kind"], { repmgrd, observed, state }: NodeView): string | null {
	if (repmgrd.running === true && kind === "repmgrd-start") return "it runs";
	if (repmgrd.running === false && kind === "repmgrd-stop") return "it does not run";
	return !observed.reachable && current(state.host) === null
		? `it is ${observed.status}, and its host does not answer either`
		: null;
}

/** `repmgr daemon start|stop`, by the commands of the node's repmgr.conf; the server then says whether repmgrd runs. */
function planRepmgrd(intent: RepmgrdIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const isRunning = intent.kind === "repmgrd-start";
	const action = isRunning ? "start" : "stop";
	const title = `${action} repmgrd on ${quoted(node)}`;
	if (node.repmgrd.running === isRunning) {
		return refused(`repmgrd on ${quoted(node)} ${isRunning ? "runs" : "is stopped"} already`);
	}
	const parameter = `repmgrd_service_${action}_command`;
	const command = confValue(facts, node.nodeId, parameter);
	const prerequisites = [
		noOtherOperation(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		command === null
			? failed(`${parameter} is set`, "It is not, or repmgr.conf can't be read.", "Set it in repmgr.conf.")
			: ok(`${parameter} is set`, `${command}.`),
		sudoWorks(facts, node),
		programsExist(facts, node, parameter),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				step({
					key: intent.kind,
					title,
					command: repmgr(facts, node, ["daemon", action]),
					expects: [{ kind: "repmgrd", nodeId: node.nodeId, isRunning }],
					settleSeconds: 30,
					verification: `the server of ${quoted(node)} says that repmgrd ${isRunning ? "runs" : "does not run"}`,
					wayBack: `daemon ${isRunning ? "stop" : "start"}.`,
				}),
			],
			blastRadius: impact({
				reasoning: isRunning ? "" : `Without it ${quoted(node)} takes no part in a failover.`,
			}),
			confirmation: { kind: "yes" },
		}),
	);
}
