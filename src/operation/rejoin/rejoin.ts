import { conninfoTo } from "../../libpq/registered.ts";
import type { RejoinIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { roomFor } from "../checks/candidate.ts";
import { failed } from "../checks/check.ts";
import { noOtherOperation, onlyFollows } from "../checks/cluster.ts";
import {
	canRunOn,
	hasConfigFile,
	hasDiskSpace,
	isOfThisCluster,
	keepsSettings,
	notHalfRewound,
	programsExist,
	sameVersion,
	sudoWorks,
} from "../checks/hosts.ts";
import { archiveIsUpToDate } from "../checks/primary-work.ts";
import { barmanHelps } from "../clone/barman-checks.ts";
import { ACCEPT_LOSS } from "../command-line.ts";
import { fenceTakenBack } from "../fence/checks.ts";
import type { Operation } from "../operation.ts";
import { pausedNow } from "../pause/steps.ts";
import { type Facts, hostOf, isUsingSlots, nodeOf } from "../plan/facts.ts";
import type { Alternative, BlastRadius, Confirmation, Prerequisite, Requested } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion, proposedFirst } from "../questions.ts";
import { serviceIsIdle } from "../service/changing.ts";
import { alternatives } from "./alternatives.ts";
import {
	canBeRewound,
	canBeSaved,
	hasNoFollowers,
	hasNoOwnWal,
	hasWalToRewind,
	noOtherPrimary,
	primaryKnowsBoth,
	rejoinTimeoutFits,
	repmgrdRuns,
	wasShutDown,
} from "./checks.ts";
import { ownWalOf, withCommits } from "./own-commits.ts";
import { stateAround } from "./side-by-side.ts";
import { leftOverSteps, rejoinSteps } from "./steps.ts";
import { compareWal, listOwnCommits, type Rejoin, type WalComparison } from "./wal-comparison.ts";

export const REJOIN: Operation<RejoinIntent> = {
	kind: "rejoin",
	title: "rejoin",
	about:
		"A node that was stopped, crashed or went its own way, mostly a former primary, becomes a standby of the primary.",
	commandLine: {
		about: "make a node that was stopped, a former primary, a standby of the primary",
		takesNode: true,
		options: [
			{
				flags: "--force-rewind",
				about: "rewind it if it has WAL that the primary never had (that WAL is lost)",
				key: "forceRewind",
			},
			{
				flags: "--stop-first",
				about: "stop it if it runs; to stop a second primary, use the command stop",
				key: "stopFirst",
			},
			{
				flags: "--dump",
				about:
					"before a rewind, dump all its databases as SQL beside the saved WAL; its server is started alone for that",
				key: "dump",
			},
			ACCEPT_LOSS,
		],
	},
	questions: ({ nodes, cluster, findings }) => [
		nodeQuestion(
			"node",
			"The node",
			proposedFirst("rejoin", nodes, findings).filter(
				({ nodeId, registered }) => nodeId !== cluster.primaryNodeId && registered.type !== "witness",
			),
			(node) => ({
				note: `registered as ${node.registered.type}, ${node.observed.role === "primary" ? "runs as a primary" : node.observed.status}`,
				unfit: unfitToRejoin(node, nodes),
			}),
		),
		{
			key: "forceRewind",
			kind: "switch",
			title: "it may be rewound: what only it has is lost then",
			option: "--force-rewind",
			isOn: false,
		},
		{
			key: "stopFirst",
			kind: "switch",
			title: "it may be stopped if it runs",
			option: "--stop-first",
			isOn: false,
		},
		{
			key: "dump",
			kind: "switch",
			title: "before a rewind, its databases are dumped as SQL",
			option: "--dump",
			isOn: false,
		},
	],
	intent: (values) => ({
		kind: "rejoin",
		nodeId: nodeIdOf(values),
		forceRewind: values.forceRewind === true,
		stopFirst: values.stopFirst === true,
		dump: values.dump === true,
	}),
	needs: { ownWal: true },
	barman: () => null,
	waitsFor: onlyFollows,
	plan: planRejoin,
};

function unfitToRejoin({ nodeId, observed }: NodeView, nodes: readonly NodeView[]): string | null {
	if (observed.role === "primary") return "it runs as a primary: stop it first";
	if (observed.status === "streaming") return "it streams";
	const primaries = nodes.filter((other) => other.nodeId !== nodeId && other.observed.role === "primary");
	return primaries.length === 1 ? null : "there is no single primary to follow";
}

