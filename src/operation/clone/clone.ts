import type { CloneHostIntent, CloneIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted, sentence } from "../../text/words.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import {
	canRunOn,
	hasConfigFile,
	isNotFenced,
	programsExist,
	sameVersion,
	stopsItsServer,
	sudoWorks,
} from "../checks/hosts.ts";
import { notSynchronous } from "../checks/restart.ts";
import { ACCEPT_LOSS, type Values } from "../command-line.ts";
import type { Operation } from "../operation.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { BlastRadius, Confirmation, Requested } from "../plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { NO_PRIMARY, nodeIdOf } from "../questions.ts";
import { hasNoFollowers, repmgrdRuns } from "../rejoin/checks.ts";
import { compareWal, type WalComparison } from "../rejoin/wal-comparison.ts";
import { serviceIsIdle } from "../service/changing.ts";
import { barmanChecksOf, barmanOf } from "./barman.ts";
import { givenBarman } from "./barman-options.ts";
import { surveyChecks, timeNeeded, whoUsesIt, withBackup } from "./checks.ts";
import { planCloneHost } from "./host.ts";
import { optionsOf, rateOf, wrongRate } from "./options.ts";
import { fateOfOld, oldIsOfCluster } from "./place-checks.ts";
import { cloneQuestions, DEFAULT_CONFIG_FILE, NEW_HOST } from "./questions.ts";
import { cloneSteps } from "./steps.ts";
import { type Clone, cloneSlot, targetOf } from "./target.ts";

export const CLONE: Operation<CloneIntent | CloneHostIntent> = {
	kind: "clone",
	alsoPlans: ["clone-host"],
	title: "clone",
	about:
		"A standby, or a former primary that is stopped, gets a new data directory from its upstream; the old one is kept beside it.",
	commandLine: {
		about: "replace a node's data directory by a copy of its upstream, or make a new standby on a host",
		takesNode: true,
		options: [
			{
				flags: "--upstream <node>",
				about: "copy from this node and follow it, instead of the primary",
				key: "upstream",
				takes: "node",
				noPrimary: "no primary is seen, or more than one: give --upstream",
			},
			{
				flags: "--method <method>",
				about:
					"basebackup: pg_basebackup from the upstream, which is the default; barman: the newest backup of Barman and its WAL",
				key: "method",
				choices: ["basebackup", "barman"],
			},
			{
				flags: "--barman <host:server>",
				about:
					"copy from this Barman: its host for ssh, and its own name for the server; without it those of repmgr.conf",
				key: "barman",
			},
			{
				flags: "--max-rate <rate>",
				about: "the most that is copied in a second: kB, or MB with the suffix M",
				key: "maxRate",
			},
			{
				flags: "--spread-checkpoint",
				about:
					"let the upstream write its checkpoint before the copy as slowly as its own, to spare its disks; the copy waits for it",
				key: "spreadCheckpoint",
			},
			{
				flags: "--keep-old",
				about: "keep the old data directory under a dated name, which is the default",
				key: "keepOld",
			},
			{
				flags: "--discard-old",
				about:
					"delete the old data directory: once the new server streams, or before the copy if the disk can't hold both",
				key: "discardOld",
			},
			{
				flags: "--config-file <path>",
				about: "repmgr.conf of a new standby, which is given by its host's name or address",
				key: "configFile",
			},
			ACCEPT_LOSS,
		],
		unregistered: (host, values, snapshot) => {
			const { upstream } = values;
			const upstreamNodeId =
				upstream === undefined
					? snapshot.cluster.primaryNodeId
					: (snapshot.nodes.find(
							({ nodeId, nodeName }) => nodeName === upstream || String(nodeId) === upstream,
						)?.nodeId ?? null);
			return upstreamNodeId === null ? null : onHost(host, values, upstreamNodeId);
		},
	},
	questions: cloneQuestions,
	intent: (values) =>
		values.node === NEW_HOST
			? onHost(String(values.newHost ?? "").trim(), values, nodeIdOf(values, "upstream"))
			: {
					kind: "clone",
					nodeId: nodeIdOf(values),
					upstreamNodeId: nodeIdOf(values, "upstream"),
					...rateAndMethod(values),
				},
	needs: { cloneSurvey: true },
	barman: givenBarman,
	plan: (intent, facts) =>
		intent.kind === "clone-host" ? planCloneHost(intent, facts) : planClone(intent, facts),
};

