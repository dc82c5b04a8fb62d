import { describe, expect, test } from "vitest";
import { forecastElection } from "../../../src/diagnosis/election/forecast.ts";
import { forecastInBrief } from "../../../src/diagnosis/election/reasons.ts";
import type { ElectionForecast } from "../../../src/model/forecast.ts";
import { repmgrd } from "../../support/records.ts";
import {
	type Changes,
	type Circumstances,
	confOfNode,
	type NodeChanges,
	worldOf,
} from "../../support/worlds.ts";

/** The forecast for a primary (1), standbys (2, 3) and a witness (4), checked for what every one must have. */
function forecast(changes: Changes = {}, circumstances: Circumstances = {}): ElectionForecast {
	const made = forecastElection(worldOf(changes, circumstances));
	if (made === null) throw new Error("there is no forecast");
	expect(made.nodes.map(({ nodeId }) => nodeId).toSorted()).toEqual(
		(circumstances.ids ?? [1, 2, 3, 4]).filter((nodeId) => nodeId !== 1),
	);
	const texts = [
		made.reason,
		...made.nodes.flatMap(({ reason, afterwards }) => [reason, afterwards]),
		...made.reservations,
		...made.assumptions,
	];
	for (const text of texts) {
		expect(text).toMatch(/^(?:[^A-Z]|WAL ).*[^.]$/);
		expect(text).not.toMatch(/undefined|NaN|Infinity|null| {2}/);
	}
	return made;
}

const conf = (nodeId: number, settings: Record<string, string | undefined>): NodeChanges => ({
	host: { repmgrConf: confOfNode(nodeId, settings) },
});
const daemon = (changes: Parameters<typeof repmgrd>[0]): NodeChanges => ({
	server: { repmgrd: repmgrd({ upstreamNodeId: 1, ...changes }) },
});
const registered = (changes: NodeChanges["registered"]): NodeChanges => ({ registered: changes ?? {} });
const received = (receiveLsn: string, isAttached = false): NodeChanges => ({
	server: { receiveLsn, replayLsn: receiveLsn, ...(!isAttached && { walReceiver: null }) },
});
const BEHIND = received("0/4000000");
const SILENT: NodeChanges = { fault: { kind: "unreachable" } };
const STOPPED: NodeChanges = { fault: { kind: "refused" }, host: { postmaster: false } };

describe("the promoted standby, and why", () => {
	test.each<[string, Changes, number, RegExp]>([
		["the lower id of equals", {}, 2, /as much as "node3" at the same priority, and has the lower node id/],
		[
			"the higher priority",
			{ 2: registered({ priority: 90 }) },
			3,
			/as much as "node2", and has the higher priority \(100, not 90\)/,
		],
		[
			"who has received more, whatever the priority",
			{ 2: { ...BEHIND, ...registered({ priority: 200 }) } },
			3,
			/has received 16777216 bytes more than "node2"/,
		],
		["not one of priority 0", { 2: registered({ priority: 0 }) }, 3, /the only candidate/],
		["not one that is down", { 2: STOPPED }, 3, /the only candidate/],
		["not an inactive one", { 2: registered({ active: false }) }, 3, /the only candidate/],
		["not one under another standby", { 2: registered({ upstreamNodeId: 3 }) }, 3, /the only candidate/],
		[
			"not one whose repmgrd ended in order, even if it is ahead",
			{ 2: { ...daemon({ running: false, pid: null }), host: { repmgrd: false } }, 3: BEHIND },
			3,
			/the only candidate/,
		],
		[
			"one that its restarted server forgot, and that lives",
			{ 2: daemon({ running: false, pid: null }) },
			2,
			/lower/,
		],
		["without the witness, two of three are a majority", { 4: SILENT }, 2, /lower node id/],
		[
			"from another location, as long as a node in the primary's location answers",
			{
				1: registered({ location: "dc1" }),
				2: registered({ location: "dc2" }),
				3: registered({ location: "dc2" }),
				4: registered({ location: "dc1" }),
			},
			2,
			/lower node id/,
		],
		["one whose replay is paused: repmgrd resumes it", { 2: { server: { replayPaused: true } } }, 2, /lower/],
		["one that no other standby follows", { 3: { ...daemon({ paused: true }) } }, 2, /lower node id/],
		[
			"where a witness knows no repmgrd: it answers",
			{ 4: daemon({ running: false, pid: null }) },
			2,
			/lower/,
		],
		[
			"where consensus is on, and no node can have seen the primary recently",
			{ 2: conf(2, { primary_visibility_consensus: "true" }) },
			2,
			/lower/,
		],
		[
			"with always_promote, even one whose own copy names no upstream",
			{ 2: { ...conf(2, { always_promote: "yes" }), ownCopy: { 2: { upstreamNodeId: null } } } },
			2,
			/lower/,
		],
	])("%s", (_, changes, winner, reason) => {
		const made = forecast(changes);
		expect(made.promotedNodeIds).toEqual([winner]);
		expect(made.reason).toMatch(reason);
		expect(made.nodes[0]).toMatchObject({ nodeId: winner, rank: 1, afterwards: "is promoted" });
	});

	test("a single standby in the primary's location wins by default", () => {
		expect(forecast({}, { ids: [1, 2] })).toMatchObject({
			promotedNodeIds: [2],
			reason: "the only candidate",
			electorate: 1,
		});
	});
});

