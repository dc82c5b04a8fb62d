import { type Text, textScreen } from "../../text-screen.tsx";
import type { HelpState } from "../states.ts";
import { helpView } from "./help-view.ts";

/** All keys and commands, and the meaning of words, marks and colours. */
export const HELP = textScreen<HelpState, Text>({
	name: "help",
	title: "help",
	derive: (context) => ({ heading: "HELP", lines: helpView(context) }),
	bindings: [],
});
