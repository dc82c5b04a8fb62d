import type { Command, Step } from "./plan.ts";

/** repmgr's own trial of a command (--dry-run), which not all of its commands have: some take no notice and run. */
export function trialOf(command: Command): Step {
	return {
		key: "dry-run",
		title: "repmgr tries it, without changing anything",
		command,
		expects: [],
		settleSeconds: 0,
		verification: "repmgr ends with 0",
		wayBack: "Nothing has been changed.",
		runs: "in order",
		rejoinLogOn: null,
	};
}
