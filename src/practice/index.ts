import type { ConnectionParameters, Query, Shell } from "../transport/ports.ts";
import { practiceQuery } from "./answers/query.ts";
import { deadShell, PracticeShell } from "./answers/shell.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { Simulation } from "./simulation.ts";

/** The two ports to a simulated cluster, and the way to its nodes. */
export interface PracticeCluster {
	readonly query: Query;
	readonly seed: ConnectionParameters;
	readonly parametersOf: (host: string, user?: string, dbname?: string) => ConnectionParameters;
	readonly shellFor: (nodeId: number) => Shell;
	/** SSH to a host that need not be a node yet. */
	readonly shellOn: (host: string, port: number) => Shell;
	readonly simulation: Simulation;
	readonly close: () => void;
}

export { SCENARIOS } from "./scenarios/index.ts";

/** Starts a simulated cluster: nodes that are well until something happens, or bare hosts. @param isPlayed it solves itself. */
export function openCluster(scenario: Scenario, speed: number, isPlayed = false): PracticeCluster {
	const simulation = new Simulation(scenario, speed, isPlayed);
	const { cluster } = simulation;
	const parametersOf = (host: string, user = "repmgr", dbname = "repmgr"): ConnectionParameters => ({
		...{ host, port: 5432, user, dbname },
		password: () => Promise.resolve(null),
		ssl: { mode: "disable" },
	});
	return {
		query: practiceQuery(cluster),
		seed: parametersOf(cluster.nodes[0]?.host ?? ""),
		parametersOf,
		shellFor: (nodeId) => new PracticeShell(cluster, cluster.node(nodeId)),
		shellOn(host, port) {
			const node = cluster.nodeAt(host);
			if (node === null)
				return deadShell({
					kind: "name",
					message: `host name "${host}" does not resolve`,
					code: "ENOTFOUND",
				});
			return port === 22
				? new PracticeShell(cluster, node)
				: deadShell({
						kind: "refused",
						message: `connection to ${host}:${port} refused`,
						code: "ECONNREFUSED",
					});
		},
		simulation,
		close: () => simulation.close(),
	};
}