function onHost(host: string, values: Values, upstreamNodeId: number): CloneHostIntent {
	const configFile = String(values.configFile || DEFAULT_CONFIG_FILE);
	return { kind: "clone-host", host, configFile, upstreamNodeId, ...rateAndMethod(values) };
}

function rateAndMethod(values: Values) {
	return {
		maxRate: String(values.maxRate ?? ""),
		...methodOf(values),
		spreadCheckpoint: values.spreadCheckpoint === true,
		discardOld: values.discardOld === true,
	};
}

/** To name Barman is to choose it, unless the other method was named. */
function methodOf(values: Values): Required<Pick<CloneIntent, "method" | "barman">> {
	const barman = String(values.barman ?? "");
	const method = values.method ?? (barman === "" ? "basebackup" : "barman");
	return { method: method === "barman" ? "barman" : "basebackup", barman };
}

/** `repmgr standby clone` beside the old directory, whose server runs on meanwhile; then the two change places. */
function planClone(intent: CloneIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	const upstream = nodeOf(facts, intent.upstreamNodeId);
	if (node === null || upstream === null) return refused("no such node is registered");
	const title = `clone ${quoted(node)} from ${quoted(upstream)}`;
	const unfit = unfitToClone(title, facts, node, upstream);
	if (unfit !== null) return unfit;
	const maxBytesPerSecond = rateOf(intent.maxRate);
	if (maxBytesPerSecond === undefined) return wrongRate(title, intent.maxRate);
	const read = facts.clone;
	const survey = read?.value;
	if (survey === undefined) {
		return refused(`${title} is refused: its host can't be read`, {
			detail: read?.fault === undefined ? "The console uses no SSH." : sentence(read.fault),
			hint: read?.fault?.hint ?? "SSH to it is needed.",
		});
	}
	const barman = barmanOf(title, intent, facts);
	if (barman !== null && "refusal" in barman) return barman;
	const isRunning = hostOf(facts, node.nodeId).value?.look.postmaster !== false;
	const { primaryNodeId } = facts.snapshot.cluster;
	const primary = primaryNodeId === null ? null : nodeOf(facts, primaryNodeId);
	const wal = isRunning || primary === null ? null : compareWal(facts, node, primary);
	const target = targetOf(facts, node, survey.dataDirectory ?? "");
	const hasSlot = survey.source?.slots.includes(`repmgr_slot_${node.nodeId}`) ?? false;
	const former = formerUpstream(facts, node, upstream);
	const clone: Clone = {
		target,
		upstream,
		isRunning,
		hasSlot,
		options: optionsOf(survey, barman === null ? cloneSlot(target) : null, intent.maxRate),
		isCheckpointSpread: intent.spreadCheckpoint === true,
		barman: barman?.copy ?? null,
		repmgrd: isRunning && hostOf(facts, node.nodeId).value?.look.repmgrd ? "runs" : "is left",
		hasBarman: survey.hasBarman,
		linked: survey.linked,
		old: fateOfOld(withBackup(survey, barman?.copy ?? null), intent.discardOld),
		formerUpstream: target.usesSlots ? former : null,
	};
	const again = `clone ${shellWords([node.nodeName])} --upstream ${shellWords([upstream.nodeName])}`;
	const prerequisites = [
		noOtherOperation(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		isNotFenced(facts, node),
		...serviceIsIdle(facts, node),
		...(isRunning ? [stopsItsServer(facts, node), whoUsesIt(node), notSynchronous(upstream, node)] : []),
		hasNoFollowers(facts, node, upstream),
		...surveyChecks(facts, clone, survey, intent.discardOld, again),
		...oldIsOfCluster(facts, hostOf(facts, node.nodeId).value?.look.controlData, intent.discardOld),
		...(barman === null
			? [timeNeeded(survey, maxBytesPerSecond, clone.isCheckpointSpread)]
			: barmanChecksOf(facts, barman, upstream, survey)),
		sameVersion(facts, [node, upstream]),
		repmgrdRuns(facts, node),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: cloneSteps(clone),
			blastRadius: impactOf(facts, node, clone, wal),
			confirmation: confirmationOf(node, clone, wal),
		}),
	);
}

