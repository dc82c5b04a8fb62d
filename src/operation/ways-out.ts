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
	const silent = nodes.filter(({ observed, registered }) => !observed.reachable && registered.active);
	const detached = nodes.filter(({ observed }) => observed.status === "detached");
	if (stopped.length > 0) {
		return {
			state: `${quoted(primary)} is the primary and accepts writes; ${listed(stopped.map(quoted))} was shut down in good order and has not rejoined.`,
			ways: stopped.map((node) => ({
				title: `rejoin ${quoted(node)} to it`,
				command: `rejoin ${node.nodeName}${standingOf(facts, node, primary).kind === "attaches" ? "" : " --force-rewind"}`,
			})),
		};
	}
	return {
		state: `${quoted(primary)} is the primary and accepts writes.${silent.length > 0 ? ` ${listed(silent.map(quoted))} does not answer.` : ""}${detached.length > 0 ? ` ${listed(detached.map(quoted))} receives from nobody.` : ""}`,
		ways: detached.map((node) => ({
			title: `attach ${quoted(node)}`,
			command: `follow ${node.nodeName}`,
		})),
	};
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
