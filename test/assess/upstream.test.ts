import { describe, expect, test } from "vitest";
import { UpstreamIndex } from "../../src/assess/upstream.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import { current } from "../../src/model/node-state.ts";
import {
	failed,
	good,
	nodeState,
	primaryReading,
	read,
	receiver,
	registration,
	sender,
	slot,
	standbyReading,
} from "../support/records.ts";

/** The attachment of a node among others, all just read. */
function attachmentOf(nodeId: number, ...states: readonly NodeState[]) {
	const state = states.find((candidate) => candidate.nodeId === nodeId) as NodeState;
	const server = current(state.server);
	if (server === null) throw new Error("this node is not read");
	return new UpstreamIndex(states).find(state, server);
}

/** A standby behind a proxy or tunnel: the address that it streams from is no node's. */
const ELSEWHERE = { senderHost: "127.0.0.1", senderPort: 6000 };

describe("by the receiver's own sender_host and sender_port", () => {
	test("as registered", () => {
		expect(attachmentOf(2, read(1, primaryReading()), read(2, standbyReading()))).toEqual({
			attached: true,
			upstreamNodeId: 1,
			sender: null,
		});
	});

	test.each([
		["mapped in the file", "vpn.example", 7432],
		["the server's own", "10.99.1.11", 5432],
	])("address %s", (_, senderHost, senderPort) => {
		const primary = {
			...read(1, primaryReading({ serverAddress: "10.99.1.11" })),
			address: "vpn.example:7432",
		};
		const standby = read(2, standbyReading({ walReceiver: receiver({ senderHost, senderPort }) }));
		expect(attachmentOf(2, primary, standby).upstreamNodeId).toBe(1);
	});

	test("two servers on one host are told apart by port", () => {
		const standby = read(
			3,
			standbyReading({ walReceiver: receiver({ senderHost: "db", senderPort: 5433 }) }),
		);
		const first = read(1, primaryReading(), { host: "db", port: 5432 });
		const second = read(2, standbyReading(), { host: "db", port: 5433 });
		expect(attachmentOf(3, first, second, standby).upstreamNodeId).toBe(2);
	});

	test("also when the upstream can't be read: its address is still known", () => {
		const silent = nodeState(registration(1), { server: [good(primaryReading(), 1), failed({}, 2)] });
		expect(attachmentOf(2, silent, read(2, standbyReading()))).toMatchObject({
			attached: true,
			upstreamNodeId: 1,
		});
	});

	test("it comes before slot, address and name, which may say something else", () => {
		const primary = read(1, primaryReading());
		const other = read(3, standbyReading({ walSenders: [sender(70, { applicationName: "node2" })] }));
		expect(attachmentOf(2, primary, other, read(2, standbyReading()))).toEqual({
			attached: true,
			upstreamNodeId: 1,
			sender: null,
		});
	});

	test("a standby is never its own upstream", () => {
		const standby = read(2, standbyReading({ walReceiver: receiver({ senderHost: "node2" }) }));
		expect(attachmentOf(2, standby).upstreamNodeId).toBeNull();
	});
});

