import { expect, test } from "vitest";
import { failoverPreview, formatPreview } from "../../src/command/failover.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { everybodyLostIt, stopped } from "../support/reach.ts";
import { NOW, primaryReading, registration, repmgrd, standbyReading } from "../support/records.ts";
import { type Changes, confOfNode, foreseen } from "../support/worlds.ts";

const quick = (nodeId: number) => ({
	host: { repmgrConf: confOfNode(nodeId, { reconnect_attempts: "3", reconnect_interval: "2" }) },
});

test("prints verdict, ranking and all sections", () => {
	expect(formatPreview(foreseen({ 2: quick(2), 3: { registered: { priority: 90 } } }))).toBe(
		[
			'OK: if "node1" fails now, repmgrd promotes "node2"',
			"",
			"RANK  NODE   TYPE     PRIORITY  LOCATION  RECEIVED   THEN",
			"1     node2  standby  100       default   0/5000000  is promoted",
			'2     node3  standby  90        default   0/5000000  follows "node2"',
			'–     node4  witness  0         default   –          follows "node2"',
			"",
			"DURATION:",
			"  4 to 6 s after a crash",
			"  14 to 16 s if nothing answers: a network cut, a power loss, a frozen server",
			"",
			"DATA LOSS:",
			"  nothing that was written before the winner was last read; replication is asynchronous, so the very last commits may be lost",
			"",
			"MAJORITY:",
			"  3 of 3 voting nodes answer; more than half must",
			"",
			"WHY:",
			'  node2: has received as much as "node3", and has the higher priority (100, not 90)',
			'  node3: has a lower priority than "node2" (90, not 100)',
			"  node4: witness: counts for the majority",
			"",
			"ASSUMPTIONS:",
			'  that no repmgrd waits for an answer of "node1" when the network is cut: without tcp_user_timeout in conninfo it hangs for a quarter of an hour',
			"  that the nodes reach one another as this console reaches them, and that repmgrd has read repmgr.conf in its present form",
		].join("\n"),
	);
});

const SILENT = { fault: { kind: "unreachable" as const } };
const PAUSED = { server: { repmgrd: repmgrd({ upstreamNodeId: 1, paused: true }) } };
const BEHIND = { server: { receiveLsn: "0/4000000", walReceiver: null } };

test.each<[string, Changes]>([
	['OK: if "node1" fails now, repmgrd promotes "node2"', {}],
	['WARNING: if "node1" fails now, repmgrd promotes "node2"', { 3: PAUSED }],
	[
		`WARNING: if "node1" fails now, no standby is promoted: repmgrd's candidate is "node2", but its repmgrd is paused, and the others wait for it`,
		{ 2: PAUSED },
	],
	[
		'UNKNOWN: if "node1" fails now, no standby is promoted, unless nodes that do not answer this console answer the other nodes: only 1 of 3 nodes answer: no majority',
		{ 3: SILENT, 4: SILENT },
	],
	[
		'CRITICAL: if "node1" fails now, there will be 2 primaries: "node2" and "node3" would each promote itself: their copies of repmgr.nodes differ',
		{ 3: { ...BEHIND, ownCopy: { 2: { active: false } } } },
	],
	[
		"UNKNOWN: there is no single primary: no primary is seen; node1 unreachable; 2 of 2 standbys stream",
		{ 1: SILENT },
	],
])("%s", (verdict, changes) => {
	expect(formatPreview(foreseen(changes)).split("\n")[0]).toBe(verdict);
});

test.each([
	[3, 'repmgrd should promote "node2" between 04:41:59 and 04:42:01 UTC'],
	[89, 'repmgrd should have promoted "node2" by 04:40:35 UTC'],
])("a primary lost %i s ago", (seconds, expected) => {
	const changes = { 1: stopped("in production"), ...everybodyLostIt(seconds) };
	const snapshot = foreseen(changes, { before: changes, secondsAgo: seconds });
	const [verdict] = formatPreview(snapshot).split("\n");
	expect(verdict).toMatch(/^CRITICAL: primary "node1" has been lost since 04:(?:41:09|39:43) UTC: /);
	expect(verdict).toContain(expected);
});

test.each<[string, Changes, string]>([
	[
		"loss of a detached winner",
		{ 2: BEHIND, 3: BEHIND },
		"16 MB of WAL that the winner had not received when it was last read, commits of the last 5 min, and what is written before it receives more",
	],
	[
		"a cut network without connect_timeout",
		{ 1: { registered: { conninfo: "host=node1" } } },
		"66 s to 3 min if nothing answers: a network cut, a power loss, a frozen server",
	],
	["no repmgr.conf", { 2: { hostFault: {} } }, "unknown: repmgr.conf of the winner could not be read"],
])("%s", (_, changes, line) => {
	expect(formatPreview(foreseen(changes)).split("\n")).toContain(`  ${line}`);
});

test("loses no acknowledged commit if the winner is synchronous", () => {
	const { nodes } = foreseen();
	const walSenders = nodes[0]?.state.server.good?.value.walSenders.map((sender) =>
		sender.applicationName === "node2" ? { ...sender, syncState: "sync" } : sender,
	);
	expect(formatPreview(foreseen({ 1: { server: { walSenders: walSenders ?? [] } } }))).toContain(
		"no acknowledged commit: the winner is a synchronous standby",
	);
});

async function run(session: ReturnType<typeof fakeSession>, json: boolean) {
	const { out, err, output } = recordOutput();
	const exitCode = await failoverPreview(session, { json }, output);
	return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

test("prints JSON, and exits with the severity", async () => {
	const session = fakeSession();
	const rows = [registration(1), registration(2)];
	session.sees(1, primaryReading({ registrations: rows }));
	session.sees(2, standbyReading({ registrations: rows }));
	session.store.tick(NOW);
	const { exitCode, out } = await run(session, true);
	// repmgr.conf was not read, and this primary's conninfo has no connect_timeout.
	expect(exitCode).toBe(1);
	expect(JSON.parse(out)).toMatchObject({
		schema: 1,
		takenAt: "2026-11-23T04:41:12.000Z",
		cluster: { name: "prod", primaryNodeId: 1 },
		severity: "warning",
		verdict: 'if "node1" fails now, repmgrd promotes "node2"',
		forecast: { promotedNodeIds: [2], isSure: true, seconds: null, nodes: [{ nodeId: 2, rank: 1 }] },
	});
});

test("exits with 2 without a primary, and with 3 if nothing could be read", async () => {
	const session = fakeSession();
	for (const nodeId of [1, 2]) session.sees(nodeId, standbyReading());
	session.store.tick(NOW);
	expect(await run(session, true)).toMatchObject({
		exitCode: 2,
		out: expect.stringMatching(/"forecast": null/),
	});
	expect((await run(fakeSession(), false)).exitCode).toBe(3);
	const failed = await run(
		fakeSession([], { kind: "timeout", message: "no server answered in time" }),
		false,
	);
	expect(failed).toMatchObject({
		exitCode: 3,
		out: "",
		err: expect.stringContaining("no server answered in time"),
	});
});