/** `repmgr node rejoin`: a node that was stopped becomes a standby of the primary again. */
function planRejoin(intent: RejoinIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `rejoin ${quoted(node)}`;
	if (node.registered.type === "witness") {
		return refused(`${title} is refused: it is a witness`, {
			detail: "A witness has no data of the cluster.",
			hint: `start ${shellWords([node.nodeName])}`,
		});
	}
	const others = facts.snapshot.nodes.filter((other) => other !== node && other.observed.role === "primary");
	const [primary] = others;
	if (primary === undefined) return withoutPrimary(title, node);
	if (others.length > 1) {
		return refused(`${title} is refused: ${listed(others.map(quoted))} are primaries`, {
			detail: "This is a split brain: decide first which of them it is to follow.",
			hint: 'See "status": its finding SPLIT_BRAIN says which to keep.',
		});
	}
	if (node.observed.status === "streaming" && node.observed.upstreamNodeId !== null) {
		return refused(`${quoted(node)} is a standby that streams already`, {
			hint: `Another upstream: follow ${shellWords([node.nodeName])} --upstream NODE`,
		});
	}
	const host = hostOf(facts, node.nodeId);
	const isRunning = host.value?.look.postmaster !== false;
	const own = ownWalOf(facts);
	const wal = withCommits(compareWal(facts, node, primary), own);
	const state = host.value?.look.controlData?.state ?? "shut down";
	const isRewound = intent.forceRewind && wal.kind !== "attaches";
	const rejoin: Rejoin = {
		node,
		primary,
		wal,
		isRunning,
		isRecovered: !isRunning && !state.startsWith("shut down"),
		isRewound,
		isDumped: isRewound && intent.dump === true,
		own,
		conninfo: conninfoTo(primary.registered.conninfo),
	};
	const ways = alternatives(facts, rejoin);
	// Where the host can't be read, the checks fail and say why. Anything but a standby is stopped by an operation of its own:
	// what only that node has can be saved once it is stopped.
	if (isRunning && host.fault === undefined && !(intent.stopFirst && node.observed.role === "standby"))
		return withMore(refusedWhileRunning(title, node, primary, wal), wal, ways);
	const prerequisites = checksOf(intent, facts, rejoin);
	const requested = refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: rejoinSteps(facts, rejoin, leftOverSteps(facts, rejoin)),
			blastRadius: impactOf(facts, rejoin),
			confirmation: confirmationOf(rejoin),
			pausedBefore: isRunning ? pausedNow(facts) : [],
			...(rejoin.isRewound && wal.commits && { ownCommits: wal.commits }),
			alternatives: ways,
			before: stateAround(facts, node.nodeId),
		}),
	);
	return withMore(requested, wal, ways);
}

/** A refusal with the commits that a rewind would lose, and the other ways back. */
function withMore(
	{ plan, refusal }: Requested,
	{ commits }: WalComparison,
	ways: readonly Alternative[],
): Requested {
	return plan === undefined
		? { refusal: { ...refusal, ...(commits && { ownCommits: commits }), alternatives: ways } }
		: { plan };
}

function withoutPrimary(title: string, node: NodeView): Requested {
	return node.observed.role === "primary"
		? refused(`${title} is refused: it is the only primary`, {
				detail: "There is no other primary to follow.",
				hint: "To make another node the primary: switchover --to NODE",
			})
		: refused(`${title} is refused: no primary is seen to follow`, {
				detail: "repmgr asks a running primary what the node has missed.",
				hint: `See "status" for why. If ${quoted(node)} was the primary and no other node was promoted: start ${shellWords([node.nodeName])}`,
			});
}