describe("by what the upstream's walsenders tell", () => {
	test("slot, through the pid that uses it", () => {
		const walSenders = [sender(60), sender(61, { replayLsn: "0/4" })];
		const slots = [slot("slot_3", 60), slot("slot_2", 61), slot("slot_9", null)];
		const primary = read(1, primaryReading({ walSenders, slots }));
		const standby = read(2, standbyReading({ walReceiver: receiver({ ...ELSEWHERE, slotName: "slot_2" }) }));
		expect(attachmentOf(2, primary, standby)).toEqual({
			attached: true,
			upstreamNodeId: 1,
			sender: walSenders[1],
		});
	});

	test("an unused slot proves nothing", () => {
		const primary = read(1, primaryReading({ walSenders: [sender(60)], slots: [slot("slot_2", null)] }));
		const standby = read(2, standbyReading({ walReceiver: receiver({ ...ELSEWHERE, slotName: "slot_2" }) }));
		expect(attachmentOf(2, primary, standby)).toEqual({ attached: true, upstreamNodeId: null, sender: null });
	});

	test("the client's address", () => {
		const walSenders = [
			sender(60, { clientAddress: "10.99.1.13", applicationName: "walreceiver" }),
			sender(61, { clientAddress: "10.99.1.12", applicationName: "walreceiver" }),
		];
		const standby = read(
			2,
			standbyReading({ walReceiver: receiver(ELSEWHERE), serverAddress: "10.99.1.12" }),
		);
		expect(attachmentOf(2, read(1, primaryReading({ walSenders })), standby)).toEqual({
			attached: true,
			upstreamNodeId: 1,
			sender: walSenders[1],
		});
	});

	test("application_name", () => {
		const walSenders = [sender(60, { applicationName: "node3" }), sender(61, { applicationName: "node2" })];
		const standby = read(2, standbyReading({ walReceiver: receiver(ELSEWHERE) }));
		expect(attachmentOf(2, read(1, primaryReading({ walSenders })), standby).sender?.pid).toBe(61);
	});

	test("a wrong application_name does not matter if sender_host is known", () => {
		const walSenders = [sender(60, { applicationName: "my_app" })];
		const attachment = attachmentOf(2, read(1, primaryReading({ walSenders })), read(2, standbyReading()));
		expect(attachment).toEqual({ attached: true, upstreamNodeId: 1, sender: null });
	});

	test("two nodes that both call themselves walreceiver are not taken for each other", () => {
		const walSenders = [
			sender(60, { applicationName: "walreceiver", replayLagSeconds: 9 }),
			sender(61, { applicationName: "walreceiver", replayLagSeconds: 1 }),
		];
		const slots = [slot("slot_2", 60), slot("slot_3", 61)];
		const primary = read(1, primaryReading({ walSenders, slots }));
		const standbys = [2, 3].map((id) =>
			read(id, standbyReading({ walReceiver: receiver({ slotName: `slot_${id}` }) })),
		);
		expect(attachmentOf(2, primary, ...standbys).sender?.pid).toBe(60);
		expect(attachmentOf(3, primary, ...standbys).sender?.pid).toBe(61);
	});

	test("two standbys on one host share its address, and are told apart by application_name", () => {
		const walSenders = [
			sender(60, { clientAddress: "10.99.1.12", applicationName: "node2" }),
			sender(61, { clientAddress: "10.99.1.12", applicationName: "node3" }),
		];
		const primary = read(1, primaryReading({ walSenders }));
		const standbys = [2, 3].map((id) => read(id, standbyReading({ serverAddress: "10.99.1.12" })));
		expect(attachmentOf(2, primary, ...standbys).sender?.pid).toBe(60);
		expect(attachmentOf(3, primary, ...standbys).sender?.pid).toBe(61);
	});

	test("a base backup taken from the standby's host is not taken for its walsender", () => {
		const walSenders = [
			sender(60, { clientAddress: "10.99.1.12", applicationName: "node2" }),
			sender(61, { clientAddress: "10.99.1.12", applicationName: "pg_basebackup", state: "backup" }),
		];
		const standby = read(2, standbyReading({ serverAddress: "10.99.1.12" }));
		expect(attachmentOf(2, read(1, primaryReading({ walSenders })), standby).sender?.pid).toBe(60);
	});

	test("the same slot name on two servers: the one that is streamed from counts", () => {
		const slots = [slot("standby", 60)];
		const states = [1, 3].map((id) =>
			read(id, primaryReading({ walSenders: [sender(60, { replayLagSeconds: id })], slots })),
		);
		const standby = read(2, standbyReading({ walReceiver: receiver({ slotName: "standby" }) }));
		expect(attachmentOf(2, ...states, standby).sender?.replayLagSeconds).toBe(1);
	});

	test("walsenders read before the upstream fell silent tell nothing now", () => {
		const walSenders = [sender(60, { applicationName: "node2" })];
		const silent = nodeState(registration(1), {
			server: [good(primaryReading({ walSenders }), 1), failed({}, 2)],
		});
		const standby = read(2, standbyReading({ walReceiver: receiver(ELSEWHERE) }));
		expect(attachmentOf(2, silent, standby)).toEqual({ attached: true, upstreamNodeId: null, sender: null });
	});

	test("a cascading standby hangs below its own upstream, not below the primary", () => {
		const primary = read(1, primaryReading({ walSenders: [sender(60, { applicationName: "node2" })] }));
		const middle = read(2, standbyReading({ walSenders: [sender(70, { applicationName: "node3" })] }));
		const leaf = read(3, standbyReading({ walReceiver: receiver({ senderHost: "node2" }) }));
		expect(attachmentOf(3, primary, middle, leaf)).toMatchObject({ upstreamNodeId: 2, sender: { pid: 70 } });
		expect(attachmentOf(2, primary, middle, leaf)).toMatchObject({ upstreamNodeId: 1, sender: { pid: 60 } });
	});
});

describe("attached or not", () => {
	test("no walreceiver: detached", () => {
		const standby = read(2, standbyReading({ walReceiver: null }));
		expect(attachmentOf(2, read(1, primaryReading()), standby)).toEqual({
			attached: false,
			upstreamNodeId: null,
			sender: null,
		});
	});

	test.each(["starting", "waiting", "restarting", "stopping"])("a walreceiver %s: detached", (status) => {
		const walSenders = [sender(60, { applicationName: "node2" })];
		const standby = read(2, standbyReading({ walReceiver: receiver({ status }) }));
		expect(attachmentOf(2, read(1, primaryReading({ walSenders })), standby)).toEqual({
			attached: false,
			upstreamNodeId: null,
			sender: null,
		});
	});

	// What pg_stat_wal_receiver and pg_stat_replication show to a user without pg_monitor.
	const HIDDEN = receiver({ status: null, senderHost: null, senderPort: null, receivedTimeline: null });

	test("without pg_monitor the walsender's name, which every role may see, is proof enough", () => {
		const walSenders = [sender(60, { applicationName: "node2", state: null })];
		const standby = read(2, standbyReading({ walReceiver: HIDDEN }));
		expect(attachmentOf(2, read(1, primaryReading({ walSenders })), standby)).toMatchObject({
			attached: true,
			upstreamNodeId: 1,
		});
	});

	test("without pg_monitor and without such a name it is unknown, neither attached nor detached", () => {
		const walSenders = [sender(60, { applicationName: "walreceiver", state: null })];
		const standby = read(2, standbyReading({ walReceiver: HIDDEN }));
		expect(attachmentOf(2, read(1, primaryReading({ walSenders })), standby)).toEqual({
			attached: null,
			upstreamNodeId: null,
			sender: null,
		});
	});

	test("two standbys in a ring each name the other", () => {
		const a = read(1, standbyReading({ walReceiver: receiver({ senderHost: "node2" }) }));
		const b = read(2, standbyReading({ walReceiver: receiver({ senderHost: "node1" }) }));
		expect([attachmentOf(1, a, b).upstreamNodeId, attachmentOf(2, a, b).upstreamNodeId]).toEqual([2, 1]);
	});
});
