import { open } from "../../reduce.ts";
import type { Text } from "../../text-screen.tsx";
import { textScreen } from "../../text-screen.tsx";
import type { ElectionState } from "../states.ts";
import { electionView } from "./election-view.ts";

/** What repmgrd would do if the primary failed now. */
export const ELECTION = textScreen<ElectionState, Text>({
	name: "election",
	title: "failover forecast",
	derive: (context) => ({ heading: "FAILOVER FORECAST", lines: electionView(context) }),
	bindings: [
		{
			id: "election.open",
			keys: ["i"],
			label: "forecast",
			help: "Show what repmgrd would do if the primary failed now.",
			screens: ["topology"],
			run: () => open({ screen: "election", offset: 0 }),
		},
	],
});
