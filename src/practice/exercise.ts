import type { Play, Practice, PracticeFault, PracticeState } from "../model/practice.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { PracticeNode } from "./cluster/state.ts";
import { acceptsWrites, CONDITIONS } from "./conditions.ts";
import { FAULTS, type Fault, faultOf } from "./faults.ts";
import { Player } from "./player.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** A scenario that is played on a cluster. */
export class Exercise implements Practice {
	readonly #scenario: Scenario;
	readonly #cluster: Cluster;
	#happened = 0;
	#hintCount = 0;
	#isSolved = false;
	#outageMs = 0;
	#splitMs = 0;
	/** Findings that were there already. */
	readonly #seen = new Set<string>();

	readonly play: Play | null;

	/** @param isPlayed it presses its own keys. */
	constructor(scenario: Scenario, cluster: Cluster, isPlayed: boolean) {
		this.#scenario = scenario;
		this.#cluster = cluster;
		this.play = isPlayed ? new Player(scenario.keys, () => cluster.speed) : null;
	}

	/** Time has passed. @param ms the cluster's own. */
	pass(ms: number): void {
		const { happens, end } = this.#scenario;
		this.#cluster.elapsedMs += ms;
		for (
			let next = happens[this.#happened];
			next !== undefined && 1000 * next.seconds <= this.#cluster.elapsedMs;
		) {
			this.#start(faultOf(next.fault), this.#cluster.nodeAt(next.node), "happened");
			next = happens[++this.#happened];
		}
		const writable = this.#cluster.nodes.filter(acceptsWrites).length;
		if (writable === 0 && !this.#isSolved) this.#outageMs += ms;
		if (writable > 1 && !this.#isSolved) this.#splitMs += ms;
		if (end.length === 0 || this.#isSolved || this.#happened < happens.length) return;
		this.#isSolved = end.every((condition) => CONDITIONS[condition](this.#cluster).length === 0);
		if (this.#isSolved) this.#cluster.note("the cluster is well again");
	}

	#start(fault: Fault, node: PracticeNode | null, by: "happened" | "fault"): void {
		if (node === null) return;
		const why = fault.unfit(node, this.#cluster);
		if (why !== null) {
			this.#cluster.note(`could not ${fault.title} on ${node.name}: ${why}`, by);
			return;
		}
		this.#cluster.note(`${fault.title} on ${node.name}`, by);
		void fault.start(node, this.#cluster);
	}

	state(): PracticeState {
		const { title, story, goal, hints } = this.#scenario;
		return {
			...{ title, story, goal, isSolved: this.#isSolved },
			hints: hints.slice(0, this.#hintCount),
			hasMoreHints: this.#hintCount < hints.length,
			debrief: this.#isSolved ? this.#debrief() : [],
			speed: this.#cluster.speed,
		};
	}

	#debrief(): readonly string[] {
		const { notes, lostCommits } = this.#cluster;
		const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
		// All lengths are the cluster's own, at any speed.
		const seenMs = notes.find(({ of }) => of === "seen")?.ms;
		const actedMs = notes.find(({ of, ms }) => of === "you" && ms >= (seenMs ?? 0))?.ms;
		const thoughtMs = seenMs === undefined || actedMs === undefined ? 0 : actedMs - seenMs;
		return [
			this.#outageMs < 500
				? "Writing was possible all the time."
				: `Nobody could write for ${seconds(this.#outageMs)}.`,
			...(this.#splitMs > 0 ? [`Two servers accepted writes for ${seconds(this.#splitMs)}.`] : []),
			lostCommits === 0
				? "No commit was lost."
				: `${lostCommits} commits were discarded by a rewind; their WAL was saved first.`,
			...(thoughtMs > 0 ? [`From the first finding to your first operation: ${seconds(thoughtMs)}.`] : []),
			`Hints asked for: ${this.#hintCount}.`,
			`Next time: ${this.#scenario.lesson}`,
			...notes.map(
				({ at, of, text }) => `${new Date(at).toISOString().slice(11, 19)}  ${of.padEnd(8)}  ${text}`,
			),
		];
	}

	see(findings: Parameters<Practice["see"]>[0]): void {
		if (this.#isSolved) return;
		for (const { code, severity, nodeId, message } of findings) {
			const key = `${code} ${nodeId}`;
			if (severity === "notice" || this.#seen.has(key)) continue;
			this.#seen.add(key);
			this.#cluster.note(`${code}: ${message}`, "seen");
		}
	}

	faultsOn(nodeId: number): readonly PracticeFault[] {
		const node = this.#cluster.node(nodeId);
		return FAULTS.map(({ id, title, about, unfit, heal }) =>
			heal?.isOn(node, this.#cluster)
				? { id, title: heal.title, about: heal.about, unfit: null }
				: { id, title, about, unfit: unfit(node, this.#cluster) },
		);
	}

	make(nodeId: number, faultId: string): string {
		const node = this.#cluster.node(nodeId);
		const fault = faultOf(faultId);
		if (fault.heal?.isOn(node, this.#cluster)) {
			this.#cluster.note(`${fault.heal.title} on ${node.name}`, "fault");
			void fault.heal.end(node, this.#cluster);
			return `${node.name}: ${fault.heal.title}`;
		}
		const why = fault.unfit(node, this.#cluster);
		if (why !== null) return `${node.name}: ${why}`;
		this.#start(fault, node, "fault");
		return `${node.name}: ${fault.title}`;
	}

	askHint(): void {
		this.#hintCount = Math.min(this.#scenario.hints.length, this.#hintCount + 1);
	}

	setSpeed(speed: number): void {
		this.#cluster.speed = speed;
	}
}
