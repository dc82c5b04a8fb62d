import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/model/fault.ts";
import type { HostReading } from "../../../src/model/host-reading.ts";
import type { Registration } from "../../../src/model/registration.ts";
import type { ServerReading } from "../../../src/model/server-reading.ts";
import type { UiContext } from "../../../src/ui/context.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import {
	hostReading,
	NOW,
	primaryReading,
	receiver,
	registration,
	sender,
	slot,
	standbyReading,
	witnessReading,
} from "../../support/records.ts";
import { ALL_SIZES, bodyLines, draw, drawnLines, press, uiContext } from "../../support/ui-context.tsx";

const body = (context: UiContext) => draw(context);
const lines = (context: UiContext) => bodyLines(context, body(context));

/** The whole text, on a terminal as high as it needs. */
const all = (context: UiContext) => lines({ ...context, rows: 404, bodyRows: 400 }).join("\n");

/** The lines of one section, without its heading. */
function section(context: UiContext, title: string): string {
	const text = all(context);
	const [, rest = ""] = text.split(`─ ${title} ─`);
	return rest.split("\n").slice(1).join("\n").split("\n─ ")[0] ?? "";
}

const headingOf = (context: UiContext, title: string) =>
	all(context)
		.split("\n")
		.find((line) => line.startsWith(`─ ${title} ─`));

interface Given {
	readonly nodeId?: number;
	readonly columns?: number;
	readonly rows?: number;
	readonly known?: readonly Registration[];
}

/** A cluster of a primary, a standby and a witness that were all read just now, looked at from one node's screen. */
function opened({ nodeId = 2, columns = 80, rows = 24 }: Given = {}) {
	const given = uiContext({ columns, rows, nodeNames: ["node1", "node2", "node3"] });
	const { store } = given;
	store.found([registration(1), registration(2), registration(3, { type: "witness", slotName: null })]);
	const server = (id: number, value: ServerReading, at = NOW) =>
		store.receive([{ nodeId: id, of: "server", observation: { value, at, by: "sql" } }]);
	const fails = (id: number, fault: Fault, at = NOW) =>
		store.receive([{ nodeId: id, of: "server", observation: { fault, at, by: "sql" } }]);
	const host = (id: number, value: HostReading, at = NOW) =>
		store.receive([{ nodeId: id, of: "host", observation: { value, at, by: "ssh" } }]);
	server(
		1,
		primaryReading({
			settings: {
				max_connections: "100",
				superuser_reserved_connections: "3",
				synchronous_standby_names: "",
			},
			walSenders: [sender(77, { applicationName: "node2", clientAddress: "10.0.0.2" })],
			slots: [slot("repmgr_slot_2", 77), slot("orphan", null)],
		}),
	);
	server(2, standbyReading({ walReceiver: receiver({ slotName: "repmgr_slot_2" }) }));
	server(3, witnessReading());
	const now = (context: UiContext): UiContext => ({ ...context, data: store.getState() });
	const context: UiContext = now({
		...given.context,
		ui: {
			...given.context.ui,
			screens: [...given.context.ui.screens, { screen: "node", nodeId, offset: 0 }],
		},
	});
	return { ...given, context, server, fails, host, now };
}

describe("at every size", () => {
	test.each(ALL_SIZES)(
		"$columns×$rows: no line too long, no line too many, from the first to the last page",
		({ columns, rows }) => {
			for (const nodeId of [1, 2, 3]) {
				const { context, host, now } = opened({ nodeId, columns, rows });
				host(nodeId, hostReading({ dataDirectory: `/very/long${"/path".repeat(60)}` }));
				for (const shown of [now(context), press(now(context), "pagedown"), press(now(context), "G")]) {
					const drawn = drawnLines(shown, body(shown));
					expect(drawn.length).toBeLessThanOrEqual(shown.bodyRows);
					for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
				}
			}
		},
	);

	test("has two columns of sections if there is room", () => {
		const isBeside = (columns: number) =>
			lines(opened({ columns, rows: 50 }).context).some((line) => /─ NODE ─.*─ REPLICATION ─/.test(line));
		expect([159, 160].map(isBeside)).toEqual([false, true]);
	});

	test("has the same sections in both layouts", () => {
		for (const title of [
			"NODE",
			"REPLICATION",
			"LAG, LAST 10 MINUTES",
			"SLOTS",
			"REPMGRD",
			"HOST",
			"ARCHIVER",
			"ITS COPY OF repmgr.nodes",
			"SETTINGS",
		])
			for (const columns of [80, 200]) expect(all(opened({ columns }).context)).toContain(`─ ${title} ─`);
	});
});

