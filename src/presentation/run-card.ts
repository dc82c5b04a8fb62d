import { handoverGap } from "../assess/handover.ts";
import { CHANGES_PRIMARY } from "../model/intent.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatSeconds } from "../text/format.ts";
import { listed } from "../text/words.ts";
import { lostText } from "./drill-report.ts";
import { savedWalText } from "./run-report.ts";

/** A label and what is known of it. */
export type CardRow = readonly [string, string];

/** A change of the primary is seen this long after the operation at the latest, ms. */
const SEEN_MS = 10_000;

/**
 * The result of an operation that has ended: only what was measured or seen, and what was not says so.
 *
 * @param seen null: it is told from the journal, which has not what was seen of the cluster.
 */
export function runCard(
	run: RunState,
	endedAt: number | null,
	seen: Pick<ConsoleState, "snapshot" | "handovers"> | null,
): readonly CardRow[] {
	const { report, startedAt, plan } = run;
	const last = seen?.handovers.last ?? null;
	const isOfThisRun = last !== null && endedAt !== null && last.at > startedAt && last.at < endedAt + SEEN_MS;
	const handover = isOfThisRun && !last.wasSplit ? last : null;
	const outage =
		report !== undefined
			? report.came.writeOutageSeconds === null
				? report.notKnown === undefined
					? "not seen to end"
					: "not known: see below"
				: `${report.came.writeOutageSeconds.toFixed(2)} s (measured by writing)`
			: handover !== null
				? `${handoverGap(handover)} (seen by polling)`
				: "not measured";
	const loss =
		report !== undefined
			? `${lostText(report.came)} acknowledged writes`
			: (handover?.loss.text ?? "not measured");
	const saved = savedWalText(run);
	return [
		...(seen === null ? [] : [["primary now", primaryText(seen.snapshot)] as const]),
		[
			"took",
			run.outcome === "detached"
				? "not ended: it goes on without this console"
				: endedAt !== null
					? formatSeconds((endedAt - startedAt) / 1000)
					: seen === null
						? "unknown: its end is not in the journal"
						: "unknown: no step has ended",
		],
		...(CHANGES_PRIMARY.includes(plan.intent.kind)
			? ([
					["write outage", outage],
					["lost", loss],
				] as const)
			: []),
		...(saved === "" ? [] : [["saved", saved] as const]),
	];
}

function primaryText({ nodes }: ConsoleState["snapshot"]): string {
	const names = nodes.filter(({ observed }) => observed.role === "primary").map(({ nodeName }) => nodeName);
	if (names.length === 0) return "none is seen";
	return names.length === 1 ? listed(names) : `${listed(names)}: more than one`;
}
