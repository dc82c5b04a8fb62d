import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "./commands.ts";
import type { Facts } from "./facts.ts";
import type { Step } from "./plan.ts";

/** The checkpoint after a promotion is spread, and until it is done a rewind to it fails (field notes 0). */
export function checkpointFor(facts: Facts, node: NodeView, why: string): Step {
	return {
		key: "checkpoint",
		title: `CHECKPOINT on ${quoted(node)}, ${why}`,
		command: psql(facts, node, "CHECKPOINT"),
		expects: [],
		settleSeconds: 0,
		verification: "psql ends with 0",
		wayBack: "Nothing to go back from.",
		runs: "in order",
		rejoinLogOn: null,
	};
}
