import { forkPoint, sideOf, sideWords } from "../../assess/sides.ts";
import type { FenceNote } from "../../model/host-reading.ts";
import type { FenceIntent } from "../../model/intent.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { asWarning, failed, ok } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { hasConfigFile, programsExist, stopsItsServer, sudoWorks } from "../checks/hosts.ts";
import { archiveIsUpToDate, noBackup } from "../checks/primary-work.ts";
import type { Operation } from "../operation.ts";
import { pauseSteps } from "../pause/steps.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import { LONGEST_REASON } from "../plan/host-note.ts";
import type { BlastRadius, Plan, Prerequisite, Requested } from "../plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion, proposedFirst } from "../questions.ts";
import { pausedWhileStopped, whatIsLeft } from "../service/stop.ts";
import {
	canBeFencedFromHere,
	evidencePerSide,
	noPreparedTransactions,
	unitCanBeMasked,
	WITHOUT_MASK,
} from "./checks.ts";
import {
	endWriters,
	keepStopped,
	STOP_SECONDS,
	setReadOnly,
	stopAndMask,
	stopRepmgrd,
	stopServer,
	writeNote,
} from "./steps.ts";

export const FENCE: Operation<FenceIntent> = {
	kind: "fence",
	title: "fence",
	about:
		"A node is kept from accepting writes, above all the wrong primary of a split brain. Its data stay as they are.",
	commandLine: {
		about: "keep a node from accepting writes, e.g. the wrong primary of a split brain",
		takesNode: true,
		options: [
			{
				flags: "--how <how>",
				about:
					"stop its server and mask its unit, or make its sessions read-only, which any session and superuser can undo",
				key: "how",
				choices: ["stop", "read-only"],
				default: "stop",
			},
			{
				flags: WITHOUT_MASK,
				about: "do not mask the unit of its server: nothing keeps it from being started then",
				key: "withoutMask",
			},
			{
				flags: "--reason <text>",
				about:
					"why this node; noted in the journal and on its host, and seen by every user of both machines (ps) while this runs",
				key: "reason",
				isRequired: true,
			},
		],
	},
	questions: (snapshot) => [
		nodeQuestion(
			"node",
			"The node to fence; the others are kept",
			proposedFirst("fence", primariesFirst(snapshot.nodes), snapshot.findings),
			(node) => ({ note: noteOf(snapshot, node), unfit: null }),
		),
		{
			key: "how",
			kind: "choice",
			title: "How",
			choices: [
				{ value: "stop", label: "stop", note: "its server is stopped and can't be started", unfit: null },
				{
					value: "read-only",
					label: "read-only",
					note: "its sessions can't write; a superuser can undo it",
					unfit: null,
				},
			],
		},
		{
			key: "withoutMask",
			kind: "switch",
			title: "without masking its unit: it can be started",
			option: WITHOUT_MASK,
			isOn: false,
		},
		{
			key: "reason",
			kind: "text",
			title: "Why this node",
			empty: "required; it is noted in the journal and on its host",
			isRequired: true,
		},
	],
	intent: ({ how, withoutMask, reason, ...values }) => ({
		kind: "fence",
		nodeId: nodeIdOf(values),
		how: how === "read-only" ? how : "stop",
		withoutMask: withoutMask === true,
		reason: String(reason ?? ""),
	}),
	needs: { masking: true, sideCommits: true },
	plan: planFence,
};

/** The primaries first; of them the one that the fewest nodes receive from: what is kept should keep its standbys. */
function primariesFirst(nodes: readonly NodeView[]): readonly NodeView[] {
	const followers = ({ nodeId }: NodeView): number =>
		nodes.filter(({ observed }) => observed.upstreamNodeId === nodeId).length;
	const isPrimary = ({ observed }: NodeView): number => (observed.role === "primary" ? 1 : 0);
	return nodes.toSorted((a, b) => isPrimary(b) - isPrimary(a) || followers(a) - followers(b));
}

/** What helps to tell which of several primaries to keep. */
function noteOf({ nodes }: ClusterSnapshot, node: NodeView): string {
	const primaries = nodes.filter(({ observed }) => observed.role === "primary");
	const { status, role, timeline } = node.observed;
	return role === "primary" && primaries.length > 1
		? `timeline ${timeline ?? "unknown"}, ${sideWords(sideOf({ nodes }, node, forkPoint(primaries)))}`
		: `registered as ${node.registered.type}, ${role === "primary" ? "runs as a primary" : status}`;
}

/** In a title; all of it is in the intent, and on the host. */
const SHOWN_REASON = 60;

