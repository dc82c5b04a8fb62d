import type { ScreenName } from "./ui-state.ts";

/** What a screen is called where screens are listed. */
export const SCREEN_TITLES: Readonly<Record<ScreenName, string>> = {
	topology: "nodes",
	events: "events",
	event: "one event",
	node: "one node",
	logs: "logs",
	findings: "findings",
	viewpoints: "viewpoints",
	finding: "one finding",
	election: "if the primary dies",
	lint: "set-up",
	lintResult: "one result",
	operations: "operations",
	wizard: "questions of an operation",
	plan: "plan",
	run: "operation",
	runs: "operations carried out",
	help: "help",
};