describe("no standby is promoted, and why", () => {
	test.each<[string, Changes, RegExp, Circumstances?]>([
		[
			"the best is in manual mode",
			{ 2: conf(2, { failover: "manual" }) },
			/repmgrd's candidate is "node2", but its repmgr.conf says failover=manual, and the others wait/,
		],
		[
			"failover is not set: manual is the default",
			{ 2: conf(2, { failover: undefined }) },
			/failover=manual/,
		],
		[
			"the best is paused",
			{ 2: daemon({ paused: true }) },
			/repmgrd's candidate is "node2", but its repmgrd is paused/,
		],
		[
			"the best one's repmgrd was killed: its server still knows the pid",
			{ 2: { ...daemon({ running: false }), host: { repmgrd: false } } },
			/but its repmgrd does not run/,
		],
		[
			"the same, without SSH",
			{ 2: daemon({ running: false }) },
			/but its repmgrd does not run/,
			{ ssh: false },
		],
		[
			"the best one's repmgrd is frozen",
			{ 2: { host: { repmgrd: { pid: 93, state: "T" } } } },
			/repmgrd is frozen/,
		],
		[
			"the best one's promote_command promotes nothing",
			{ 2: conf(2, { promote_command: "repmgr standby follow" }) },
			/but its promote_command does not run "repmgr standby promote"/,
		],
		["the best has no promote_command", { 2: conf(2, { promote_command: undefined }) }, /no promote_command/],
		[
			"the best lost the primary long ago",
			{ 2: daemon({ upstreamLastSeenSeconds: 300 }) },
			/its repmgrd has not seen the primary for 5 min and waits for it/,
		],
		[
			"the best one's copy names no upstream",
			{ 2: { ownCopy: { 2: { upstreamNodeId: null } } } },
			/names no upstream for it, and always_promote is not set/,
		],
		[
			"the best one's copy is older than its registration under the primary",
			{ 2: { ownCopy: { 2: { upstreamNodeId: 3 } } } },
			/but it is registered under "node3"/,
		],
		[
			"no copy has the primary as one",
			{ 1: registered({ type: "standby" }) },
			/its copy of repmgr.nodes does not have "node1" as a primary/,
		],
		["all are paused", { 2: daemon({ paused: true }), 3: daemon({ paused: true }) }, /repmgrd is paused/],
		[
			"all have priority 0",
			{ 2: registered({ priority: 0 }), 3: registered({ priority: 0 }) },
			/^"node2" has priority 0 and "node3" has priority 0$/,
		],
		["two of three are silent", { 3: SILENT, 4: SILENT }, /^only 1 of 3 nodes answer: no majority$/],
		["half is no majority", { 3: STOPPED }, /^only 1 of 2 nodes answer: no majority$/, { ids: [1, 2, 3] }],
		[
			"no node is in the primary's location",
			{ 1: registered({ location: "dc1" }) },
			/^no node in the primary's location "dc1" answers$/,
		],
		[
			"the only node in the primary's location is silent",
			{ 1: registered({ location: "dc1" }), 4: { ...SILENT, ...registered({ location: "dc1" }) } },
			/no node in the primary's location "dc1" answers/,
		],
		[
			"a single standby is elsewhere",
			{ 2: registered({ location: "dc2" }) },
			/^"node2" is alone and not in the primary's location "default"$/,
			{ ids: [1, 2] },
		],
		[
			"consensus, and the attempts are over before it is forgotten who saw the primary",
			{ 2: conf(2, { primary_visibility_consensus: "on", reconnect_attempts: "1" }) },
			/primary_visibility_consensus is on/,
		],
		["there is no standby", {}, /^no active standby is registered under "node1"$/, { ids: [1, 4] }],
		[
			"no standby answers",
			{ 2: SILENT, 3: STOPPED },
			/^"node2" does not answer and "node3" does not answer$/,
		],
		[
			"no repmgrd runs",
			{ 2: { ...daemon({ running: false, pid: null }), host: { repmgrd: false } } },
			/"node2" has no repmgrd/,
			{ ids: [1, 2, 4] },
		],
		[
			"repmgr's library is not preloaded",
			{
				2: {
					server: { repmgrd: null, settings: { shared_preload_libraries: "pg_stat_statements" } },
					host: { repmgrd: false },
				},
			},
			/"node2" does not preload repmgr's library/,
			{ ids: [1, 2, 4] },
		],
	])("%s", (_, changes, reason, circumstances) => {
		const made = forecast(changes, circumstances);
		expect(made.promotedNodeIds).toEqual([]);
		expect(made.reason).toMatch(reason);
		expect(made).toMatchObject({ seconds: null, lossBytes: null, lossSeconds: null });
	});
});

