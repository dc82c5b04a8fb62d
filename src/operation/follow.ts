import type { Intent } from "../cluster/intent.ts";
import { lsnDistanceBytes } from "../cluster/lsn.ts";
import type { NodeView } from "../cluster/snapshot.ts";
import { quoted } from "../cluster/words.ts";
import { replays, roomFor } from "./checks/candidate.ts";
import { failed, ok, unknown } from "./checks/check.ts";
import { nobodyElse } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile } from "./checks/hosts.ts";
import { repmgr } from "./commands.ts";
import { type Facts, isUsingSlots, nodeOf } from "./facts.ts";
import type { Prerequisite, Requested } from "./plan.ts";
import { planOf, refused, refusedUnless } from "./refusal.ts";
import { trialOf } from "./trial.ts";

/** `repmgr standby follow`: a running standby gets another upstream. */
export function requestFollow(intent: Extract<Intent, { kind: "follow" }>, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	const upstream = nodeOf(facts, intent.upstreamNodeId);
	if (node === null || upstream === null) return refused("no such node is registered", "", "");
	const title = `${quoted(node)} follows ${quoted(upstream)}`;
	if (node.observed.role !== "standby") {
		return refused(
			`${title} is refused: ${quoted(node)} is not seen as a standby`,
			`It is ${node.observed.status}.`,
			"",
		);
	}
	if (node.observed.status === "streaming" && node.observed.upstreamNodeId === upstream.nodeId) {
		return refused(`${quoted(node)} streams from ${quoted(upstream)} already`, "", "");
	}
	const prerequisites = [
		nobodyElse(facts),
		canServe(upstream),
		noCircle(facts, node, upstream),
		notAhead(node, upstream),
		replays(node),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		roomFor(facts, upstream, [node], isUsingSlots(facts, node.nodeId)),
	];
	const words = ["standby", "follow", `--upstream-node-id=${upstream.nodeId}`];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				trialOf(repmgr(facts, node, [...words, "--dry-run"])),
				{
					key: "follow",
					title: `${quoted(node)} receives from ${quoted(upstream)}`,
					command: repmgr(facts, node, words),
					expects: [{ kind: "streaming", nodeId: node.nodeId, fromNodeId: upstream.nodeId }],
					settleSeconds: 60,
					verification: `${quoted(node)} streams from ${quoted(upstream)} on its timeline`,
					wayBack: "The same with the upstream of before.",
					runs: "in order",
					rejoinLogOn: null,
				},
			],
			blastRadius: {
				restarts: [],
				dropped: `the walreceiver of ${quoted(node)}; before PostgreSQL 13, or with standby_follow_restart, the server restarts`,
				writeOutageSeconds: null,
				lossBytes: 0,
				reasoning: "",
			},
			confirmation: { kind: "yes" },
		}),
	);
}

function canServe(upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} can be an upstream`;
	const { role, status } = upstream.observed;
	return role === "primary" || (role === "standby" && status === "streaming")
		? ok(title, `It is a ${role}, ${status}.`)
		: failed(
				title,
				`It is ${role === null ? "" : `a ${role}, `}${status}.`,
				"Choose the primary, or a standby that streams.",
			);
}

/** Not itself, nor one that receives from it. */
function noCircle(facts: Facts, node: NodeView, upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} does not receive from ${quoted(node)}`;
	let at: NodeView | null = upstream;
	for (let hops = 0; at !== null && hops <= facts.snapshot.nodes.length; hops++) {
		if (at === node)
			return failed(title, "It does, so nobody would receive from the primary.", "Choose another upstream.");
		at = at.observed.upstreamNodeId === null ? null : nodeOf(facts, at.observed.upstreamNodeId);
	}
	return ok(title, "It does not.");
}

/** A standby that has WAL which its upstream has not can't follow it. */
function notAhead(node: NodeView, upstream: NodeView): Prerequisite {
	const title = `${quoted(node)} is not ahead of ${quoted(upstream)}`;
	// Positions of two who receive are of two moments, and tell nothing.
	if (node.observed.status === "streaming") return ok(title, "It receives what all receive.");
	const there = upstream.observed.currentLsn ?? upstream.observed.receiveLsn;
	const ahead = lsnDistanceBytes(there, node.observed.receiveLsn);
	if (ahead === null)
		return unknown(title, "Their positions can't be read; repmgr looks at them in its trial.");
	return ahead > 0 && upstream.observed.timeline === node.observed.timeline
		? failed(title, `It is ${ahead} bytes ahead.`, "It has to be rewound or cloned anew.")
		: ok(title, "It is not.");
}
