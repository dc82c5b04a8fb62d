import type { ElectionForecast } from "../model/forecast.ts";
import type { DrillIntent } from "../model/intent.ts";
import type { LogEntry } from "../model/log-entry.ts";
import { afterOutage, type DrillEnd } from "../operation/drill/aftermath.ts";
import { type DrillMoment, type DrillReport, drillReport, type Measured } from "../operation/drill/report.ts";
import { type Facts, hostOf, nodeOf } from "../operation/plan/facts.ts";
import type { Step } from "../operation/plan/plan.ts";
import type { RunState } from "../operation/run/run-state.ts";
import { sentence } from "../text/words.ts";
import type { DrillRecord, RecordedDrill } from "./drill-record.ts";
import { pause } from "./retry.ts";
import type { ClusterWatch, LocalSteps, LocalWork } from "./run-context.ts";
import type { WriteProbe } from "./write-probe.ts";

export interface DrillContext {
	readonly nodeId: number;
	readonly end: DrillEnd;
	readonly watch: ClusterWatch;
	readonly facts: () => Promise<Facts>;
	readonly log: () => readonly LogEntry[];
	/** In a resumed drill one with what was recorded; null: this machine has no record, and only the console that wrote knew. */
	readonly probe: WriteProbe | null;
	/** Where this drill is recorded while it lasts, or was; null: nowhere. */
	readonly record: DrillRecord | null;
	/** Null: it is not resumed. `past` null: this machine has no record of it. */
	readonly resumed: { readonly intent: DrillIntent; readonly past: RecordedDrill | null } | null;
	/** Null in a resumed drill. */
	readonly planned: {
		readonly intent: DrillIntent;
		/** As it was when the plan was approved. */
		readonly forecast: ElectionForecast | null;
		/** How long to wait for a new primary. */
		readonly electionSeconds: number;
	} | null;
}

/** So many writes must be acknowledged, within so long, before the primary is taken down. */
const FIRST_WRITES = 50;
const FIRST_WRITES_MS = 15_000;

/** A server that is being killed may finish a write; one that acknowledges later than this has come back. */
const LAST_WRITES_MS = 3000;

const COUNT_INTERVAL_MS = 50;

/** How often it is recorded that still nothing is acknowledged. */
const ALIVE_MS = 500;

/** How often to read the cluster again while an earlier console's commands still run on the old primary's host. */
const QUIET_READINGS = 20;

/** What a drill does beside commands on hosts: it writes, watches and measures, and plans the recovery. */
export class Drill implements LocalSteps {
	readonly #context: DrillContext;
	#forecast: ElectionForecast | null = null;
	#hasPaused = false;

	constructor(context: DrillContext) {
		this.#context = context;
	}

	work(key: string): LocalWork | undefined {
		const { probe, planned } = this.#context;
		if (key.startsWith("measure")) return (tell) => this.#measure(tell);
		if (probe === null || planned === null) return undefined;
		if (key === "writes") return (tell, signal) => this.#begin(probe, planned.forecast, tell, signal);
		if (key === "election") {
			return (tell, signal) => this.#waitForSuccessor(probe, planned.electionSeconds, tell, signal);
		}
		return undefined;
	}

	async replan(): Promise<readonly Step[]> {
		const { nodeId, end } = this.#context;
		const steps = afterOutage(await this.#quietFacts(), nodeId, end, !this.#hasPaused);
		this.#hasPaused ||= steps.some(({ looksAgain }) => looksAgain === true);
		return steps;
	}

	report(state: RunState): DrillReport | null {
		const { probe, planned, watch, log, record, resumed } = this.#context;
		const intent = planned?.intent ?? resumed?.intent;
		const measured = probe?.measured ?? null;
		// All that was recorded is in the report, and that is in the journal.
		record?.remove();
		if (intent === undefined || measured?.acknowledged === 0) return null;
		const health = state.steps.find(({ step }) => step.key.startsWith("health"));
		return drillReport({
			intent,
			cluster: state.plan.cluster,
			beganAt: state.startedAt,
			forecast: resumed === null ? this.#forecast : (resumed.past?.forecast ?? null),
			measured,
			...(resumed !== null && { resumed: { lastAlive: resumed.past?.lastAt ?? null } }),
			moments: momentsOf(state, measured),
			events: log(),
			isHealthy: health?.status === "done" || health?.status === "not needed",
			snapshot: watch.snapshot(),
		});
	}

	close(): void {
		this.#context.probe?.close();
		this.#context.record?.close();
	}

	async #begin(
		probe: WriteProbe,
		approved: ElectionForecast | null,
		tell: (line: string) => void,
		signal: AbortSignal,
	): Promise<boolean> {
		const { nodeId, watch, record, planned } = this.#context;
		if (planned !== null) record?.begin(planned.intent, watch.snapshot().forecast);
		probe.start(nodeId);
		const until = Date.now() + FIRST_WRITES_MS;
		while (probe.count(nodeId).by < FIRST_WRITES && Date.now() < until && !signal.aborted) {
			await pause(COUNT_INTERVAL_MS, signal);
		}
		if (probe.count(nodeId).by < FIRST_WRITES) {
			tell(`too few writes are acknowledged: ${probe.count(nodeId).by} in ${FIRST_WRITES_MS / 1000} s`);
			if (probe.fault !== null) tell(sentence(probe.fault));
			return false;
		}
		tell(`${probe.count(nodeId).by} writes are acknowledged`);
		const { forecast, findings } = watch.snapshot();
		this.#forecast = forecast;
		const wrong = findings.filter(({ severity }) => severity !== "notice");
		for (const { message } of wrong) tell(message);
		const isAsBefore =
			forecast !== null &&
			forecast.reservations.length === 0 &&
			String(forecast.promotedNodeIds) === String(approved?.promotedNodeIds);
		tell(
			isAsBefore ? "the forecast is as it was" : `the forecast has changed: ${forecast?.reason ?? "none"}`,
		);
		return isAsBefore && wrong.length === 0;
	}