test("two are promoted where copies of repmgr.nodes differ", () => {
	const made = forecast({ 3: { ...BEHIND, ownCopy: { 2: { active: false } } } });
	expect(made.promotedNodeIds).toEqual([2, 3]);
	expect(made.reason).toMatch(/"node2" and "node3" would each promote itself/);
	expect(forecastInBrief(made)).toMatch(/^a failover would split: /);
});

describe("the other nodes afterwards", () => {
	test.each<[string, NodeChanges, RegExp, boolean]>([
		["a standby", {}, /^follows "node2"$/, false],
		["priority 0", registered({ priority: 0 }), /^follows "node2"$/, false],
		["paused", daemon({ paused: true }), /^may stay behind: its repmgrd is paused$/, true],
		[
			"manual",
			conf(3, { failover: "manual" }),
			/^may stay behind: its repmgr.conf says failover=manual$/,
			true,
		],
		["no follow_command", conf(3, { follow_command: undefined }), /no follow_command/, true],
		[
			"a follow_command with a typing error",
			conf(3, { follow_command: "repmgr -f /etc/repmgr.conf stamdby follow" }),
			/^is left behind: its follow_command does not run "repmgr standby follow"$/,
			true,
		],
		["no repmgrd", { ...daemon({ running: false }), host: { repmgrd: false } }, /repmgrd does not run/, true],
		["silent", SILENT, /^does not follow: it does not answer$/, true],
		["inactive", registered({ active: false }), /registered as inactive/, true],
		["below the winner", registered({ upstreamNodeId: 2 }), /^goes on under "node2"$/, false],
	])("%s", (_, changes, afterwards, isReserved) => {
		const made = forecast({ 3: changes });
		expect(made.promotedNodeIds).toEqual([2]);
		const third = made.nodes.find(({ nodeId }) => nodeId === 3);
		expect(third?.afterwards).toMatch(afterwards);
		expect(made.reservations).toEqual(isReserved ? [`"node3" ${third?.afterwards}`] : []);
	});

	test("a standby with priority 0 that received more can't follow", () => {
		const made = forecast({ 2: BEHIND, 3: registered({ priority: 0 }) });
		expect(made.promotedNodeIds).toEqual([2]);
		expect(made.nodes.find(({ nodeId }) => nodeId === 3)?.afterwards).toMatch(
			/can't follow without a rewind/,
		);
	});

	test("a witness follows, unless its repmgrd is gone", () => {
		const witness = (changes: NodeChanges) => forecast({ 4: changes }).nodes.at(-1)?.afterwards;
		expect(witness({})).toBe('follows "node2"');
		expect(witness({ ...daemon({ running: false }), host: { repmgrd: false } })).toMatch(
			/^stays with the old/,
		);
		expect(witness(registered({ upstreamNodeId: 3 }))).toMatch(/not registered under the primary/);
	});

	test("without a winner repmgrd waits or exits", () => {
		const priority0 = registered({ priority: 0 });
		const made = forecast({
			2: { ...priority0, ...conf(2, { degraded_monitoring_timeout: "90" }) },
			3: { ...priority0, ...daemon({ paused: true }) },
		});
		expect(made.nodes.map(({ afterwards }) => afterwards)).toEqual([
			"waits for the old primary or a new one; its repmgrd exits after 90 s",
			"does nothing",
			"waits for the old primary or a new one",
		]);
	});
});