/** The node may have clients: it is stopped only if the operator asks for that. */
function refusedWhileRunning(
	title: string,
	node: NodeView,
	primary: NodeView,
	wal: WalComparison,
): Requested {
	const clients = node.state.server.good?.value.clientSessions ?? null;
	const sessions = clients === null ? "" : ` It has ${clients} client sessions.`;
	const rewind = wal.kind === "attaches" ? "" : " --force-rewind";
	if (node.observed.role === "primary") {
		return refused(`${title} is refused: it runs as a second primary beside ${quoted(primary)}`, {
			detail: `${wal.found}${sessions}`,
			hint: `Fence it first: fence ${shellWords([node.nodeName])} --reason TEXT. Then rejoin it, which saves what only it has: rejoin ${shellWords([node.nodeName])}${rewind}`,
		});
	}
	const words = `rejoin ${shellWords([node.nodeName])} --stop-first${rewind}`;
	return refused(`${title} is refused: it runs`, {
		detail:
			node.observed.role === "standby"
				? `It is a standby, ${node.observed.status}. ${wal.found}`
				: `It is ${node.observed.status}: its host does not say that PostgreSQL is stopped.`,
		hint:
			node.observed.role === "standby" && wal.kind === "attaches"
				? `It does not have to be rejoined: follow ${shellWords([node.nodeName])}`
				: node.observed.role !== "standby"
					? `Stop it first: stop ${shellWords([node.nodeName])}`
					: wal.kind === "unknown"
						? `Try to attach it first: follow ${shellWords([node.nodeName])}. If repmgr refuses that: ${words}`
						: `To stop it first: ${words}`,
	});
}

function checksOf(intent: RejoinIntent, facts: Facts, rejoin: Rejoin): readonly Prerequisite[] {
	const { node, primary, wal, isRunning, isRewound, conninfo } = rejoin;
	const again = `rejoin ${shellWords([node.nodeName])} --force-rewind${isRunning ? " --stop-first" : ""}`;
	const fits = hasNoOwnWal(node, primary, wal, again);
	return [
		...notHalfRewound(facts, node),
		isOfThisCluster(facts, node),
		noOtherOperation(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		...keepsSettings(facts, node),
		...(isRewound ? keepsSettings(facts, primary) : []),
		sudoWorks(facts, node),
		programsExist(facts, node),
		...serviceIsIdle(facts, node),
		...fenceTakenBack(facts, node),
		...(isRunning
			? [hasNoFollowers(facts, node, primary), archiveIsUpToDate(facts, node)]
			: [wasShutDown(facts, node, intent.forceRewind, again)]),
		primaryKnowsBoth(node, primary),
		noOtherPrimary(facts, node, primary),
		// A known loss is confirmed with the plan.
		isRewound && wal.kind === "diverged" ? { ...fits, state: "warning" } : fits,
		...(isRewound
			? [
					canBeRewound(facts, node, primary),
					...hasWalToRewind(facts, rejoin),
					...canBeSaved(facts, rejoin),
					...barmanHelps(facts, primary),
				]
			: []),
		roomFor(facts, primary, [node], isUsingSlots(facts, node.nodeId)),
		sameVersion(facts, [node, primary]),
		rejoinTimeoutFits(facts, node),
		hasDiskSpace(facts, node),
		repmgrdRuns(facts, node),
		...(conninfo === null
			? [
					failed(
						`the conninfo of ${quoted(primary)} can be passed to repmgr`,
						"It names no host, or can't be read.",
						"Register it as keywords and values with a host, and its password in .pgpass.",
					),
				]
			: []),
	];
}

function impactOf(facts: Facts, { node, wal, isRunning, isRewound }: Rejoin): BlastRadius {
	const list = isRewound && wal.commits === undefined ? listOwnCommits(facts, node, wal) : null;
	const own =
		list === null
			? ""
			: ` To save it first, list its commits${isRunning ? " once it is stopped" : ""}, on ${quoted(node)} as the owner of the database: ${list}`;
	// A standby writes nothing of its own.
	const more =
		isRunning && isRewound && node.observed.role !== "standby"
			? " What it writes before it stops is lost, too."
			: "";
	return {
		restarts: [node.nodeId],
		dropped: isRunning ? `all connections to ${quoted(node)}` : "",
		writeOutageSeconds: null,
		lossBytes: isRewound ? wal.lossBytes : 0,
		...(more === "" ? {} : { mayLoseMore: true }),
		reasoning: `${wal.found}${more}${own}`,
	};
}

function confirmationOf({ node, wal, isRewound }: Rejoin): Confirmation {
	const name = node.nodeName;
	const { lossBytes, commits } = wal;
	if (!isRewound || lossBytes === 0) return { kind: "name", name };
	const lossCommits = commits?.unread === null ? commits.count + commits.prepared : null;
	return { kind: "name and loss", name, lossBytes, ...(lossCommits !== null && { lossCommits }) };
}
