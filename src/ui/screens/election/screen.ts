import { open } from "../../reduce.ts";
import type { Text } from "../../text-screen.tsx";
import { textScreen } from "../../text-screen.tsx";
import type { ElectionState } from "../states.ts";
import { electionView } from "./election-view.ts";

/** What repmgrd would do if the primary failed now. */
export const ELECTION = textScreen<ElectionState, Text>({
	name: "election",
	title: "if the primary dies",
	derive: (context) => ({ heading: "IF THE PRIMARY DIES NOW", lines: electionView(context) }),
	bindings: [
		{
			id: "election.open",
			keys: ["i"],
			label: "if it dies",
			help: "Show what repmgrd would do if the primary died now.",
			screens: ["topology"],
			run: () => open({ screen: "election", offset: 0 }),
		},
	],
});
