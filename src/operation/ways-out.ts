import type { NodeView } from "../cluster/snapshot.ts";
import { listed, quoted } from "../cluster/words.ts";
import { type Facts, hostOf } from "./facts.ts";
import { standingOf } from "./rejoin-standing.ts";
import type { RunState } from "./run-state.ts";

/** Where the cluster stands after a failure, and what can be done from there. */
export interface WaysOut {
	/** In plain words, with the evidence. */
	readonly state: string;
	/** The best first; `command` is one of this program's, or a sentence where it has none. */
	readonly ways: readonly { readonly title: string; readonly command: string }[];
}

/** Judged by what is seen now, not by what the failed step was about to do. */
export function waysOut(_run: RunState, facts: Facts): WaysOut {
	const { nodes } = facts.snapshot;
	const primaries = nodes.filter(({ observed }) => observed.role === "primary");
	const stopped = nodes.filter((node) => wasShutDownAsPrimary(facts, node));
	const [primary] = primaries;
	if (primaries.length > 1) {
		return {
			state: `There are ${primaries.length} primaries now: ${listed(primaries.map(quoted))}.`,
			ways: [
				{ title: "find out which one to keep", command: "status" },
				{ title: "stop each other one, and rejoin it", command: "rejoin NODE --stop-first --force-rewind" },
			],
		};
	}
	if (primary === undefined) return withoutPrimary(facts, stopped);
	const left = nodes.filter((node) => node !== primary);
	return {
		state: [
			`${quoted(primary)} is the primary and accepts writes.`,
			...left.flatMap((node) => standsAs(facts, node) ?? []),
		].join(" "),
		ways: left.flatMap((node) => wayBackOf(facts, node, primary) ?? []),
	};
}

/** Why a node is not in its place; null where it is, as far as that is seen. */
function standsAs(facts: Facts, node: NodeView): string | null {
	const { status, reachable } = node.observed;
	if (status === "detached") return `${quoted(node)} receives from nobody.`;
	if (reachable) return null;
	const state = stateOfStopped(facts, node);
	if (state === null) return `${quoted(node)} does not answer (${status}).`;
	return wasPrimary(state)
		? `${quoted(node)}, which was a primary, ${state === "shut down" ? "was shut down in good order" : "ended without a shutdown"} and has not rejoined.`
		: `${quoted(node)} is stopped.`;
}

function wayBackOf(facts: Facts, node: NodeView, primary: NodeView): WaysOut["ways"][number] | null {
	const { nodeName, observed } = node;
	const state = observed.reachable ? null : stateOfStopped(facts, node);
	if (state !== null && node.registered.type !== "witness" && wasPrimary(state)) {
		const isWell = standingOf(facts, node, primary).kind === "attaches";
		const command = `rejoin ${nodeName}${isWell ? "" : " --force-rewind"}`;
		return { title: `rejoin ${quoted(node)} to it`, command };
	}
	if (state !== null) return { title: `start ${quoted(node)}`, command: `start ${nodeName}` };
	if (observed.status !== "detached") return null;
	return standingOf(facts, node, primary).kind === "diverged"
		? {
				title: `rewind ${quoted(node)}, which has diverged, and rejoin it`,
				command: `rejoin ${nodeName} --stop-first --force-rewind`,
			}
		: { title: `attach ${quoted(node)}`, command: `follow ${nodeName}` };
}

/** What the control data of a node say whose host has no postmaster; null: one runs, or nobody knows. */
function stateOfStopped(facts: Facts, { nodeId }: NodeView): string | null {
	const look = hostOf(facts, nodeId).value?.look;
	return look?.postmaster === false ? (look.controlData?.state ?? null) : null;
}

/** A standby's control data say "shut down in recovery", or "in archive recovery". */
function wasPrimary(state: string): boolean {
	return !/recovery/.test(state);
}

function withoutPrimary(facts: Facts, stopped: readonly NodeView[]): WaysOut {
	const [old] = stopped;
	const silent = facts.snapshot.nodes.filter(
		(node) => !node.observed.reachable && node !== old && node.registered.type !== "witness",
	);
	if (old === undefined) {
		return {
			state: "No primary is seen now, and none that was shut down in good order.",
			ways: [{ title: "find out what became of the primary", command: "status" }],
		};
	}
	const checkpoint = hostOf(facts, old.nodeId).value?.look.controlData?.checkpointLsn ?? null;
	const doubt =
		silent.length === 0 ? "" : ` ${listed(silent.map(quoted))} can't be read: make sure it was not promoted.`;
	return {
		state: `Nobody accepts writes. ${quoted(old)} was shut down in good order (its control data: "shut down", checkpoint ${checkpoint ?? "unknown"}), and nobody else is seen promoted.${doubt}`,
		ways: [
			{
				title: `start ${quoted(old)} again: it is the primary as before, nothing is lost`,
				command: `start ${old.nodeName}`,
			},
			{
				title: "or promote a standby, and rejoin the old primary then; only if it can't be started",
				command: "promote NODE",
			},
		],
	};
}

/** As a primary: a standby's control data say "shut down in recovery". */
function wasShutDownAsPrimary(facts: Facts, { nodeId, observed }: NodeView): boolean {
	const look = hostOf(facts, nodeId).value?.look;
	return !observed.reachable && look?.postmaster === false && look.controlData?.state === "shut down";
}