function unfitToClone(title: string, facts: Facts, node: NodeView, upstream: NodeView): Requested | null {
	const name = shellWords([node.nodeName]);
	if (node === upstream) {
		return refused(`${title} is refused: it can't be its own upstream`, { hint: "--upstream NODE" });
	}
	if (node.registered.type === "witness") {
		return refused(`${title} is refused: it is a witness`, {
			detail: "A witness has no data of the cluster.",
		});
	}
	if (node.observed.role === "primary") {
		return facts.snapshot.cluster.primaryNodeId === node.nodeId
			? refused(`${title} is refused: it is the primary`, {
					detail: "Its data are what all others are copied from.",
					hint: "To make another node the primary first: switchover --to NODE",
				})
			: refused(`${title} is refused: it runs as a primary beside another`, {
					hint: `Decide first which one to keep, then stop this one: stop ${name}`,
				});
	}
	if (facts.snapshot.cluster.primaryNodeId === null) {
		return refused(`${title} is refused: ${NO_PRIMARY}`, {
			detail: "repmgr registers the node on the primary.",
			hint: 'See "status" for why.',
		});
	}
	const look = hostOf(facts, node.nodeId).value?.look;
	return !node.observed.reachable && look?.postmaster
		? refused(`${title} is refused: its server runs, and does not answer`, {
				detail: `It is ${node.observed.status}; it might be a primary.`,
				hint: `Stop it first: stop ${name}`,
			})
		: null;
}

/** The node that has its slot, and will not have it as a standby any more; null: none, or it can't be asked. */
function formerUpstream(facts: Facts, node: NodeView, upstream: NodeView): NodeView | null {
	const id = node.observed.upstreamNodeId ?? node.registered.upstreamNodeId;
	const former = id === null || id === upstream.nodeId ? null : nodeOf(facts, id);
	return former?.observed.reachable ? former : null;
}

function impactOf(
	facts: Facts,
	node: NodeView,
	{ isRunning, old, target }: Clone,
	wal: WalComparison | null,
): BlastRadius {
	const { dataDirectory } = target;
	const own = wal === null || wal.kind === "attaches" ? "" : ` ${wal.found}`;
	const said = {
		keep: `The old directory stays as ${dataDirectory}.old-DATE, with its postgresql.auto.conf and logs: delete it when it is no longer needed.`,
		"discard afterwards": "The old directory is deleted once the new server streams.",
		"discard first": "The old directory is deleted before the copy: if the copy fails, the node has no data.",
	}[old];
	const meanwhile =
		isRunning && old !== "discard first" ? `The old server serves reads until the copy is there. ` : "";
	return impact({
		restarts: [node.nodeId],
		dropped: isRunning ? connectionsTo(facts, node) : "",
		lossBytes: old === "keep" || wal === null ? 0 : wal.lossBytes,
		reasoning: `${meanwhile}${said} Settings made there by ALTER SYSTEM are replaced by those of the upstream.${own}`,
	});
}

function confirmationOf(
	{ nodeName: name }: NodeView,
	{ old }: Clone,
	wal: WalComparison | null,
): Confirmation {
	return old !== "keep" && wal !== null && wal.lossBytes !== 0
		? { kind: "name and loss", name, lossBytes: wal.lossBytes }
		: { kind: "name", name };
}
