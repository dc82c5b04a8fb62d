import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "../config/paths.ts";
import type { Practice } from "../model/practice.ts";
import { DATABASE_OWNER } from "../model/registration.ts";
import type { Cluster } from "../practice/cluster/cluster.ts";
import { openCluster, type PracticeCluster, SCENARIOS } from "../practice/index.ts";
import type { Scenario } from "../practice/scenarios/scenario.ts";
import type { SessionOptions } from "../session/session.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { type Configured, refuse } from "../text/message.ts";
import { findScenario } from "./scenario-file.ts";

/** A session's options for a simulated cluster, with everything that it writes in a directory of its own. */
export interface ComposedPractice {
	readonly session: Omit<SessionOptions, "hostLooks">;
	readonly practice: Practice;
	/** Of its file; also where that is the user's own. */
	readonly scenario: Scenario;
	readonly cluster: Cluster;
	readonly ports: Omit<PracticeCluster, "simulation" | "close">;
	/** Of its own; all that it writes lies there. */
	readonly directory: string;
	/** Leaves nothing behind. */
	readonly close: () => void;
}

/** The scenarios, one a line, with the day on which each was solved first. */
export function listScenarios(solved: Readonly<Record<string, string>>): string {
	const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
	const titleWidth = Math.max(...SCENARIOS.map(({ title }) => title.length));
	return SCENARIOS.map(({ name, title, end }) => {
		const day = solved[name]?.slice(0, 10);
		const state = end.length === 0 ? "no task" : day === undefined ? "-" : `solved ${day}`;
		return `${name.padEnd(width)}  ${title.padEnd(titleWidth)}  ${state}`;
	}).join("\n");
}

/** Notes for the debrief what the console finds. @param onSolved called once, when the cluster is as it should be. */
export function followPractice(store: ConsoleStore, practice: Practice, onSolved: () => void): void {
	const end = store.subscribe(({ snapshot: { findings, isOperating } }) => {
		// What an operation makes for a moment is its own.
		if (!isOperating) practice.see(findings);
		if (!practice.state().isSolved) return;
		end();
		onSolved();
	});
}

/** @param isPlayed it solves itself. */
export function composePractice(
	client: Client,
	name: string,
	speed: number,
	isPlayed = false,
): Configured<ComposedPractice> {
	const found = findScenario(name);
	if (found.problems !== undefined) return found;
	const scenario = found.value;
	if (isPlayed && scenario.keys.length === 0)
		return refuse({ message: `the scenario "${name}" has no keys to play`, exitCode: 64 });
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-practice-"));
	const remove = (): void => rmSync(directory, { recursive: true, force: true });
	process.once("exit", remove);
	const { simulation, close: _, ...ports } = openCluster(scenario, speed, isPlayed);
	return {
		value: {
			session: {
				name: `practice ${scenario.name}`,
				query: ports.query,
				writingQuery: ports.query,
				redact: (text) => text,
				seeds: [ports.seed],
				known: [],
				operator: { osUser: client.osUser, host: hostname(), sshFrom: null, pid: process.pid },
				journalPath: join(directory, "journal.jsonl"),
				sshOff: null,
				intervalMs: 1000,
				waitMs: 10_000,
				resolve: ({ host }) => ({ value: ports.parametersOf(host ?? "") }),
				shellFor: ({ nodeId }) => ({ user: DATABASE_OWNER, shell: ports.shellFor(nodeId) }),
				remember: () => {},
			},
			practice: simulation.exercise,
			scenario,
			cluster: simulation.cluster,
			...{ ports, directory },
			close() {
				simulation.close();
				process.off("exit", remove);
				remove();
			},
		},
	};
}
