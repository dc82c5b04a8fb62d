import { join } from "node:path";
import { Bootstrap } from "../bootstrap/bootstrap.ts";
import { sessionProofs } from "../command/bootstrap-proofs.ts";
import { readInventory } from "../config/inventory.ts";
import { parseConninfo } from "../libpq/conninfo.ts";
import { limitsOf } from "../practice/set-up/limits.ts";
import { createNewCluster, type NewCluster } from "../session/new-cluster.ts";
import { openSession } from "../session/session.ts";
import { inventoryWriter, reportWriter } from "./new-cluster-files.ts";
import type { ComposedPractice } from "./practice.ts";
import type { showNewClusterScreen } from "./show-new-cluster.ts";

/** A new cluster on the bare hosts of a practice. What it writes lies in the directory of the practice, and goes with it. */
export function openFirstSetUp(composed: ComposedPractice): NewCluster {
	const { directory: home, ports, scenario, session } = composed;
	const file = join(home, "inventory.yaml");
	const write = reportWriter(file);
	return createNewCluster({
		...{ file, home, answers: {}, sudoPassword: { value: null } },
		read() {
			const inventory = readInventory(file, home);
			if (inventory.problems !== undefined) return inventory;
			const limits = limitsOf(inventory.value).map((limit) => ({ ...limit, exitCode: 78 as const }));
			return limits.length > 0 ? { problems: limits } : inventory;
		},
		write: inventoryWriter(file, null),
		open: (inventory, { sudoPassword }) =>
			new Bootstrap({
				...{ inventory, sudoPassword, operator: session.operator, journalPath: session.journalPath },
				again: `repmgr-console practice ${scenario.name}`,
				passfile: join(home, ".pgpass"),
				// It ends with this program.
				watch: () => null,
				authority: () => null,
				shellFor: ({ host, ssh }) => ports.shellOn(ssh.host ?? host, ssh.port ?? 22),
			}),
		prove: (conninfo) =>
			sessionProofs(() =>
				Promise.resolve({ value: openSession({ ...sessionTo(composed, conninfo), hostLooks: "at once" }) }),
			),
		report: (...made) => `${write(...made)} It goes when the practice ends.`,
	});
}

/** Shows the screens on which the cluster is made. @returns the connection to it; null: they were left before. */
export async function showFirstSetUp(
	composed: ComposedPractice,
	options: Parameters<typeof showNewClusterScreen>[1],
): Promise<string | null> {
	const { showNewClusterScreen } = await import("./show-new-cluster.ts");
	const watched: string[] = [];
	await showNewClusterScreen(
		openFirstSetUp(composed),
		{ ...options, practice: composed.practice },
		(conninfo) => {
			watched.push(conninfo);
		},
	);
	return watched[0] ?? null;
}

/** A session's options for the cluster that was made, logging in as that connection string says. */
export function sessionTo(
	{ session, ports }: ComposedPractice,
	conninfo: string,
): ComposedPractice["session"] {
	const { value } = parseConninfo(conninfo);
	if (value === undefined) throw new Error(`not a connection string: ${conninfo}`);
	const { host = "", user, dbname } = value;
	return {
		...session,
		seeds: [ports.parametersOf(host, user, dbname)],
		resolve: (node) => ({ value: ports.parametersOf(node.host ?? "", user, dbname) }),
	};
}
