import { tablesOf, write } from "../cluster/cluster.ts";
import { BASTION_ADDRESS } from "../cluster/host.ts";
import type { Program } from "../programs/program.ts";
import { connectionProblem } from "./server-steps.ts";

/** READ_ROW_SCRIPT looks so often, and so long apart. */
const LOOKS = 40;
const LOOK_MS = 250;

/** SEEN_FROM_SCRIPT. */
export function printConnection({ node, print }: Program): number {
	print(`${BASTION_ADDRESS} 50022 ${node.address} 22`);
	return 0;
}

/** WRITE_ROW_SCRIPT and DROP_ROW_SCRIPT. @param customers what is in the table then; null: there is none. */
export const writeCustomers =
	(customers: readonly string[] | null) =>
	({ cluster, node, say }: Program): number => {
		if (!cluster.answers(node.nodeId, node)) {
			say("psql: error: connection to server failed: Connection refused");
			return 2;
		}
		if (node.data.isStandby) {
			say("ERROR:  cannot execute DROP SCHEMA in a read-only transaction");
			return 3;
		}
		write(node, (tables) => ({ ...tables, customers }));
		return 0;
	};

/** READ_ROW_SCRIPT. */
export async function readCustomers({ cluster, node, say }: Program): Promise<number> {
	for (let look = 0; look < LOOKS; look++) {
		if (cluster.answers(node.nodeId, node) && tablesOf(node).customers?.includes("Ada")) return 0;
		await cluster.sleep(LOOK_MS);
	}
	say('ERROR:  relation "repmgr_console_proof.customers" does not exist');
	return 1;
}

/** LOG_IN_SCRIPT: HOST PORT ROLE DATABASE. */
export function tryEncryption(program: Program): number {
	const { cluster, words, print } = program;
	const [host = "", , user = "", database = ""] = words;
	const target = cluster.nodeAt(host);
	const said = (isEncrypted: boolean, answer: string): string => {
		const problem = connectionProblem(program, target, { host, database, user }, isEncrypted);
		return problem === null ? answer : `psql: error: ${problem}`;
	};
	print(`plain ${said(false, "accepted")}`);
	print(`tls ${said(true, "t")}`);
	return 0;
}
