import type { CloneHostIntent } from "../../model/intent.ts";
import { cutName, quoted, sentence } from "../../text/words.ts";
import { ok, warning } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { isNotFenced, type NodeName, programsExist, sudoWorks } from "../checks/hosts.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { commandsCanBeRun } from "../register/host.ts";
import { barmanChecksOf, barmanOf } from "./barman.ts";
import { surveyChecks, timeNeeded, withBackup } from "./checks.ts";
import { optionsOf, rateOf, wrongRate } from "./options.ts";
import { fateOfOld, oldIsOfCluster } from "./place-checks.ts";
import { cloneSteps } from "./steps.ts";
import { type Clone, cloneSlot, targetOn } from "./target.ts";

/** The same for a host without a row: its repmgr.conf says which node it will be. */
export function planCloneHost(intent: CloneHostIntent, facts: Facts): Requested {
	const { nodes, cluster } = facts.snapshot;
	if (intent.host === "")
		return refused("clone a new standby is refused: no host is named", {
			hint: "Name the new host, by its name or address for SSH.",
		});
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
	const barman = barmanOf(title, intent, facts);
	if (barman !== null && "refusal" in barman) return barman;
	const clone: Clone = {
		target,
		upstream,
		isRunning: false,
		repmgrd: host.look.repmgrd ? "runs" : hasStartCommand(facts) ? "is started" : "is left",
		hasSlot: survey.source?.slots.includes(`repmgr_slot_${nodeId}`) ?? false,
		options: optionsOf(survey, barman === null ? cloneSlot(target) : null, intent.maxRate),
		isCheckpointSpread: intent.spreadCheckpoint === true,
		barman: barman?.copy ?? null,
		hasBarman: survey.hasBarman,
		linked: survey.linked,
		old: fateOfOld(withBackup(survey, barman?.copy ?? null), intent.discardOld),
		formerUpstream: null,
	};
	const again = `clone ${cutName(intent.host)}`;
	const prerequisites = [
		noOtherOperation(facts),
		commandsCanBeRun(host),
		...serviceChecks(facts, { nodeId, nodeName }),
		...surveyChecks(facts, clone, survey, intent.discardOld, again),
		...oldIsOfCluster(facts, host.look.controlData, intent.discardOld),
		...(barman === null
			? [timeNeeded(survey, maxBytesPerSecond, clone.isCheckpointSpread)]
			: barmanChecksOf(facts, barman, upstream, survey)),
	];
	return refusedUnless(title, prerequisites, () => {
		const plan = planOf(intent, title, facts, {
			prerequisites,
			steps: cloneSteps(clone),
			blastRadius: impact({
				restarts: [nodeId],
				reasoning: `Node ${nodeId}, "${cutName(nodeName)}", gets its data from ${quoted(upstream)} and a row in repmgr.nodes.${clone.repmgrd === "is left" ? " It counts in elections once repmgrd runs there." : ""}`,
			}),
			confirmation: { kind: "yes" },
		});
		return { ...plan, nodes: [...plan.nodes, { nodeId, nodeName }] };
	});
}

function hasStartCommand({ unregisteredHost }: Facts): boolean {
	return Boolean(unregisteredHost?.survey.value?.look.repmgrConf?.repmgrd_service_start_command);
}

/** Whether its server, and repmgrd, can be started: by the checks for nodes. */
function serviceChecks(facts: Facts, node: NodeName): readonly Prerequisite[] {
	const { unregisteredHost, survey } = facts;
	if (unregisteredHost === undefined) return [];
	const server = { fault: { kind: "command", message: "it has none yet" } } as const;
	const read = { nodeId: node.nodeId, server, host: unregisteredHost.survey };
	const withHost: Facts = {
		...facts,
		survey: { ...survey, nodes: new Map([...survey.nodes, [node.nodeId, read]]) },
		ownerOn: (nodeId) => (nodeId === node.nodeId ? unregisteredHost.user : facts.ownerOn(nodeId)),
	};
	const title = "repmgrd is started there";
	return [
		sudoWorks(withHost, node),
		programsExist(withHost, node),
		isNotFenced(withHost, node),
		hasStartCommand(facts)
			? ok(title, "repmgr.conf has repmgrd_service_start_command.")
			: warning(
					title,
					"repmgr.conf has no repmgrd_service_start_command: it takes no part in failovers until repmgrd runs there.",
					`Set it; or start repmgrd there afterwards, as the unit of the host.`,
				),
	];
}