describe("moving", () => {
	test("stops at both ends, with the position in the title", () => {
		const { context } = opened();
		expect(lines(context)[0]).toMatch(/lines 1 to 20 of \d+ ─$/);
		const end = press(context, "G");
		expect(lines(press(end, "down", "pagedown"))).toEqual(lines(end));
		expect(lines(press(end, "g"))).toEqual(lines(context));
		expect(lines(press(context, "up"))).toEqual(lines(context));
		expect(lines(press(context, "j"))[1]).toEqual(lines(context)[2]);
	});

	test("goes through the nodes by ] and [, n and p", () => {
		const { context } = opened({ nodeId: 2 });
		const at = (...keys: readonly string[]) => {
			const screen = currentScreen(press(context, ...keys).ui);
			return screen.screen === "node" ? screen.nodeId : null;
		};
		expect([at("]"), at("]", "]"), at("["), at("[", "["), at("n", "p")]).toEqual([3, 1, 1, 3, 2]);
	});

	test("opens events by e and logs by L, and copies the conninfo by y", () => {
		const { context, copied } = opened();
		expect(currentScreen(press(context, "e").ui)).toMatchObject({ screen: "events", nodeId: 2 });
		expect(currentScreen(press(context, "L").ui)).toMatchObject({ screen: "logs", nodeId: 2 });
		press(context, "y");
		expect(copied).toEqual(["host=node2 user=repmgr dbname=repmgr"]);
	});
});

describe("a node that is no longer registered", () => {
	test("is reported, and its keys say why they are disabled", () => {
		const { context } = opened({ nodeId: 9 });
		expect(lines(context)[0]).toContain("node 9 is no longer registered; esc goes back");
		expect(press(context, "y").ui.message?.text).toContain("no longer registered");
		expect(currentScreen(press(context, "n").ui)).toMatchObject({ nodeId: 1 });
	});
});

describe("registered and observed state", () => {
	test("are side by side", () => {
		const { context } = opened();
		expect(section(context, "NODE")).toMatch(/role +standby +standby/);
		expect(section(context, "NODE")).toMatch(/upstream +node1 +node1/);
		expect(section(context, "NODE")).not.toContain("≠");
	});

	test("do not differ for a witness, which watches its upstream without streaming", () => {
		const { context } = opened({ nodeId: 3 });
		expect(section(context, "NODE")).toMatch(/upstream +node1 +–/);
		expect(section(context, "NODE")).not.toContain("≠");
	});

	test("have their differences marked", () => {
		const { context, server, host, now } = opened();
		server(2, primaryReading({ timeline: 2 }));
		host(2, hostReading({ repmgrConf: { node_name: "other", priority: "0", location: "default" } }));
		const text = section(now(context), "NODE");
		expect(text).toMatch(/role +standby +≠ primary/);
		expect(text).toMatch(/name +node2 +≠ other/);
		expect(text).toMatch(/priority +100 +≠ 0/);
		expect(text).toMatch(/location +default +default/);
	});

	test("show another database system", () => {
		const { context, server, now } = opened();
		server(2, primaryReading({ systemIdentifier: "1" }));
		expect(section(now(context), "NODE")).toContain("≠ the cluster's: another database system");
	});
});

describe("replication", () => {
	test("shows both ends of a standby's connection, each with its source", () => {
		const text = section(opened().context, "REPLICATION");
		expect(text).toMatch(/walreceiver +streaming {2}pid 58, timeline 1/);
		expect(text).toMatch(/from +node1:5432/);
		expect(text).toMatch(/seen by upstream +streaming, async {2}SQL on node1, now/);
		expect(text).toMatch(/slot on node1 +repmgr_slot_2, active, 0 B kept {2}SQL on node1, now/);
		expect(text).toMatch(/lag +0 B, 0\.0 s/);
	});

	test("shows a primary's walsenders and slots", () => {
		const { context } = opened({ nodeId: 1 });
		expect(section(context, "REPLICATION")).toMatch(
			/77 +node2 +10\.0\.0\.2 +streaming +async +0\/5000000 +0 B/,
		);
		expect(section(context, "SLOTS")).toMatch(/orphan +physical +inactive +0 B +reserved/);
	});

	test("says why a detached standby's lag is unknown", () => {
		const { context, server, now } = opened();
		server(2, standbyReading({ walReceiver: null }));
		const text = section(now(context), "REPLICATION");
		expect(text).toContain("? (detached: not measured)");
		expect(text).toMatch(/walreceiver +none runs/);
		expect(section(now(context), "WHAT IS WRONG")).toContain("no walreceiver runs");
	});

	test("reports paused replay and waiting commits", () => {
		const { context, server, now } = opened();
		server(2, standbyReading({ replayPaused: true }));
		expect(section(now(context), "REPLICATION")).toContain("replay is PAUSED");
		const primary = opened({ nodeId: 1 });
		primary.server(1, primaryReading({ syncRepWaiters: 4 }));
		expect(section(primary.now(primary.context), "REPLICATION")).toContain(
			"4 wait for a synchronous standby",
		);
	});

	test("names the missing right", () => {
		const { context, server, now } = opened();
		server(
			2,
			standbyReading({ walReceiver: receiver({ status: null, senderHost: null, lastMessageSeconds: null }) }),
		);
		expect(section(now(context), "REPLICATION")).toContain("? (may not be read: grant pg_monitor)");
	});
});

