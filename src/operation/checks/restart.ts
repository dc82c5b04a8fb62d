import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { serviceIsIdle } from "../service/changing.ts";
import { ok, warning } from "./check.ts";
import {
	canRunOn,
	dataMayRun,
	hasConfigFile,
	hasDiskSpace,
	isNotFenced,
	programsExist,
	sudoWorks,
} from "./hosts.ts";
import { noBackup, noLongTransactions } from "./primary-work.ts";

/** Before a node's server restarts in its place. */
export function restartChecks(facts: Facts, node: NodeView): readonly Prerequisite[] {
	return [
		...dataMayRun(facts, node),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		...serviceIsIdle(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		isNotFenced(facts, node),
		hasDiskSpace(facts, node),
		noBackup(facts, node),
		noLongTransactions(facts, node),
		...facts.snapshot.nodes
			.filter(({ nodeId }) => nodeId === node.observed.upstreamNodeId && node.registered.type !== "witness")
			.map((upstream) => notSynchronous(upstream, node)),
	];
}

/** A commit that waits for this standby waits until it streams again. */
export function notSynchronous(upstream: NodeView, node: NodeView): Prerequisite {
	const title = `no commit waits for ${quoted(node)}`;
	const sender = current(upstream.state.server)?.walSenders.find(
		({ applicationName, syncState }) =>
			applicationName === node.nodeName && /sync|quorum/.test(syncState ?? "") && syncState !== "async",
	);
	return sender === undefined
		? ok(title, "It is no synchronous standby.")
		: warning(
				title,
				`It is a synchronous standby (${sender.syncState}): commits wait while it is stopped, unless another serves.`,
			);
}
