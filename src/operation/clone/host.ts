import type { CloneHostIntent } from "../../model/intent.ts";
import { cutName, quoted, sentence } from "../../text/words.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { commandsCanBeRun } from "../register/host.ts";
import { surveyChecks, timeNeeded } from "./checks.ts";
import { optionsOf, rateOf, wrongRate } from "./options.ts";
import { cloneSteps } from "./steps.ts";
import { type Clone, cloneSlot, targetOn } from "./target.ts";

/** The same for a host without a row: its repmgr.conf says which node it will be. */
export function planCloneHost(intent: CloneHostIntent, facts: Facts): Requested {
	const { nodes, cluster } = facts.snapshot;
	const title = `clone a new standby onto "${cutName(intent.host)}"`;
	const upstream = nodeOf(facts, intent.upstreamNodeId);
	if (upstream === null || cluster.primaryNodeId === null)
		return refused(`${title} is refused: no primary is seen, or more than one`, {
			hint: 'See "status" for why.',
		});
	const { unregisteredHost: there, clone: read } = facts;
	const host = there?.survey.value;
	const survey = read?.value;
	if (there === undefined || host === undefined || survey === undefined) {
		const fault = there?.survey.fault ?? read?.fault;
		return refused(`${title} is refused: its host can't be read`, {
			detail: `No node is called "${cutName(intent.host)}": there are ${nodes.map(({ nodeName }) => nodeName).join(", ")}. ${fault === undefined ? "The console uses no SSH." : `As a host: ${sentence(fault)}`}`,
			hint: fault?.hint ?? "SSH to it is needed, by the name or address that was given.",
		});
	}
	const nodeId = host.configuredNodeId;
	const nodeName = host.look.repmgrConf?.node_name;
	const target = targetOn(facts);
	if (nodeId === null || nodeName === undefined || target === null) {
		return refused(`${title} is refused: no repmgr.conf says which node it is`, {
			detail: `${there.configFile} can't be read there by the owner of the database, or has no node_id and node_name.`,
			hint: "Write one, with its own node_id, or give its path: --config-file PATH",
		});
	}
	const known = nodes.find((node) => node.nodeId === nodeId || node.nodeName === nodeName);
	if (known !== undefined) {
		return refused(`${title} is refused: ${quoted(known)} is registered as node ${known.nodeId}`, {
			detail: `${there.configFile} there says that it is node ${nodeId}, "${cutName(nodeName)}".`,
			hint: `If it is that node: clone ${known.nodeName}. If not, give it its own node_id and node_name.`,
		});
	}
	if (host.look.postmaster) {
		return refused(`${title} is refused: a server runs in its data directory`, {
			detail: `It is process ${host.look.postmaster.pid}.`,
			hint: `If it is to be replaced, stop it first. If it is a standby that streams already: register ${cutName(intent.host)}`,
		});
	}
	const maxBytesPerSecond = rateOf(intent.maxRate);
	if (maxBytesPerSecond === undefined) return wrongRate(title, intent.maxRate);
	const clone: Clone = {
		target,
		upstream,
		isRunning: false,
		repmgrdRuns: false,
		hasSlot: survey.source?.slots.includes(`repmgr_slot_${nodeId}`) ?? false,
		options: optionsOf(survey, cloneSlot(target), intent.maxRate),
		hasBarman: survey.hasBarman,
		old: intent.discardOld ? "discard afterwards" : "keep",
		formerUpstream: null,
	};
	const again = `clone ${cutName(intent.host)}`;
	const prerequisites = [
		noOtherOperation(facts),
		commandsCanBeRun(host),
		...surveyChecks(facts, clone, survey, intent.discardOld, again),
		timeNeeded(survey, maxBytesPerSecond),
	];
	return refusedUnless(title, prerequisites, () => {
		const plan = planOf(intent, title, facts, {
			prerequisites,
			steps: cloneSteps(clone),
			blastRadius: impact({
				restarts: [nodeId],
				reasoning: `Node ${nodeId}, "${cutName(nodeName)}", gets its data from ${quoted(upstream)} and a row in repmgr.nodes. It counts in elections once repmgrd runs there.`,
			}),
			confirmation: { kind: "yes" },
		});
		return { ...plan, nodes: [...plan.nodes, { nodeId, nodeName }] };
	});
}
