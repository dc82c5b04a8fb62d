import type { Command, Step } from "./plan.ts";

export const DRY_RUN_TITLE = "repmgr tries it, without changing anything";

/**
 * repmgr's own trial of a command (--dry-run), which not all of its commands have: some take no notice and run.
 *
 * @param key another one keeps it from being tried before anything is confirmed: it can't succeed then.
 */
export function dryRunOf(command: Command, key = "dry-run"): Step {
	return {
		key,
		title: DRY_RUN_TITLE,
		command,
		expects: [],
		settleSeconds: 0,
		verification: "repmgr ends with 0",
		wayBack: "Nothing has been changed.",
		runs: "in order",
		rejoinLogOn: null,
	};
}