describe("duration", () => {
	const seconds = (changes: Changes) => forecast(changes).seconds;

	test("uses repmgr's timing, connect_timeout 2, monitor_interval_secs 1", () => {
		expect(seconds({})).toEqual({ crash: { least: 50, most: 52 }, cut: { least: 66, most: 68 } });
	});

	test("uses the winner's repmgr.conf", () => {
		const quick = conf(2, { reconnect_attempts: "3", reconnect_interval: "2", monitor_interval_secs: "2" });
		expect(seconds({ 2: quick, 3: conf(3, { reconnect_attempts: "100" }) })).toEqual({
			crash: { least: 4, most: 7 },
			cut: { least: 14, most: 17 },
		});
	});

	test("has no wait without attempts", () => {
		expect(seconds({ 2: conf(2, { reconnect_attempts: "0" }) })?.crash).toEqual({ least: 0, most: 2 });
	});

	test("adds one timeout for a silent witness, two for a silent standby, none for a stopped one", () => {
		expect(seconds({ 4: SILENT })?.crash).toEqual({ least: 52, most: 54 });
		expect(seconds({ 3: SILENT })?.crash).toEqual({ least: 54, most: 56 });
		expect(seconds({ 3: STOPPED })?.crash).toEqual({ least: 50, most: 52 });
	});

	test("uses Linux's timeout without connect_timeout", () => {
		const made = forecast({ 1: registered({ conninfo: "host=node1 user=repmgr" }) });
		expect(made.seconds).toEqual({ crash: { least: 50, most: 52 }, cut: { least: 66, most: 196 } });
		expect(made.reservations).toEqual([
			'conninfo of "node1" has no connect_timeout: a cut network is noticed only after minutes',
		]);
	});

	test("adds tcp_user_timeout for a query in flight", () => {
		const bounded = registered({ conninfo: "host=node1 connect_timeout=2 tcp_user_timeout=2500" });
		expect(seconds({ 1: bounded })?.cut).toEqual({ least: 66, most: 68 + 3 + 1 });
	});

	test("adds the time for connection_check_type=query and standby_disconnect_on_failover", () => {
		expect(seconds({ 2: conf(2, { connection_check_type: "query" }) })?.cut.most).toBe(68 + 130);
		expect(seconds({ 2: conf(2, { standby_disconnect_on_failover: "on" }) })?.crash).toEqual({
			least: 50,
			most: 82,
		});
	});
});

