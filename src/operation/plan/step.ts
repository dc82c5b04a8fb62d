import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "./commands.ts";
import type { Facts } from "./facts.ts";
import type { Command, Expectation, Step } from "./plan.ts";

/** Two days, for a replay of WAL. A record with more is not read (operation-record.ts): its operation could not be resumed. */
export const LONGEST_SETTLE_SECONDS = 48 * 3600;

/** A step with what most steps have in common: it is done once, in order, and its exit code decides. */
export function step(parts: Pick<Step, "key" | "title" | "command" | "verification"> & Partial<Step>): Step {
	const { key, title, command, verification, settleSeconds = 0, ...rest } = parts;
	return {
		key,
		title,
		command,
		expects: [],
		settleSeconds: Math.min(settleSeconds, LONGEST_SETTLE_SECONDS),
		verification,
		wayBack: "Nothing to go back from.",
		runs: "in order",
		rejoinLogOn: null,
		...rest,
	};
}

/** Fields of a step that runs nothing on a host; `command` names the node that it is about. */
export function byConsole({ nodeId }: Pick<NodeView, "nodeId">): Pick<Step, "by" | "command"> {
	return { by: "this console", command: { nodeId, user: "", argv: [], sharesSshTo: [] } };
}

/** Watches for a further effect of a command before it, and has a result of its own. */
export function watchStep(
	key: string,
	title: string,
	node: Pick<NodeView, "nodeId">,
	expects: Expectation,
): Step {
	return step({
		key,
		title,
		...byConsole(node),
		expects: [expects],
		settleSeconds: 60,
		verification: "the cluster shows it",
		wayBack: 'See "status".',
		together: true,
	});
}

const DRY_RUN_KEYS = ["dry-run", "trial"] as const;
type DryRunKey = (typeof DRY_RUN_KEYS)[number];

/** By its key: the titles of recorded steps may be those of another version. */
export function isDryRun({ key }: Step): boolean {
	return DRY_RUN_KEYS.some((one) => one === key);
}

/**
 * repmgr's dry run of a command. Some commands ignore --dry-run and run.
 *
 * @param key the console tries a step "dry-run" before the operator confirms; another key prevents that where it can't succeed
 * so early.
 */
export function dryRunStep(command: Command, key: DryRunKey = "dry-run"): Step {
	return step({
		key,
		title: "repmgr dry run, which changes nothing",
		command,
		verification: "repmgr ends with 0",
		wayBack: "Nothing has been changed.",
	});
}

/** A promotion only requests a checkpoint, which is spread over minutes; until it is done, pg_rewind from this server fails. */
export function checkpointStep(facts: Facts, node: NodeView, why: string): Step {
	return step({
		key: "checkpoint",
		title: `CHECKPOINT on ${quoted(node)}, ${why}`,
		command: psql(facts, node, "CHECKPOINT"),
		verification: "psql ends with 0",
	});
}