function planFence(intent: FenceIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const primaries = facts.snapshot.nodes.filter(({ observed }) => observed.role === "primary");
	const kept = primaries.filter((one) => one !== node);
	const reason = intent.reason.trim();
	const title = `fence ${quoted(node)}${kept.length === 0 ? "" : ` and keep ${listed(kept.map(quoted))}`}`;
	if (reason === "") {
		return refused(`${title} is refused: no reason is given`, {
			detail: "Whoever finds this node has to know why it is fenced.",
			hint: `fence ${shellWords([node.nodeName])} --reason TEXT`,
		});
	}
	if (reason.length > LONGEST_REASON) {
		return refused(`${title} is refused: its reason has more than ${LONGEST_REASON} characters`);
	}
	const fence: Fencing = { intent, facts, node, kept, reason };
	const { prerequisites, steps, blastRadius } =
		intent.how === "stop" ? byStopping(fence) : byReadOnly(fence, primaries);
	const shown = reason.length > SHOWN_REASON ? `${reason.slice(0, SHOWN_REASON - 1)}…` : reason;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, `${title} (${shown})`, facts, {
			prerequisites,
			steps: [writeNote(facts, node, noteFor(fence)), ...steps],
			blastRadius: {
				...blastRadius,
				reasoning: [...evidencePerSide(facts, primaries), blastRadius.reasoning].join(" "),
			},
			confirmation: { kind: "name", name: node.nodeName },
		}),
	);
}

interface Fencing {
	readonly intent: FenceIntent;
	readonly facts: Facts;
	readonly node: NodeView;
	/** The other primaries. */
	readonly kept: readonly NodeView[];
	readonly reason: string;
}

type Parts = Pick<Plan, "prerequisites" | "steps"> & { readonly blastRadius: BlastRadius };

function noteFor({ intent, facts, node, kept, reason }: Fencing): Omit<FenceNote, "since"> {
	return {
		systemIdentifier: facts.snapshot.cluster.systemIdentifier ?? "",
		nodeId: node.nodeId,
		how: intent.how,
		who: facts.operator,
		reason,
		kept: kept.map(({ nodeName }) => nodeName).join(", "),
	};
}

function byStopping({ intent, facts, node, kept }: Fencing): Parts {
	const isMasked = !intent.withoutMask;
	const isStopped = hostOf(facts, node.nodeId).value?.look.postmaster === false;
	const paused = isStopped ? [] : pausedWhileStopped(facts, node, kept);
	return {
		prerequisites: [
			noOtherOperation(facts),
			canBeFencedFromHere(facts, node),
			hasConfigFile(facts, node),
			unitCanBeMasked(facts, node, isMasked),
			...(isMasked ? [] : [sudoWorks(facts, node), programsExist(facts, node), stopsItsServer(facts, node)]),
			...(isStopped ? [] : whileRunning(facts, node, kept)),
		],
		steps: isStopped
			? [
					isMasked ? keepStopped(facts, node) : stopServer(facts, node, "by its service command"),
					// That of a fence that was broken off may run still.
					...stopRepmgrd(facts, node),
				]
			: [
					...pauseSteps(facts, paused),
					...(isMasked ? stopAndMask(facts, node) : [stopServer(facts, node, "by its service command")]),
					...stopRepmgrd(facts, node),
				],
		blastRadius: impact({
			dropped: isStopped ? "" : connectionsTo(facts, node),
			reasoning: [
				isMasked
					? "systemd, and so repmgr, can't start it until it is unfenced or rejoined; its owner still can by hand (pg_ctl, pg_ctlcluster)."
					: "Nothing keeps it from being started again.",
				isStopped
					? ""
					: `If it has not stopped after ${STOP_SECONDS} s, it is stopped at once, as in a crash: its own WAL recovers it.`,
				kept.length > 0 ? "What only it has stays in its data directory: a later rewind would lose it." : "",
				paused.length > 0
					? `repmgrd on ${listed(paused.map(quoted))} stays paused, or it would promote a standby: unpause once there is one primary that all others follow.`
					: "",
			]
				.filter((said) => said !== "")
				.join(" "),
		}),
	};
}

function whileRunning(facts: Facts, node: NodeView, kept: readonly NodeView[]): readonly Prerequisite[] {
	return [
		whatIsLeft(facts, node, kept),
		...(node.observed.role === "primary" ? [asWarning(archiveIsUpToDate(facts, node))] : []),
		asWarning(noBackup(facts, node)),
	];
}

function byReadOnly({ facts, node, kept }: Fencing, primaries: readonly NodeView[]): Parts {
	const title = `${quoted(node)} accepts writes`;
	return {
		prerequisites: [
			noOtherOperation(facts),
			primaries.includes(node)
				? ok(title, "It is seen as a primary.")
				: failed(
						title,
						`It does not: it is ${node.observed.role === "standby" ? "a standby" : node.observed.status}.`,
						`To keep it from being started: fence ${shellWords([node.nodeName])} --how stop`,
					),
			canBeFencedFromHere(facts, node),
			noPreparedTransactions(facts, node),
			whatIsLeft(facts, node, kept),
		],
		steps: [setReadOnly(facts, node, true), endWriters(facts, node)],
		blastRadius: impact({
			dropped: `sessions of ${quoted(node)} with an open transaction`,
			reasoning:
				"pg_hba.conf stays as it is, and clients can still connect and read. A session that sets transaction_read_only or default_transaction_read_only to off can write, and so can one whose role or database has its own setting; a superuser can undo the fence. Only a stop is certain.",
		}),
	};
}