describe("data loss", () => {
	test("is zero for a level standby", () => {
		expect(forecast()).toMatchObject({ lossBytes: 0, lossSeconds: 0, rivalNodeIds: [] });
	});

	test("is what a detached winner never received, at most as old as its last commit", () => {
		const made = forecast({ 2: BEHIND, 3: BEHIND });
		expect(made).toMatchObject({ promotedNodeIds: [2], lossBytes: 16_777_216, lossSeconds: 270 });
		expect(made.reservations).toEqual(['"node2" receives no WAL now: what is written meanwhile is lost']);
	});

	test("level standbys are rivals while WAL is written, whatever their priority", () => {
		const made = forecast({ 2: received("0/4FFFF00", true), 3: registered({ priority: 90 }) });
		expect(made).toMatchObject({ promotedNodeIds: [2], rivalNodeIds: [3], lossBytes: 256 });
		expect(made.assumptions.join("\n")).toMatch(/"node2" has received no less than "node3" at that moment/);
		expect(made.reservations).toEqual([]);
	});

	test("a standby whose repmgrd has lost the primary is not a rival", () => {
		const lost = {
			server: {
				...received("0/4FFFF00", true).server,
				repmgrd: repmgrd({ upstreamNodeId: 1, upstreamLastSeenSeconds: 20 }),
			},
		};
		expect(forecast({ 2: lost })).toMatchObject({ promotedNodeIds: [3], rivalNodeIds: [] });
	});

	test("a delayed winner is a reservation; a delayed rival's delay is named", () => {
		const delayed = { server: { settings: { recovery_min_apply_delay: "1h" } } };
		const made = forecast({ 2: delayed });
		expect(made.promotedNodeIds).toEqual([2]);
		expect(made.reservations).toEqual([
			'"node2" replays with a delay of 60 min (recovery_min_apply_delay), and first has to replay all of that: priority 0 keeps a delayed standby from being promoted',
		]);
		const beside = forecast({ 3: delayed });
		expect(beside.reservations).toEqual([]);
		expect(beside.nodes[1]?.reason).toMatch(/; replays with a delay of 60 min$/);
	});

	test("a rival that would not act is a reservation", () => {
		const made = forecast({ 2: received("0/4FFFF00", true), 3: daemon({ paused: true }) });
		expect(made.reservations).toContain(
			'no standby is promoted if "node3" has received more than "node2" at that moment',
		);
	});
});

