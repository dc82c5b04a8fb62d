import { describe, expect, test } from "vitest";
import { determineStatus } from "../../src/assess/status.ts";
import type { Attachment } from "../../src/assess/upstream.ts";
import { type Fault, type FaultKind, TOO_BUSY } from "../../src/model/fault.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import type { NodeStatus } from "../../src/model/snapshot.ts";
import {
	failed,
	good,
	hostReading,
	NOW,
	nodeState,
	primaryReading,
	receiver,
	registration,
	sender,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

const ATTACHED: Attachment = { attached: true, upstreamNodeId: 1, sender: sender(60) };
const DETACHED: Attachment = { attached: false, upstreamNodeId: null, sender: null };
const UNSEEN: Attachment = { attached: null, upstreamNodeId: null, sender: null };

const judge = (seen: Parameters<typeof nodeState>[1], attachment: Attachment | null = null) =>
	determineStatus(nodeState(registration(2), seen), attachment);

describe("a server that answers", () => {
	test.each<[string, NodeStatus, string | null, ReturnType<typeof judge>]>([
		["primary", "running", null, judge({ server: [good(primaryReading())] })],
		["witness", "running", null, judge({ server: [good(witnessReading())] })],
		["streaming", "streaming", null, judge({ server: [good(standbyReading())] }, ATTACHED)],
		[
			"walsender not seen",
			"streaming",
			null,
			judge({ server: [good(standbyReading())] }, { ...ATTACHED, sender: null }),
		],
		[
			"walsender's state not seen",
			"streaming",
			null,
			judge({ server: [good(standbyReading())] }, { ...ATTACHED, sender: sender(60, { state: null }) }),
		],
		...["startup", "catchup", "backup", "stopping"].map(
			(state): [string, NodeStatus, string, ReturnType<typeof judge>] => [
				`walsender ${state}`,
				"catching up",
				`its walsender is in state "${state}"`,
				judge({ server: [good(standbyReading())] }, { ...ATTACHED, sender: sender(60, { state }) }),
			],
		),
		[
			"no walreceiver",
			"detached",
			"no walreceiver runs",
			judge({ server: [good(standbyReading({ walReceiver: null }))] }, DETACHED),
		],
		[
			"walreceiver waits",
			"detached",
			'its walreceiver is in state "waiting"',
			judge({ server: [good(standbyReading({ walReceiver: receiver({ status: "waiting" }) }))] }, DETACHED),
		],
		[
			"no right to see",
			"running",
			"whether it receives WAL is not visible",
			judge({ server: [good(standbyReading())] }, UNSEEN),
		],
	])("%s: %s", (_, status, detail, judged) => {
		expect(judged).toEqual({ status, detail });
	});

	test.each<[FaultKind, NodeStatus]>([
		["timeout", "hung"],
		["refused", "refusing"],
		// A new connection that the network loses or that is turned away says nothing against the one that lives.
		["unreachable", "running"],
		["authentication", "running"],
	])("new connections meet %s: %s", (kind, status) => {
		const judged = judge({ server: [good(primaryReading())], ping: [failed({ kind })] });
		expect(judged.status).toBe(status);
		expect(judged.detail?.startsWith("open sessions are served, but") ?? false).toBe(status !== "running");
	});

	test("a ping that succeeds again clears the fault", () => {
		const ping = [failed({ kind: "timeout" }, 1000), good<true>(true, 2000)];
		expect(judge({ server: [good(primaryReading())], ping }).status).toBe("running");
	});
});

describe("a server that does not answer", () => {
	const fault = (kind: FaultKind, message: string, more: Partial<Fault> = {}) =>
		failed({ kind, message, ...more });

	test("is unknown, without detail, before the first reading", () => {
		expect(judge({})).toEqual({ status: "unknown", detail: null });
	});

	test.each<[FaultKind, string, Partial<Fault>, NodeStatus]>([
		["refused", "the database system is starting up", { code: "57P03" }, "starting"],
		["refused", "the database system is in recovery mode", { code: "57P03" }, "starting"],
		["refused", "the database system is not yet accepting connections", { code: "57P03" }, "starting"],
		["refused", "the database system is shutting down", { code: "57P03" }, "stopping"],
		["authentication", "password authentication failed", { code: "28P01" }, "rejecting"],
		["permission", "permission denied for database", { code: "42501" }, "rejecting"],
		["command", "sorry, too many clients already", { code: "53300" }, "rejecting"],
		["protocol", "the server at the address of node 2 is node 3", {}, "rejecting"],
		["timeout", "node2:5432 accepts connections, but does not answer", {}, "hung"],
		["unreachable", "no answer from node2:5432", {}, "unreachable"],
		["refused", "connection to node2:5432 refused", {}, "refusing"],
	])("%s, %s: %s %s", (kind, message, more, status) => {
		expect(judge({ server: [fault(kind, message, more)] })).toEqual({ status, detail: message });
	});

	const shutDown = { state: "shut down", timeline: 3, checkpointLsn: "0/7000028", systemIdentifier: null };
	const STOPPED = hostReading({ postmaster: false, controlData: shutDown });
	const CRASHED = hostReading({ postmaster: false, controlData: { ...shutDown, state: "in production" } });
	const STANDBY_STOPPED = hostReading({
		postmaster: false,
		controlData: { ...shutDown, state: "shut down in recovery", timeline: null, checkpointLsn: null },
	});

	test.each<[FaultKind, HostReading, NodeStatus, string]>([
		[
			"refused",
			STOPPED,
			"stopped",
			"no postmaster: shut down cleanly, last checkpoint 0/7000028 on timeline 3",
		],
		[
			"unreachable",
			STOPPED,
			"stopped",
			"no postmaster: shut down cleanly, last checkpoint 0/7000028 on timeline 3",
		],
		[
			"refused",
			CRASHED,
			"stopped",
			'no postmaster: ended without a shutdown (control data: "in production"), last checkpoint 0/7000028 on timeline 3',
		],
		[
			"refused",
			STANDBY_STOPPED,
			"stopped",
			"no postmaster: shut down cleanly, last checkpoint unknown on timeline unknown",
		],
		["refused", hostReading({ postmaster: false }), "stopped", "its host has no postmaster"],
		["refused", hostReading(), "refusing", "said, though postmaster 52 runs"],
		["refused", hostReading({ postmaster: null }), "refusing", "said"],
		["unreachable", hostReading(), "unreachable", "said, though its host answers SSH"],
		["timeout", hostReading(), "hung", "said"],
		[
			"timeout",
			hostReading({ postmaster: { pid: 52, state: "T" } }),
			"hung",
			"said: its postmaster (52) is frozen (SIGSTOP)",
		],
		["timeout", STOPPED, "hung", "said"],
	])("%s, and the host tells %#: %s", (kind, host, status, detail) => {
		expect(judge({ server: [fault(kind, "said")], host: [good(host)] })).toEqual({ status, detail });
	});

	test.each<FaultKind>(["refused", "unreachable"])("%s, and SSH fails: reports both", (kind) => {
		const host = [failed({ kind: "authentication", message: "publickey rejected" })];
		expect(judge({ server: [fault(kind, "said")], host }).detail).toBe("said; SSH: publickey rejected");
	});

	describe("ignores a reading of the host from before the server's last answer", () => {
		const server = [good(primaryReading(), 2000), failed({ kind: "refused", message: "refused" }, 3000)];

		test.each([
			[1999, "refusing", "refused"],
			[2000, "refusing", "refused"],
			[2001, "stopped", "no postmaster: shut down cleanly, last checkpoint 0/7000028 on timeline 3"],
		])("host seen at %i: %s", (at, status, detail) => {
			expect(judge({ server, host: [good(STOPPED, at)] })).toEqual({ status, detail });
		});

		test.each([
			[1999, "refused"],
			[2001, "refused; SSH: no route"],
		])("SSH failed at %i: %s", (at, detail) => {
			expect(judge({ server, host: [failed({ message: "no route" }, at)] }).detail).toBe(detail);
		});

		test("ignores a reading of the host whose newer attempt failed", () => {
			const host = [good(STOPPED, 2500), failed({ message: "no route" }, 2600)];
			expect(judge({ server, host })).toEqual({ status: "refusing", detail: "refused; SSH: no route" });
		});
	});
});

test("does not report a postmaster that was seen before the server began to refuse", () => {
	const refused = (lookedAt: number) =>
		judge({
			server: [good(standbyReading(), NOW - 9000), failed({ kind: "refused", message: "said" }, NOW - 5000)],
			host: [good(hostReading(), lookedAt)],
		});
	expect(refused(NOW - 6000)).toEqual({ status: "refusing", detail: "said" });
	expect(refused(NOW - 4000)).toEqual({ status: "refusing", detail: "said, though postmaster 52 runs" });
});

test("is unknown where this machine was too busy to receive the answer", () => {
	const fault = {
		kind: "timeout",
		code: TOO_BUSY,
		message: "no answer, but this machine is too busy to judge",
	} as const;
	expect(judge({ server: [good(standbyReading(), NOW - 9000), failed(fault)] })).toEqual({
		status: "unknown",
		detail: "no answer, but this machine is too busy to judge",
	});
});
