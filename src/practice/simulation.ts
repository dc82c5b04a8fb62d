import { calmCluster } from "./cluster/calm.ts";
import { type Cluster, logToRepmgrd } from "./cluster/cluster.ts";
import { advanceSlots, replicate, writeLoad } from "./cluster/replication.ts";
import { turnDaemon } from "./cluster/repmgrd.ts";
import type { DaemonCommands } from "./cluster/repmgrd-upstream.ts";
import { Exercise } from "./exercise.ts";
import { follow, promote } from "./programs/repmgr-standby.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { bareCluster } from "./set-up/bare.ts";

const TICK_MS = 100;
/** monitor_interval_secs. */
const DAEMON_MS = 1000;

/** A cluster whose time passes. */
export class Simulation {
	readonly cluster: Cluster;
	readonly #timer: NodeJS.Timeout;
	readonly #commands: DaemonCommands;
	#at = 0;
	#daemonMs = 0;

	readonly exercise: Exercise;

	constructor(scenario: Scenario, speed: number, isPlayed: boolean) {
		const { bareHosts } = scenario;
		this.cluster = bareHosts === undefined ? calmCluster(speed) : bareCluster(bareHosts, speed);
		this.exercise = new Exercise(scenario, this.cluster, isPlayed);
		const { cluster } = this;
		const program = (node: Parameters<DaemonCommands["promote"]>[0], ...words: readonly string[]) => {
			// With --log-to-file repmgr writes to repmgrd's log in its form.
			const say = (line: string): void => {
				const [, level = "INFO", text = line] = /^([A-Z]+): +(.*)$/.exec(line) ?? [];
				logToRepmgrd(node, level, text);
			};
			return { cluster, node, words, input: "", say, print: say };
		};
		this.#commands = {
			promote: async (node) => (await promote(program(node))) === 0,
			follow: async (node, upstreamId) =>
				(await follow(program(node, `--upstream-node-id=${upstreamId}`))) === 0,
		};
		this.#timer = setInterval(() => this.#tick(), TICK_MS);
	}

	#tick(): void {
		const { cluster } = this;
		const now = cluster.ownMs();
		const ms = now - this.#at;
		this.#at = now;
		for (const node of cluster.nodes) writeLoad(node, ms);
		for (const node of cluster.nodes) replicate(cluster, node, ms);
		for (const node of cluster.nodes) advanceSlots(cluster, node);
		this.exercise.pass(ms);
		this.#daemonMs += ms;
		if (this.#daemonMs < DAEMON_MS) return;
		this.#daemonMs = 0;
		for (const node of cluster.nodes) turnDaemon(cluster, node, this.#commands);
	}

	close(): void {
		clearInterval(this.#timer);
	}
}