describe("assumptions", () => {
	const HANGING =
		'that no repmgrd waits for an answer of "node1" when the network is cut: without tcp_user_timeout in conninfo it hangs for a quarter of an hour';
	const GENERAL =
		"that the nodes reach one another as this console reaches them, and that repmgrd has read repmgr.conf in its present form";

	test("with everything read, only what can't be read", () => {
		expect(forecast().assumptions).toEqual([HANGING, GENERAL]);
		const bounded = registered({ conninfo: "host=node1 connect_timeout=2 tcp_user_timeout=3000" });
		expect(forecast({ 1: bounded }).assumptions).toEqual([GENERAL]);
		expect(forecast({ 1: registered({ conninfo: "(can't be shown)" }) })).toMatchObject({
			reservations: [],
			assumptions: [GENERAL],
		});
	});

	test.each<[string, Changes, RegExp, Circumstances?]>([
		["repmgr.conf, without SSH", {}, /^failover=automatic for "node2" and "node3",/, { ssh: false }],
		["repmgr.conf of one", { 3: { hostFault: {} } }, /^failover=automatic for "node3",/],
		["files that are included", { 2: conf(2, { include: "yes" }) }, /that repmgr.conf of "node2" includes$/],
		[
			"repmgrd, where its functions may not be called",
			{ 2: { server: { repmgrd: null } } },
			/^that repmgrd runs on "node2"$/,
			{ ssh: false },
		],
		["silence", { 4: SILENT }, /^that "node4" can't be reached by the others either$/],
		[
			"a rejection of us",
			{ 3: { fault: { kind: "authentication", message: "no" } } },
			/^that "node3", which rejects this console,/,
		],
		[
			"a custom promote_command",
			{ 2: conf(2, { promote_command: "/usr/local/bin/promote.sh" }) },
			/promote_command of "node2", which does not run repmgr/,
		],
		[
			"failover_validation_command",
			{ 2: conf(2, { failover_validation_command: "/bin/ask %n" }) },
			/exits with 0; otherwise the election is repeated every 15 s/,
		],
	])("%s", (_, changes, assumption, circumstances) => {
		const { assumptions, promotedNodeIds } = forecast(changes, circumstances);
		expect(promotedNodeIds).toEqual([2]);
		expect(assumptions).toContainEqual(expect.stringMatching(assumption));
		expect(assumptions.at(-1)).toBe(GENERAL);
	});

	test.each<[string, Changes, boolean]>([
		["no promotion, unless the witness answers the others", { 3: STOPPED, 4: SILENT }, false],
		[
			"no promotion, as the best one is paused, whether or not the witness answers",
			{ 2: daemon({ paused: true }), 4: SILENT },
			true,
		],
		[
			"no promotion, as the best one is paused, but another may be better",
			{ 2: daemon({ paused: true }), 3: SILENT },
			false,
		],
		["a promotion", { 3: SILENT }, true],
	])("certainty: %s", (_, changes, isSure) => {
		expect(forecast(changes).isSure).toBe(isSure);
	});

	test("a node that rejects this console counts for the majority", () => {
		const rejected: NodeChanges = { fault: { kind: "authentication", message: "no" } };
		expect(forecast({ 3: rejected, 4: SILENT })).toMatchObject({
			promotedNodeIds: [2],
			visible: 2,
			electorate: 3,
		});
	});
});

describe("reservations", () => {
	test("a repmgrd that has lost a running primary will hold an election", () => {
		expect(forecast({ 2: daemon({ upstreamLastSeenSeconds: 20 }) }).reservations).toEqual([
			'repmgrd on "node2" has lost the primary and will hold an election even if it still runs',
		]);
	});

	test("the visibility consensus may cancel if all attempts take less than two checks", () => {
		const made = forecast({
			2: conf(2, { primary_visibility_consensus: "1", reconnect_attempts: "2", reconnect_interval: "1" }),
		});
		expect(made.promotedNodeIds).toEqual([2]);
		expect(made.reservations).toEqual([expect.stringMatching(/^primary_visibility_consensus may cancel it/)]);
	});
});

describe("in brief", () => {
	test.each<[string, Changes]>([
		["failover armed: node2 (50–68 s)", {}],
		["whether failover is automatic is unknown; if it is: node2", { 2: { hostFault: {} } }],
		["failover armed, with reservations: node2 (50–68 s)", { 3: daemon({ paused: true }) }],
		["failover uncertain: only 1 of 3 nodes answer: no majority", { 3: SILENT, 4: SILENT }],
		["no failover: only 1 of 3 nodes answer: no majority", { 3: STOPPED, 4: STOPPED }],
	])("%s", (brief, changes) => {
		expect(forecastInBrief(forecast(changes))).toBe(brief);
	});
});

test("is null without exactly one primary", () => {
	expect(forecastElection(worldOf({ 1: SILENT }))).toBeNull();
	expect(forecastElection(worldOf({ 2: { server: { inRecovery: false } } }))).toBeNull();
});

test("finds the winner among four hundred nodes", () => {
	const ids = Array.from({ length: 400 }, (_, index) => index + 1).filter((id) => id !== 4);
	// The probe makes equal copies of repmgr.nodes one.
	const registrations = worldOf({}, { ids }).snapshot.nodes.map((node) => node.registered);
	const world = worldOf(Object.fromEntries(ids.map((id) => [id, { server: { registrations } }])), { ids });
	expect(forecastElection(world)?.promotedNodeIds).toEqual([2]);
});
