import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "../config/paths.ts";
import type { Practice } from "../model/practice.ts";
import { DATABASE_OWNER } from "../model/registration.ts";
import type { Cluster } from "../practice/cluster/cluster.ts";
import { openCluster, SCENARIOS } from "../practice/index.ts";
import type { SessionOptions } from "../session/session.ts";
import type { Configured } from "../text/message.ts";
import { findScenario } from "./scenario-file.ts";

/** A session's options for a simulated cluster, with everything that it writes in a directory of its own. */
export interface ComposedPractice {
	readonly session: Omit<SessionOptions, "hostLooks">;
	readonly practice: Practice;
	readonly cluster: Cluster;
	/** Leaves nothing behind. */
	readonly close: () => void;
}

/** The scenarios, one a line. */
export function listScenarios(): string {
	const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
	return SCENARIOS.map(({ name, title }) => `${name.padEnd(width)}  ${title}`).join("\n");
}

export function composePractice(client: Client, name: string, speed: number): Configured<ComposedPractice> {
	const found = findScenario(name);
	if (found.problems !== undefined) return found;
	const scenario = found.value;
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-practice-"));
	const remove = (): void => rmSync(directory, { recursive: true, force: true });
	process.once("exit", remove);
	const { simulation, ...ports } = openCluster(scenario, speed);
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
			cluster: simulation.cluster,
			close() {
				simulation.close();
				process.off("exit", remove);
				remove();
			},
		},
	};
}
