import type { Play, Practice, PracticeFault, PracticeMade, PracticeState } from "../model/practice.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { acceptsWrites, CONDITIONS } from "./conditions.ts";
import { FAULTS, faultOf, unfitness } from "./faults.ts";
import { Player } from "./player.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** A scenario that is played on a cluster. */
export class Exercise implements Practice {
	readonly #scenario: Scenario;
	readonly #cluster: Cluster;
	#happened = 0;
	#hintCount = 0;
	#isSolved = false;
	/** Before a cluster is made nobody misses it. */
	#hasBeenWritable = false;
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
		const now = this.#cluster.ownMs();
		for (let next = happens[this.#happened]; next !== undefined && 1000 * next.seconds <= now; ) {
			this.#happen(next);
			next = happens[++this.#happened];
		}
		const writable = this.#cluster.nodes.filter(acceptsWrites).length;
		if (writable > 0) this.#hasBeenWritable = true;
		if (writable === 0 && this.#hasBeenWritable && !this.#isSolved) this.#outageMs += ms;
		if (writable > 1 && !this.#isSolved) this.#splitMs += ms;
		if (end.length === 0 || this.#isSolved || this.#happened < happens.length) return;
		this.#isSolved = end.every((condition) => CONDITIONS[condition](this.#cluster).length === 0);
		if (this.#isSolved) this.#cluster.note("the cluster is well");
	}

	/** The operator may have done something that keeps it from happening. */
	#happen({ fault: id, node: name }: Scenario["happens"][number]): void {
		const [fault, node] = [faultOf(id), this.#cluster.nodeAt(name)];
		const why = node === null ? "there is no such node" : unfitness(fault, node, this.#cluster);
		this.#cluster.note(`${fault.title} on ${name}${why === null ? "" : `: did not happen, ${why}`}`);
		if (node !== null && why === null) void fault.start(node, this.#cluster);
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
		const all =
			this.#scenario.bareHosts === undefined ? "all the time" : "all the time since there was a primary";
		const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
		const first = notes.findIndex(({ of }) => of === "seen");
		const acted = notes.slice(Math.max(0, first)).find(({ of }) => of === "you");
		const thoughtMs = (acted?.ms ?? 0) - (notes[first]?.ms ?? 0);
		return [
			this.#outageMs < 500
				? `Writing was possible ${all}.`
				: `Nobody could write for ${seconds(this.#outageMs)}.`,
			...(this.#splitMs > 0 ? [`Two servers accepted writes for ${seconds(this.#splitMs)}.`] : []),
			lostCommits === 0
				? "No commit was lost."
				: `Commits discarded by a rewind: ${lostCommits}. Their WAL was saved first.`,
			...(first >= 0 && acted !== undefined
				? [`From the first finding to the first thing you did: ${seconds(thoughtMs)}.`]
				: []),
			`Hints asked for: ${this.#hintCount}.`,
			`Next time: ${this.#scenario.lesson}`,
			"All times are the cluster's own, here in minutes and seconds since it began:",
			...notes.map(({ ms, of, text }) => `${clockText(ms)}  ${of.padEnd(8)}  ${text}`),
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

	make(nodeId: number, faultId: string): PracticeMade {
		const node = this.#cluster.node(nodeId);
		const { title, heal, start, unfit } = faultOf(faultId);
		if (heal?.isOn(node, this.#cluster)) {
			this.#cluster.note(`${heal.title} on ${node.name}`, "you");
			void heal.end(node, this.#cluster);
			return { done: `${node.name}: ${heal.title}` };
		}
		const why = unfit(node, this.#cluster);
		if (why !== null) return { problem: `${title} on ${node.name}: ${why}` };
		this.#cluster.note(`${title} on ${node.name}`, "broken");
		void start(node, this.#cluster);
		return { done: `${node.name}: ${title}` };
	}

	askHint(): void {
		this.#hintCount = Math.min(this.#scenario.hints.length, this.#hintCount + 1);
	}

	setSpeed(speed: number): void {
		this.#cluster.speed = speed;
	}
}

/** "2:05". */
function clockText(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
