import { describe, expect, test } from "vitest";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import {
	byId,
	failed,
	good,
	hostReading,
	NOW,
	nodeState,
	primaryReading,
	read,
	receiver,
	registration,
	repmgrd,
	SYSTEM_IDENTIFIER,
	sender,
	silentNode,
	snapshotOf,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

const nodeOf = (nodeId: number, ...states: readonly NodeState[]) => {
	const found = snapshotOf(...states).nodes.find((node) => node.nodeId === nodeId);
	if (found === undefined) throw new Error(`no node ${nodeId}`);
	return found;
};
const lagOf = (nodeId: number, ...states: readonly NodeState[]) => {
	const { lagBytes, lagSeconds } = nodeOf(nodeId, ...states).observed;
	return [lagBytes, lagSeconds];
};

const primary = read(1, primaryReading());
const standby = read(2, standbyReading());
const witness = read(4, witnessReading(), { type: "witness" });

test("a healthy cluster", () => {
	const snapshot = takeSnapshot("prod", byId(witness, standby, primary), ["a notice"], NOW + 300);
	expect(snapshot).toMatchObject({
		takenAt: NOW + 300,
		cluster: { name: "prod", systemIdentifier: SYSTEM_IDENTIFIER, primaryNodeId: 1 },
		notices: ["a notice"],
	});
	expect(
		snapshot.nodes.map(({ nodeId, observed, ageMs }) => [nodeId, observed.role, observed.status, ageMs]),
	).toEqual([
		[1, "primary", "running", 300],
		[2, "standby", "streaming", 300],
		[4, "witness", "running", 300],
	]);
	expect(nodeOf(2, primary, standby).observed).toEqual({
		reachable: true,
		status: "streaming",
		role: "standby",
		timeline: 1,
		timelineAtLeast: null,
		currentLsn: null,
		receiveLsn: "0/5000000",
		replayLsn: "0/5000000",
		lagBytes: 0,
		lagSeconds: 0,
		attached: true,
		upstreamNodeId: 1,
		replayPaused: false,
		postgresVersion: "15.20 (Debian 15.20-0+deb12u1)",
		repmgrVersion: "5.3",
	});
});

describe("lag is measured against the primary's own position", () => {
	const behind = (changes = {}) =>
		standbyReading({ receiveLsn: "0/4FF0000", replayLsn: "0/4FF0000", ...changes });

	test("counts bytes behind it, even if everything received has been replayed", () => {
		expect(lagOf(2, primary, read(2, behind()))[0]).toBe(0x10000);
	});

	test("uses the seconds measured by the upstream's walsender", () => {
		const sending = primaryReading({
			walSenders: [sender(60, { applicationName: "node2", replayLagSeconds: 1.5 })],
		});
		expect(lagOf(2, read(1, sending), read(2, behind()))).toEqual([0x10000, 1.5]);
	});

	/** Received, but not replayed yet. */
	const waiting = (changes = {}) => behind({ receiveLsn: "0/5010000", ...changes });

	test("uses the age of the last replayed commit without a walsender, while more waits to be replayed", () => {
		expect(lagOf(2, primary, read(2, waiting()))).toEqual([0x10000, 270]);
	});

	test("reports seconds as unknown when everything received has been replayed", () => {
		expect(lagOf(2, primary, read(2, behind()))).toEqual([0x10000, null]);
	});

	test("is never negative, even if the standby's clock is behind", () => {
		expect(lagOf(2, primary, read(2, waiting({ lastReplayedCommitSeconds: -3 })))).toEqual([0x10000, 0]);
	});

	test("reports seconds as unknown without a source", () => {
		expect(lagOf(2, primary, read(2, behind({ lastReplayedCommitSeconds: null })))).toEqual([0x10000, null]);
	});

	test("is 0 for a standby that seems ahead because it was read later", () => {
		expect(lagOf(2, primary, read(2, standbyReading({ replayLsn: "0/5000100" })))).toEqual([0, 0]);
	});

	test("handles the wrap of the LSN's low half", () => {
		expect(
			lagOf(
				2,
				read(1, primaryReading({ currentLsn: "1/10" })),
				read(2, standbyReading({ replayLsn: "0/FFFFFFF0" })),
			)[0],
		).toBe(0x20);
	});

	test("measures a cascading standby against the primary, too", () => {
		const middle = read(2, behind());
		const leaf = read(
			3,
			standbyReading({ replayLsn: "0/4FE0000", walReceiver: receiver({ senderHost: "node2" }) }),
		);
		expect(lagOf(3, primary, middle, leaf)[0]).toBe(0x20000);
		expect(nodeOf(3, primary, middle, leaf).observed.upstreamNodeId).toBe(2);
	});

	describe("is unknown", () => {
		const cascading = read(3, standbyReading({ walReceiver: receiver({ senderHost: "node2" }) }));
		const detached = standbyReading({ walReceiver: null });
		test.each<[string, number, readonly NodeState[]]>([
			["of a detached standby, never 0", 2, [primary, read(2, detached)]],
			["when the primary is silent, though it was read before", 2, [silentNode(1), standby]],
			["when the primary was never read", 2, [nodeState(registration(1), {}), standby]],
			["below a detached standby", 3, [primary, read(2, detached), cascading]],
			["below a silent standby", 3, [primary, silentNode(2), cascading]],
			["when the upstream is no node of the cluster", 2, [standby]],
			["of a standby that is silent itself", 2, [primary, silentNode(2)]],
			[
				"in a ring",
				2,
				[
					read(2, standbyReading({ walReceiver: receiver({ senderHost: "node3" }) })),
					read(3, standbyReading({ walReceiver: receiver({ senderHost: "node2" }) })),
				],
			],
			["without a replay position", 2, [primary, read(2, standbyReading({ replayLsn: null }))]],
			[
				"where attachment may not be seen",
				2,
				[primary, read(2, standbyReading({ walReceiver: receiver({ status: null, senderHost: null }) }))],
			],
			["of a primary", 1, [primary, standby]],
		])("%s", (_, nodeId, states) => {
			expect(lagOf(nodeId, ...states)).toEqual([null, null]);
		});
	});
});

describe("two primaries", () => {
	const newPrimary = read(2, primaryReading({ timeline: 2, currentLsn: "0/6000000" }));
	const follower = (nodeId: number, senderHost: string, replayLsn: string) =>
		read(nodeId, standbyReading({ walReceiver: receiver({ senderHost }), replayLsn }));

	test("measure a standby's lag against the root of its own chain", () => {
		const states = [
			primary,
			newPrimary,
			follower(3, "node1", "0/4FFFFF0"),
			follower(5, "node2", "0/5FFFF00"),
			follower(6, "node5", "0/5FFFE00"),
		];
		expect([3, 5, 6].map((nodeId) => lagOf(nodeId, ...states)[0])).toEqual([0x10, 0x100, 0x200]);
	});

	test("leave the cluster without a primary", () => {
		expect(snapshotOf(primary, newPrimary).cluster.primaryNodeId).toBeNull();
	});
});

describe("role", () => {
	test.each([
		["another system identifier", witnessReading(), "witness"],
		["an unreadable one", primaryReading({ systemIdentifier: null }), "witness"],
		["the cluster's own: it is a second primary", primaryReading(), "primary"],
		["recovery", standbyReading(), "standby"],
	])("a registered witness with %s", (_, reading, role) => {
		expect(nodeOf(4, primary, standby, read(4, reading, { type: "witness" })).observed.role).toBe(role);
	});

	test("is the observed one, whatever is registered", () => {
		expect(nodeOf(2, read(2, primaryReading())).observed.role).toBe("primary");
		expect(nodeOf(1, read(1, standbyReading())).observed.role).toBe("standby");
	});

	test("is unknown while a server does not answer, and so are its positions", () => {
		expect(nodeOf(1, silentNode(1)).observed).toMatchObject({
			reachable: false,
			status: "unreachable",
			role: null,
			timeline: null,
			currentLsn: null,
			postgresVersion: null,
		});
		expect(nodeOf(1, silentNode(1))).toMatchObject({ ageMs: 5000, fault: { kind: "unreachable" } });
	});

	test("the cluster's system identifier is never the witness's", () => {
		expect(snapshotOf(witness).cluster.systemIdentifier).toBeNull();
	});

	test("the cluster's system identifier is that of most nodes", () => {
		const stranger = read(1, primaryReading({ systemIdentifier: "1" }));
		expect(snapshotOf(stranger, standby, read(3, standbyReading())).cluster.systemIdentifier).toBe(
			SYSTEM_IDENTIFIER,
		);
	});
});

describe("repmgrd", () => {
	const forgotten = primaryReading({ repmgrd: repmgrd({ running: false, pid: null, paused: true }) });
	const seen = (reading: ReturnType<typeof primaryReading>, host?: ReturnType<typeof hostReading>) =>
		nodeOf(
			1,
			nodeState(registration(1), {
				server: [good(reading)],
				...(host !== undefined && { host: [good(host)] }),
			}),
		).repmgrd;

	test.each([
		["by SQL", seen(primaryReading()), { running: true, pid: 93 }],
		["a forgetful server, no look at the host: not known", seen(forgotten), { running: null, pid: null }],
		[
			"its pid is known, and no such process",
			seen(primaryReading({ repmgrd: repmgrd({ running: false, pid: 93 }) })),
			{ running: false },
		],
		[
			"forgotten by a restarted server, but its process is there",
			seen(forgotten, hostReading({ repmgrd: { pid: 77, state: "S" } })),
			{ running: true, pid: 77 },
		],
		["nowhere", seen(forgotten, hostReading({ repmgrd: false })), { running: false, pid: null }],
		[
			"by SQL, though the host shows no process (container)",
			seen(primaryReading(), hostReading({ repmgrd: false })),
			{ running: true, pid: 93 },
		],
		["library not loaded", seen(primaryReading({ repmgrd: null })), { running: null, pid: null }],
		[
			"library not loaded, process there",
			seen(primaryReading({ repmgrd: null }), hostReading()),
			{ running: true, pid: 93 },
		],
		[
			"host could not tell",
			seen(primaryReading({ repmgrd: null }), hostReading({ repmgrd: null })),
			{ running: null, pid: null },
		],
	])("%s", (_, observed, expected) => {
		expect(observed).toMatchObject(expected);
	});

	test("a pause is kept while repmgrd does not run", () => {
		expect(seen(forgotten, hostReading({ repmgrd: false }))).toMatchObject({ running: false, paused: true });
	});

	test("a server that does not answer: uses only the host's reading", () => {
		const state = nodeState(registration(1), {
			server: [good(primaryReading(), NOW - 1), failed()],
			host: [good(hostReading())],
		});
		expect(nodeOf(1, state).repmgrd).toEqual({
			running: true,
			pid: 93,
			paused: null,
			upstreamLastSeenSeconds: null,
		});
	});
});

test("an age is never negative, even if the clock was set back", () => {
	expect(takeSnapshot("prod", byId(primary), [], NOW - 1000).nodes[0]?.ageMs).toBe(0);
});

test("nodes are sorted by id", () => {
	const ids = snapshotOf(read(10, standbyReading()), witness, read(2, standbyReading())).nodes.map(
		({ nodeId }) => nodeId,
	);
	expect(ids).toEqual([2, 4, 10]);
});
