import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes } from "../../text/format.ts";
import { quoted } from "../../text/words.ts";
import { psql } from "../plan/commands.ts";
import { type Facts, serverOf } from "../plan/facts.ts";
import type { BlastRadius, Step } from "../plan/plan.ts";
import { connectionsTo } from "../plan/refusal.ts";
import { step } from "../plan/step.ts";
import type { Roles } from "./checks.ts";

/** With more WAL than this since the last checkpoint, one before the switchover pays off. */
const MUCH_UNWRITTEN_BYTES = 64 * 1024 ** 2;

/** With nothing to write at the stop: stop, repmgr's check of the stopped server, promotion. Measured 0.3 to 0.6 s. */
const LEAST_OUTAGE_SECONDS = 0.3;
const USUAL_OUTAGE_SECONDS = 0.6;

/** How fast a slow disk writes a shutdown checkpoint. */
const SLOW_DISK_BYTES_PER_SECOND = 20 * 1024 ** 2;

/** Writes most data while clients are still served, so that the shutdown checkpoint is short. */
export function checkpointFirst(facts: Facts, primary: NodeView): readonly Step[] {
	const unwritten = serverOf(facts, primary.nodeId).value?.uncheckpointedBytes ?? 0;
	if (unwritten < MUCH_UNWRITTEN_BYTES) return [];
	return [
		step({
			key: "checkpoint",
			title: `CHECKPOINT on ${quoted(primary)}: ${formatBytes(unwritten)} of WAL since the last one, so that the stop is quick`,
			command: psql(facts, primary, "CHECKPOINT"),
			verification: "psql ends with 0",
		}),
	];
}

export function switchoverImpact(facts: Facts, { candidate, primary }: Roles): BlastRadius {
	const server = serverOf(facts, primary.nodeId).value;
	const unwritten = server?.uncheckpointedBytes ?? null;
	const left = Math.min(unwritten ?? MUCH_UNWRITTEN_BYTES, MUCH_UNWRITTEN_BYTES);
	return {
		restarts: [primary.nodeId],
		dropped: `${connectionsTo(facts, primary)}; ${quoted(candidate)} keeps its own`,
		writeOutageSeconds: {
			from: LEAST_OUTAGE_SECONDS,
			to: USUAL_OUTAGE_SECONDS + left / SLOW_DISK_BYTES_PER_SECOND,
		},
		lossBytes: 0,
		reasoning: `repmgr promotes a standby only once it has received everything up to the shutdown checkpoint. ${unwritten === null ? "How much WAL there is since the last checkpoint is unknown" : `${formatBytes(unwritten)} of WAL since the last checkpoint`}: the shutdown checkpoint writes no more than ${formatBytes(left)} to disk.`,
	};
}