	async #waitForSuccessor(
		probe: WriteProbe,
		seconds: number,
		tell: (line: string) => void,
		signal: AbortSignal,
	): Promise<boolean> {
		const { nodeId, record } = this.#context;
		const began = Date.now();
		let aliveAt = began;
		let known = probe.count(nodeId).by;
		while (Date.now() - began < seconds * 1000 && !signal.aborted) {
			const { by, byOthers } = probe.count(nodeId);
			if (byOthers > 0) {
				const { lastBefore, firstAfter } = probe.measured;
				const gap = ((firstAfter?.at ?? 0) - (lastBefore ?? 0)) / 1000;
				tell(`writes are acknowledged again, ${gap.toFixed(2)} s after the last one`);
				return true;
			}
			if (by > known && Date.now() - began > LAST_WRITES_MS) {
				tell(
					"the old primary acknowledges writes again: it came back by itself, and no standby was promoted",
				);
				return false;
			}
			if (Date.now() - began <= LAST_WRITES_MS) known = by;
			if (Date.now() - aliveAt >= ALIVE_MS) {
				aliveAt = Date.now();
				record?.alive();
			}
			await pause(COUNT_INTERVAL_MS, signal);
		}
		tell(`no standby was promoted within ${seconds} s`);
		return false;
	}

	async #measure(tell: (line: string) => void): Promise<boolean> {
		const { probe, watch } = this.#context;
		if (probe === null) {
			tell(
				"not measured: the console that wrote has ended, and this machine has no record of what was acknowledged",
			);
			return true;
		}
		await probe.stop();
		const { acknowledged } = probe.measured;
		const { primaryNodeId } = watch.snapshot().cluster;
		if (acknowledged === 0 || primaryNodeId === null) {
			tell(acknowledged === 0 ? "nothing was written" : "there is no single primary to count on");
			return acknowledged === 0;
		}
		const counted = await probe.countMissing(primaryNodeId);
		tell(
			counted.fault === undefined
				? `of ${acknowledged} acknowledged writes ${counted.value} are missing`
				: sentence(counted.fault),
		);
		return counted.fault === undefined;
	}

	/** Facts once no earlier console's command works on the old primary, and every server that may be the primary answers. */
	async #quietFacts(): Promise<Facts> {
		const { facts, nodeId } = this.#context;
		for (let readings = 1; ; readings++) {
			const now = await facts();
			const look = hostOf(now, nodeId).value?.look;
			const isBusy = look?.repmgrCommands?.some((command) => /^node /.test(command)) === true;
			const isBetween = nodeOf(now, nodeId)?.observed.reachable === false && look?.postmaster !== false;
			if ((!isBusy && !isBetween && !isHalfSeen(now, nodeId)) || readings === QUIET_READINGS) return now;
		}
	}
}

/** No primary is seen, and a server that may be one does not answer: that may pass, as after a network failure. */
function isHalfSeen({ snapshot: { nodes } }: Facts, drilledNodeId: number): boolean {
	const isPrimarySeen = nodes.some(({ observed }) => observed.reachable && observed.role === "primary");
	return (
		!isPrimarySeen &&
		nodes.some(
			({ nodeId, registered, observed }) =>
				nodeId !== drilledNodeId && registered.type !== "witness" && !observed.reachable,
		)
	);
}

function momentsOf(state: RunState, measured: Measured | null): readonly Omit<DrillMoment, "seconds">[] {
	const { lastBefore = null, successorSeen = null, firstAfter = null } = measured ?? {};
	const nameOf = (nodeId: number): string =>
		state.plan.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? `node ${nodeId}`;
	const by = "this console";
	const steps = state.steps.flatMap(({ step, status, startedAt, endedAt }) =>
		startedAt === null || status === "not needed"
			? []
			: [
					{ at: startedAt, by, text: `begun: ${step.title}` } as const,
					...(endedAt === null ? [] : [{ at: endedAt, by, text: `${status}: ${step.title}` } as const]),
				],
	);
	return [
		...steps,
		...(lastBefore === null
			? []
			: [{ at: lastBefore, by, text: "the last write before is acknowledged" } as const]),
		...(successorSeen === null
			? []
			: [{ at: successorSeen, by, text: "another server is out of recovery" } as const]),
		...(firstAfter === null
			? []
			: [
					{
						at: firstAfter.at,
						by,
						text: `the first write after is acknowledged, by ${nameOf(firstAfter.nodeId)}`,
					} as const,
				]),
	];
}
