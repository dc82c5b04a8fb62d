import { current, type NodeState } from "../model/node-state.ts";
import type { ServerReading, WalReceiver, WalSender } from "../model/server-reading.ts";

/** What a standby streams from, as seen on both sides. */
export interface Attachment {
	/** Null where the walreceiver's state may not be read. */
	readonly attached: boolean | null;
	readonly upstreamNodeId: number | null;
	/** The upstream's walsender for this standby, when it was found. */
	readonly sender: WalSender | null;
}

/**
 * Finds upstreams among many nodes in one pass: first by the walreceiver's sender_host and sender_port, then by a
 * walsender with the standby's slot, client address or application_name, in this order. repmgr compares only
 * application_name (_is_downstream_node_attached() in dbutils.c), which is often not the node's name.
 */
export class UpstreamIndex {
	readonly #byAddress = new Map<string, number>();
	/** Null: several walsenders match, as with two standbys (or a base backup) at one address. */
	readonly #senders = new Map<string, { nodeId: number; sender: WalSender } | null>();

	constructor(states: Iterable<NodeState>) {
		for (const state of states) {
			const { host, port } = state.registration;
			const server = state.server.good?.value;
			if (host !== null) this.#add(`${host}:${port}`, state.nodeId);
			this.#add(state.address, state.nodeId);
			if (server?.serverAddress && server.serverPort) {
				this.#add(`${server.serverAddress}:${server.serverPort}`, state.nodeId);
			}
			const now = current(state.server);
			if (now !== null) this.#addSenders(state.nodeId, now);
		}
	}

	/** The attachment of one standby that was just read. */
	find(state: NodeState, server: ServerReading): Attachment {
		const receiver = server.walReceiver;
		if (receiver === null) return { attached: false, upstreamNodeId: null, sender: null };
		const named = this.#byAddress.get(`${receiver.senderHost}:${receiver.senderPort}`) ?? null;
		const found = this.#sender(state, server, receiver, named);
		const upstreamNodeId = named ?? found?.nodeId ?? null;
		const attached = receiver.status === null ? (found ? true : null) : receiver.status === "streaming";
		return attached === false
			? { attached, upstreamNodeId: null, sender: null }
			: {
					attached,
					upstreamNodeId: upstreamNodeId === state.nodeId ? null : upstreamNodeId,
					sender: found?.sender ?? null,
				};
	}

	#sender(state: NodeState, server: ServerReading, receiver: WalReceiver, named: number | null) {
		const keys = [
			receiver.slotName && `slot ${receiver.slotName}`,
			server.serverAddress && `address ${server.serverAddress}`,
			`name ${state.registration.nodeName}`,
		];
		for (const key of keys) {
			const found = key ? this.#senders.get(named === null ? key : `${named} ${key}`) : undefined;
			if (found && found.nodeId !== state.nodeId) return found;
		}
		return null;
	}

	#add(address: string, nodeId: number): void {
		if (!this.#byAddress.has(address)) this.#byAddress.set(address, nodeId);
	}

	#addSenders(nodeId: number, server: ServerReading): void {
		const slotOf = new Map(
			server.slots.filter((slot) => slot.activePid !== null).map((slot) => [slot.activePid, slot.slotName]),
		);
		for (const sender of server.walSenders) {
			const slot = slotOf.get(sender.pid);
			const keys = [
				slot && `slot ${slot}`,
				sender.clientAddress && `address ${sender.clientAddress}`,
				sender.applicationName && `name ${sender.applicationName}`,
			];
			for (const key of keys) {
				if (!key) continue;
				for (const name of [key, `${nodeId} ${key}`]) {
					this.#senders.set(name, this.#senders.has(name) ? null : { nodeId, sender });
				}
			}
		}
	}
}
