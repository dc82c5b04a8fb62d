import type { Fault, Outcome } from "../../model/fault.ts";
import type { ConnectionParameters, Query, QuerySession } from "../../transport/ports.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { BASTION_ADDRESS } from "../cluster/host.ts";
import { loginProblem } from "../cluster/login.ts";
import { BASTION, type PracticeNode, type Server } from "../cluster/state.ts";
import { answerStatement } from "./statements.ts";

const ROUND_TRIP_MS = 3;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** SQL on the nodes of a practice, with the faults that the network and a server make. */
export function practiceQuery(cluster: Cluster): Query {
	return {
		async connect(parameters, deadlineMs) {
			const reached = await reach(cluster, parameters, deadlineMs);
			return reached.fault === undefined ? { value: new Session(cluster, ...reached.value) } : reached;
		},
		async ping(parameters, deadlineMs) {
			const reached = await reach(cluster, parameters, deadlineMs);
			// A server that starts answers, too, if only with a refusal.
			return reached.fault === undefined || reached.fault.code === "57P03"
				? { value: ROUND_TRIP_MS }
				: reached;
		},
	};
}

async function reach(
	cluster: Cluster,
	{ host, hostaddr, port, user, dbname }: ConnectionParameters,
	deadlineMs: number,
): Promise<Outcome<readonly [PracticeNode, Server]>> {
	const where = `${host}:${port}`;
	const node = cluster.nodeAt(hostaddr ?? host);
	if (node === null)
		return { fault: { kind: "name", message: `host name "${host}" does not resolve`, code: "ENOTFOUND" } };
	if (!cluster.reaches(BASTION, node.nodeId)) {
		await pause(deadlineMs);
		return { fault: { kind: "unreachable", message: `no answer from ${where}`, code: "ETIMEDOUT" } };
	}
	await pause(ROUND_TRIP_MS);
	const { server } = node;
	if (server === null) {
		return { fault: { kind: "refused", message: `connection to ${where} refused`, code: "ECONNREFUSED" } };
	}
	if (server.isFrozen) {
		await pause(deadlineMs);
		return { fault: silent(where) };
	}
	if (server.readyAt > Date.now() || server.isStopping) {
		const what = server.isStopping ? "shutting down" : "starting up";
		return { fault: { kind: "refused", message: `the database system is ${what}`, code: "57P03" } };
	}
	const login = { address: BASTION_ADDRESS, database: dbname, user, hasPassword: true };
	const problem = loginProblem(node, login);
	if (problem !== null)
		return { fault: { kind: "authentication", message: problem.replace("FATAL:  ", "") } };
	return { value: [node, server] };
}

const silent = (where: string): Fault => ({
	kind: "timeout",
	message: `${where} accepts connections, but does not answer`,
});

class Session implements QuerySession {
	readonly #cluster: Cluster;
	readonly #node: PracticeNode;
	readonly #server: Server;
	readonly #lose: () => void;
	#lost: ((fault: Fault) => void) | null = null;
	#isOpen = true;

	constructor(cluster: Cluster, node: PracticeNode, server: Server) {
		this.#cluster = cluster;
		this.#node = node;
		this.#server = server;
		this.#lose = () => {
			this.close();
			this.#lost?.(this.#closed());
		};
		server.sessions.add(this.#lose);
	}

	async query(...[statement, values, deadlineMs]: Parameters<QuerySession["query"]>) {
		const node = this.#node;
		if (this.#isOpen && (this.#server.isFrozen || !this.#cluster.reaches(BASTION, node.nodeId))) {
			await pause(deadlineMs);
			return { fault: silent(`${node.host}:5432`) };
		}
		await pause(ROUND_TRIP_MS);
		if (!this.#isOpen) return { fault: this.#closed() };
		return answerStatement(this.#cluster, node, this.#server, statement, values);
	}

	onLost(listener: (fault: Fault) => void): void {
		this.#lost = listener;
	}

	close(): void {
		this.#isOpen = false;
		this.#server.sessions.delete(this.#lose);
	}

	#closed(): Fault {
		return {
			kind: "refused",
			message: `server at ${this.#node.host}:5432 closed the connection`,
			code: "ECONNRESET",
		};
	}
}
