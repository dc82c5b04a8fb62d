import { authoritativeRegistrations } from "../assess/authority.ts";
import { type Fault, isOurs, NOT_IN_TIME, type Outcome, TOO_BUSY } from "../model/fault.ts";
import type { NodeState, Report } from "../model/node-state.ts";
import { tooManyNodesFault } from "../model/registration.ts";
import { hasForgottenRepmgrd } from "../model/server-reading.ts";
import type { HostLooks } from "../probe/host/loop.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { slowness } from "../transport/pace.ts";
import type { ConnectionParameters } from "../transport/ports.ts";

export interface FirstReadingContext {
	readonly store: ConsoleStore;
	/** How many servers the user named. */
	readonly seedCount: number;
	/** How long a command waits for nodes and hosts. */
	readonly waitMs: number;
	readonly hostLooks: HostLooks;
	/** Can the node's host be read over SSH? */
	readonly looksAtHostOf: (nodeId: number) => boolean;
}

/** From this slowness on (idle is 1) the machine is named as the reason why something was not read in time. */
const BUSY = 2;

/** Waits until the nodes of a cluster have been read. The outcome is a fault if no named server knew a cluster. */
export class FirstReading {
	readonly #context: FirstReadingContext;
	readonly #seedFaults = new Map<ConnectionParameters, Fault>();
	readonly #faultListeners = new Set<() => void>();

	constructor(context: FirstReadingContext) {
		this.#context = context;
	}

	/** A named server could not be read. */
	seedFailed(seed: ConnectionParameters, fault: Fault): void {
		this.#seedFaults.set(seed, fault);
		for (const listener of this.#faultListeners) listener();
	}

	/** Every node, and every host that is needed; what was not read in time gets a fault that says so. */
	async complete(): Promise<Outcome<true>> {
		const { store, waitMs } = this.#context;
		const outcome = await this.within(waitMs);
		const nodes = [...store.getState().nodes.values()];
		const missing = nodes.filter((node) => !this.#isDone(node)).flatMap((node) => this.#missingOf(node));
		if (missing.length > 0) {
			store.receive(missing);
			store.tick(Date.now());
		}
		return outcome;
	}

	/** The same with another deadline; what is missing may still come. */
	within(deadlineMs: number): Promise<Outcome<true>> {
		return this.#nodesOnce((node) => this.#isDone(node), deadlineMs);
	}

	events(): Promise<Outcome<true>> {
		return this.#nodesOnce(areEventsRead, this.#context.waitMs);
	}

	/** Waits until it is known which nodes there are. */
	discovery(): Promise<Outcome<true>> {
		return this.#nodesOnce(() => true, this.#context.waitMs);
	}

	/** Waits until there are nodes and all of them pass the test, or until every named server has failed. */
	#nodesOnce(isWanted: (node: NodeState) => boolean, deadlineMs: number): Promise<Outcome<true>> {
		const { store, seedCount } = this.#context;
		const { promise, resolve } = Promise.withResolvers<Outcome<true>>();
		const check = (): void => {
			const { nodes } = store.getState();
			const told = [...this.#seedFaults.values()].filter((fault) => !isOurs(fault));
			const isOver = nodes.size === 0 && told.length === seedCount;
			if (isOver || (nodes.size > 0 && [...nodes.values()].every(isWanted))) finish();
		};
		const finish = (): void => {
			clearTimeout(timer);
			unsubscribe();
			this.#faultListeners.delete(check);
			// Brings ages and findings up to date.
			store.tick(Date.now());
			const { nodes } = store.getState();
			const tooMany = tooManyFault(nodes.values());
			if (nodes.size > 0 && tooMany === null) resolve({ value: true });
			else resolve({ fault: tooMany ?? worstFault([...this.#seedFaults.values()]) ?? this.#lateFault() });
		};
		const timer = setTimeout(finish, deadlineMs);
		const unsubscribe = store.subscribe(check);
		this.#faultListeners.add(check);
		check();
		return promise;
	}

	/** A node that answers is done. One that does not, or has lost its repmgrd, also waits for its host, which may say why. */
	#isDone({ nodeId, server, host }: NodeState): boolean {
		if (isUnread(server)) return false;
		const isToldByServer = server.fault === null && !(server.good && hasForgottenRepmgrd(server.good.value));
		const isHostWanted = this.#context.hostLooks === "at once" || !isToldByServer;
		return !isHostWanted || !this.#context.looksAtHostOf(nodeId) || !isUnread(host);
	}

	/** Reports of what was not read of a node in time. */
	#missingOf({ nodeId, server, host }: NodeState): readonly Report[] {
		const fault = this.#lateFault();
		const at = Date.now();
		const isHostMissing = this.#context.looksAtHostOf(nodeId) && isUnread(host);
		return [
			...(isUnread(server) ? [{ nodeId, of: "server", observation: { fault, at, by: "sql" } } as const] : []),
			...(isHostMissing ? [{ nodeId, of: "host", observation: { fault, at, by: "ssh" } } as const] : []),
		];
	}

	/** For what was not read within `waitMs`. */
	#lateFault(): Fault {
		const isBusy = slowness() >= BUSY;
		return {
			kind: "timeout",
			code: isBusy ? TOO_BUSY : NOT_IN_TIME,
			message: `not read within ${this.#context.waitMs / 1000} s${isBusy ? ": this machine is too busy to judge" : ""}`,
		};
	}
}

function areEventsRead({ server, events }: NodeState): boolean {
	return server.fault !== null || events.good !== null || events.fault !== null;
}

/** Nodes remembered from last time do not count if the servers' own list is too long for the console. */
function tooManyFault(nodes: Iterable<NodeState>): Fault | null {
	const all = [...nodes];
	const count = all.map(({ server }) => server.good?.value.tooManyNodes).find((many) => many);
	return count && authoritativeRegistrations(all) === null ? tooManyNodesFault(count) : null;
}

/** Nothing was heard, and not through a fault of the other side. */
function isUnread({ good, fault }: NodeState["server"] | NodeState["host"]): boolean {
	return fault === null ? good === null : isOurs(fault.fault);
}

/** The most useful of several faults: one from a server that answered, if there is one. */
function worstFault(faults: readonly Fault[]): Fault | undefined {
	return (
		faults.find(
			({ kind }) => kind !== "name" && kind !== "unreachable" && kind !== "refused" && kind !== "timeout",
		) ?? faults[0]
	);
}