describe("age and source", () => {
	test("are shown by every section", () => {
		const { context, host, store, now } = opened();
		host(2, hostReading(), NOW - 12_000);
		store.tick(NOW);
		expect(headingOf(now(context), "REPLICATION")).toMatch(/ SQL, now ─$/);
		expect(headingOf(now(context), "HOST")).toMatch(/ SSH, 12 s ago ─$/);
	});

	test("are shown for the last values of a silent node, with the newest fault", () => {
		const { context, fails, store, now } = opened();
		fails(2, { kind: "unreachable", message: "no answer from node2:5432", hint: "Check it." }, NOW + 2000);
		store.tick(NOW + 30_000);
		const shown = now(context);
		expect(section(shown, "WHAT IS WRONG")).toMatch(/SQL +no answer from node2:5432/);
		expect(section(shown, "WHAT IS WRONG")).toContain("Hint: Check it.");
		expect(section(shown, "WHAT IS WRONG")).toContain("fails since 04:41:14 UTC, 28 s ago");
		expect(headingOf(shown, "REPLICATION")).toMatch(/ SQL, as of 30 s ago ─$/);
		expect(section(shown, "REPLICATION")).toMatch(/replayed up to +0\/5000000/);
		expect(section(shown, "REPMGRD")).toMatch(/state +running {2}pid 93/);
	});

	test("are replaced by the reason if the node was never read", () => {
		const { context, fails, now } = opened({ nodeId: 4 });
		const four = [registration(1), registration(2), registration(4)];
		context.session.store.receive([
			{
				nodeId: 1,
				of: "server",
				observation: { value: primaryReading({ registrations: four }), at: NOW, by: "sql" },
			},
		]);
		fails(4, { kind: "authentication", message: "password authentication failed" });
		const text = all(now(context));
		expect(headingOf(now(context), "REPLICATION")).toMatch(/never read ─$/);
		expect(text).toContain("? (password authentication failed)");
	});

	test("has no section of faults if nothing is wrong", () => {
		expect(all(opened().context)).not.toContain("WHAT IS WRONG");
	});
});

describe("the host", () => {
	test("shows disks, clock, processes and units", () => {
		const { context, host, now } = opened();
		host(
			2,
			hostReading({
				postmaster: { pid: 52, state: "T" },
				disks: [{ of: "PGDATA", sizeBytes: 100 * 1024 ** 3, availableBytes: 3 * 1024 ** 3 }],
				clockOffsetMs: -5200,
				units: [{ unit: "repmgrd.service", active: "failed", sub: "failed" }],
			}),
		);
		const text = section(now(context), "HOST");
		expect(text).toMatch(/postmaster +pid 52, frozen \(SIGSTOP\)/);
		expect(text).toMatch(/disk of PGDATA +97 % used, .* free {2}FULL/);
		expect(text).toMatch(/clock +5\.2 s behind the console's/);
		expect(text).toMatch(/unit +repmgrd\.service {2}failed \(failed\)/);
	});

	test("says that no postmaster is running", () => {
		const { context, host, now } = opened();
		host(2, hostReading({ postmaster: false }));
		expect(section(now(context), "HOST")).toMatch(/postmaster +none runs/);
	});

	test("says that SSH is off", () => {
		const { context } = opened();
		const off = { ...context, data: { ...context.data, sshOff: "SSH is off: disks stay unknown" } };
		expect(section(off, "HOST")).toContain("? (SSH is off)");
		expect(press(off, "L").ui.message?.text).toContain("SSH is off");
	});
});

describe("its own copy of repmgr.nodes", () => {
	const mine = [registration(1), registration(2, { priority: 50 }), registration(7)];

	test("lists each difference from the copy that the console uses", () => {
		const { context, server, now } = opened();
		server(1, primaryReading({ registrations: [registration(1), registration(2), registration(3)] }));
		server(2, standbyReading({ registrations: mine }));
		const text = section(now(context), "ITS COPY OF repmgr.nodes");
		expect(text).toContain("node 2 (node2): priority is 50 here ≠ 100");
		expect(text).toContain("node 3 (node3): missing here");
		expect(text).toContain("node 7 (node7): only here");
	});

	test("says in one line that there is no difference", () => {
		const { context, server, now } = opened();
		const rows = [registration(1), registration(2), registration(3)];
		server(1, primaryReading({ registrations: rows }));
		server(2, standbyReading({ registrations: rows }));
		expect(section(now(context), "ITS COPY OF repmgr.nodes")).toContain("3 nodes, matches");
	});
});

test("sorts settings, and names missing rights", () => {
	const { context, server, now } = opened();
	server(
		2,
		standbyReading({
			settings: {
				wal_level: "replica",
				archive_mode: "on",
				cluster_name: "",
			},
			missingRights: ["some settings (grant pg_monitor)"],
		}),
	);
	const text = section(now(context), "SETTINGS");
	expect(text).toMatch(/archive_mode +on[\s\S]*cluster_name +''[\s\S]*wal_level +replica/);
	expect(text).toContain("some may not be read: grant pg_monitor");
});
