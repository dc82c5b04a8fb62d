import type { ConnectionParameters, Query, Shell } from "../transport/ports.ts";
import { practiceQuery } from "./answers/query.ts";
import { PracticeShell } from "./answers/shell.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { Simulation } from "./simulation.ts";

/** The two ports to a simulated cluster, and the way to its nodes. */
export interface PracticeCluster {
	readonly query: Query;
	readonly seed: ConnectionParameters;
	readonly parametersOf: (host: string) => ConnectionParameters;
	readonly shellFor: (nodeId: number) => Shell;
	readonly simulation: Simulation;
	readonly close: () => void;
}

export { SCENARIOS } from "./scenarios/index.ts";

/** Starts a simulated cluster: four nodes that are well, until something happens. @param isPlayed it solves itself. */
export function openCluster(scenario: Scenario, speed: number, isPlayed = false): PracticeCluster {
	const simulation = new Simulation(scenario, speed, isPlayed);
	const { cluster } = simulation;
	const parametersOf = (host: string): ConnectionParameters => ({
		...{ host, port: 5432, user: "repmgr", dbname: "repmgr" },
		password: () => Promise.resolve(null),
		ssl: { mode: "disable" },
	});
	return {
		query: practiceQuery(cluster),
		seed: parametersOf("node1"),
		parametersOf,
		shellFor: (nodeId) => new PracticeShell(cluster, cluster.node(nodeId)),
		simulation,
		close: () => simulation.close(),
	};
}
