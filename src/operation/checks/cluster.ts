import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { type Facts, isRestartedToFollow } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { failed, ok, unknown, warning } from "./check.ts";

export function onePrimary({ snapshot }: Facts): Prerequisite {
	const title = "exactly one primary";
	const primaries = snapshot.nodes.filter(({ observed }) => observed.role === "primary");
	const [only] = primaries;
	if (only !== undefined && primaries.length === 1) return ok(title, `${quoted(only)} is the primary.`);
	return failed(
		title,
		only === undefined ? "No primary is seen." : `${listed(primaries.map(quoted))} are primaries.`,
		only === undefined
			? 'See "status" for why; "promote" is for a lost primary.'
			: "This is a split brain: stop all but one first.",
	);
}

/** repmgr pauses repmgrd on every node that is registered as active, and gives up if one does not answer. */
export function everyNodeAnswers({ snapshot }: Facts): Prerequisite {
	const title = "every active node answers";
	const silent = snapshot.nodes.filter(
		({ observed, registered }) => registered.active && !observed.reachable,
	);
	if (silent.length === 0) return ok(title, `All ${snapshot.nodes.length} nodes answer.`);
	const said = silent.map((node) => `${quoted(node)} is ${node.observed.status}`);
	return failed(
		title,
		`${listed(said)}.`,
		"Bring it back or unregister it, so that repmgrd can be paused on every node.",
	);
}

/** The repmgr commands that run and change something. A follow that repmgrd repeats without success until the standby restarts is none. */
function changesByRepmgr(facts: Facts): readonly { readonly nodeId: number; readonly command: string }[] {
	const retrying = new Set(
		facts.snapshot.nodes.filter((node) => isRestartedToFollow(facts, node)).map(({ nodeId }) => nodeId),
	);
	return [...facts.survey.nodes.values()].flatMap(({ nodeId, host }) =>
		(host.value?.look.repmgrCommands ?? [])
			.filter((command) => /switchover|rejoin|promote|follow|clone|register/.test(command))
			.filter((command) => !(command === "standby follow" && retrying.has(nodeId)))
			.map((command) => ({ nodeId, command })),
	);
}

/** Does nothing change the cluster but a follow, as repmgrd runs it on each standby after a failover? It ends by itself. */
export function onlyFollows(facts: Facts): boolean {
	const busy = changesByRepmgr(facts);
	return busy.length > 0 && busy.every(({ command }) => command === "standby follow");
}

/** No other console holds the lock, and repmgr itself runs no operation. */
export function noOtherOperation(facts: Facts): Prerequisite {
	const { snapshot, survey } = facts;
	const title = "no other operation runs on the cluster";
	const names = new Map(snapshot.nodes.map((node) => [node.nodeId, quoted(node)]));
	for (const { nodeId, host } of survey.nodes.values()) {
		const lock = host.value?.lock ?? null;
		if (lock === null) continue;
		if (lock === "unreadable") {
			return failed(
				title,
				`${names.get(nodeId)} holds a lock, but its owner can't be read.`,
				"If no operation is running: runs --break-lock CLUSTERNAME.",
			);
		}
		const minutes = Math.max(0, Math.round((snapshot.takenAt - lock.since) / 60_000));
		return failed(
			title,
			`${lock.who} has held the lock for ${minutes} min: ${lock.operation}.`,
			`Wait, or resume it: runs resume ${lock.operationId}`,
		);
	}
	const busy = changesByRepmgr(facts).map(
		({ nodeId, command }) => `"repmgr ${command}" runs on ${names.get(nodeId)}`,
	);
	if (busy.length > 0) return failed(title, `${listed(busy)}.`, "Wait until it has ended.");
	// A lock is on more than half of the hosts: where half can't be asked, they may hide it.
	const unseen = [...survey.nodes.values()].filter(({ host }) => host.fault !== undefined);
	return 2 * unseen.length >= survey.nodes.size
		? unknown(
				title,
				`${listed(unseen.map(({ nodeId }) => names.get(nodeId) ?? ""))} can't be asked for a lock.`,
			)
		: ok(title, "No lock on any host that can be asked, and no repmgr command runs there.");
}

/** The operation restores it afterwards. */
export function pauseKnown({ snapshot }: Facts): Prerequisite {
	const title = "repmgrd's pause state is known";
	const unknown = snapshot.nodes.filter(
		({ repmgrd, registered }) => registered.active && repmgrd.paused === null,
	);
	if (unknown.length > 0) {
		return failed(
			title,
			`It can't be read on ${listed(unknown.map(quoted))}.`,
			"EXECUTE on repmgr.repmgrd_is_paused() is needed, and repmgr in shared_preload_libraries.",
		);
	}
	const paused = snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused === true);
	return paused.length === 0
		? ok(title, "repmgrd is not paused on any node.")
		: warning(title, `repmgrd is paused on ${listed(paused.map(quoted))}, and stays paused afterwards.`);
}

/** The active nodes but for those. */
export function siblingsOf({ snapshot }: Facts, ...without: readonly NodeView[]): readonly NodeView[] {
	return snapshot.nodes.filter((node) => !without.includes(node) && node.registered.active);
}
