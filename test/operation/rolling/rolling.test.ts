import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { RollingIntent } from "../../../src/model/intent.ts";
import type { ServerSettings } from "../../../src/model/setting.ts";
import { request } from "../../../src/operation/request.ts";
import { assignmentOf, written } from "../../../src/operation/rolling/assignment.ts";
import { readyChecks } from "../../../src/operation/rolling/checks.ts";
import { shellWords } from "../../../src/text/shell.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { sender, slot } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

/** max_connections by node, running and wanted; null: it can't be read. */
type Values = Readonly<Record<number, Partial<ServerSettings> | null>>;

const INTENT: RollingIntent = {
	kind: "rolling",
	what: "restart",
	setting: "",
	nodeId: 2,
	all: false,
	acceptLostSlots: false,
};

const NOTHING: ServerSettings = {
	...{ version: 150020, isSuperuser: true, allowsAlterSystem: null, reservedConnections: 3 },
	...{ pending: [], setting: null, tried: null },
};

type More = Partial<Omit<ServerSettings, "setting">>;

/** A server that has one value of a setting, and is to have another. */
function has(value: string, wanted: string, more: More = {}, name = "max_connections") {
	const known = { name, value, shown: value, context: "postmaster", source: "configuration file" };
	const setting = { ...known, place: "/etc/postgresql.conf:65", isPending: false };
	return { ...more, setting, tried: more.tried ?? { value: wanted } };
}

const PENDING: Partial<ServerSettings> = {
	pending: [{ name: "max_connections", value: "100", inFile: "200", place: "/etc/postgresql.conf:65" }],
};

function ask(
	intent: Partial<RollingIntent>,
	values: Values = {},
	surveys: Readonly<Record<number, SurveyChanges>> = {},
	changes: Changes = {},
) {
	const settings = new Map(
		[1, 2, 3, 4].map((nodeId) => {
			const of = values[nodeId];
			return [
				nodeId,
				of === null
					? ({ fault: { kind: "command", message: "fe_sendauth: no password supplied" } } as const)
					: { value: { ...NOTHING, ...of } },
			] as const;
		}),
	);
	return request({ ...INTENT, ...intent }, { ...factsOf(surveys, changes), settings });
}

const set = (setting: string, values: Values, ...more: readonly unknown[]) =>
	ask({ what: "set", setting }, values, ...(more as []));

const everywhere = (value: string, wanted: string, more: More = {}): Values => ({
	1: has(value, wanted, more),
	2: has(value, wanted, more),
	3: has(value, wanted, more),
});

const keys = ({ plan }: ReturnType<typeof ask>) => plan?.steps.map(({ key }) => key);

const unpause = [1, 2, 3, 4].map((nodeId) => `unpause-${nodeId}`);

describe("rolling restart", () => {
	test("restarts the witness, the standbys, last the one that takes over, and the primary by a switchover", () => {
		const requested = ask({ all: true });
		expect(keys(requested)).toEqual([
			"dry-run",
			...["restart-4", "well-4", "restart-3", "well-3", "restart-2", "well-2"],
			...["ready", "checkpoint", "switchover", "follows-3", "follows-4", "well-1"],
			...unpause,
		]);
		const { plan } = requested;
		expect(plan?.steps.find(({ key }) => key === "well-3")?.expects).toEqual([
			{ kind: "primary", nodeId: 1 },
			{ kind: "streaming", nodeId: 2, fromNodeId: 1 },
			{ kind: "streaming", nodeId: 3, fromNodeId: 1 },
			{ kind: "repmgrd", nodeId: 3, isRunning: true },
		]);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node2" });
		expect(plan?.blastRadius.restarts).toEqual([4, 3, 2, 1]);
		expect(plan?.afterwards?.join()).toContain("switchover --to node1");
	});

	test("only where a restart is pending, and says why; without the primary there is no switchover", () => {
		const { plan } = ask({}, { 3: PENDING });
		expect(plan?.steps.map(({ key }) => key)).toEqual(["restart-3", "well-3"]);
		expect(plan?.blastRadius.writeOutageSeconds).toBeNull();
		expect(plan?.prerequisites.find(({ title }) => title === 'why "node3" restarts')?.found).toBe(
			"max_connections is 100, and 200 in /etc/postgresql.conf:65.",
		);
		expect(keys(ask({}, { 1: PENDING }))).toEqual([
			...["dry-run", "ready", "checkpoint", "switchover", "follows-3", "follows-4", "well-1"],
			...unpause,
		]);
	});

	test("is refused where nothing is pending, and where a server can't tell", () => {
		expect(ask({}).refusal?.message).toContain("no restart is pending on any node");
		const { refusal } = ask({}, { 3: null });
		expect(refusal?.message).toContain('psql reads the settings of "node3"');
		expect(refusal?.detail).toContain("no password supplied");
	});

	test("is refused where a standby does not stream, or none can take over", () => {
		const detached: Changes = { 3: { server: { walReceiver: null } } };
		expect(ask({ all: true }, {}, {}, detached).refusal?.message).toContain("every standby streams");
		expect(ask({ nodeId: 1, all: true }).refusal?.message).toContain("a standby can take over");
		expect(ask({ nodeId: 1 }, { 3: PENDING }).plan?.steps).toHaveLength(2);
		expect(ask({ nodeId: 4, all: true }).refusal?.message).toBe('"node4" is a witness');
	});

	test("takes no setting", () => {
		expect(ask({ setting: "max_connections=1" }).refusal?.hint).toContain("rolling set");
	});
});

describe("rolling set of what a standby must have as high as its primary", () => {
	test("raises it on the standbys first, each restarted at once, and on the primary by the switchover", () => {
		const requested = set("max_connections=200", everywhere("100", "200"));
		expect(keys(requested)).toEqual([
			"dry-run",
			...["set-3", "restart-3", "well-3", "check-3", "set-2", "restart-2", "well-2", "check-2"],
			...["set-1", "ready", "checkpoint", "switchover", "follows-3", "follows-4", "well-1", "check-1"],
			...unpause,
		]);
		expect(requested.plan?.steps.find(({ key }) => key === "set-3")?.command.input).toBe(
			"SET search_path = pg_catalog;\nALTER SYSTEM SET max_connections = '200';\nSELECT pg_reload_conf();\n",
		);
		expect(requested.plan?.afterwards?.[0]).toBe(
			`max_connections was 100 (/etc/postgresql.conf:65) on "node3", "node2" and "node1". To go back, in the order that is safe then: rolling set max_connections=100`,
		);
	});

	test("lowers it on the primary first, where it is, with repmgrd paused only meanwhile; standbys wait for that WAL", () => {
		const requested = set("max_connections=50", everywhere("100", "50"));
		expect(keys(requested)).toEqual([
			...["set-1", "checkpoint", "pause-1", "pause-2", "pause-3", "pause-4", "restart-1", "well-1"],
			...["unpause-1-then", "unpause-2-then", "unpause-3-then", "unpause-4-then", "check-1"],
			...["replay-3", "set-3", "restart-3", "well-3", "check-3"],
			...["replay-2", "set-2", "restart-2", "well-2", "check-2"],
			...unpause,
		]);
		expect(requested.plan?.confirmation).toEqual({ kind: "name", name: "node1" });
		expect(requested.plan?.steps.find(({ key }) => key === "replay-3")?.command.argv.slice(-2)).toEqual([
			...["max_connections", "50"],
		]);
	});

	test("goes on where it was interrupted, in either direction", () => {
		expect(
			keys(set("max_connections=200", { ...everywhere("100", "200"), 3: has("200", "200") }))?.slice(0, 3),
		).toEqual(["dry-run", "set-2", "restart-2"]);
		expect(keys(set("max_connections=50", { ...everywhere("50", "50"), 3: has("100", "50") }))).toEqual([
			...["replay-3", "set-3", "restart-3", "well-3", "check-3"],
		]);
	});

	test("changes nothing where it is so, and takes back what only waits for a restart", () => {
		expect(set("max_connections=100", everywhere("100", "100")).refusal?.message).toContain(
			"changes nothing",
		);
		const { setting } = has("100", "100");
		const waits = { setting: { ...setting, isPending: true }, tried: { value: "100" } };
		expect(keys(set("max_connections=100", { ...everywhere("100", "100"), 3: waits }))).toEqual(["set-3"]);
	});
});

describe("rolling set of another setting", () => {
	const work = { context: "user", source: "default" };
	const values = Object.fromEntries(
		[1, 2, 3].map((nodeId) => {
			const one = has("4096", "8192", {}, "work_mem");
			return [nodeId, { ...one, setting: { ...one.setting, ...work } }];
		}),
	);

	test("needs no restart where the server takes it at once: the primary last, each verified", () => {
		const { plan } = set("work_mem=8MB", values);
		expect(plan?.steps.map(({ key }) => key)).toEqual(["set-3", "set-2", "set-1"]);
		expect(plan?.confirmation).toEqual({ kind: "yes" });
		expect(plan?.steps[0]?.command.input).toMatch(/NOT pending_restart AND sourcefile LIKE/);
	});

	test("quotes every name of a list by itself, and no value can leave its literal", () => {
		const libraries = Object.fromEntries(
			[1, 2, 3].map((id) => [id, has("repmgr", 'repmgr, "a,b"', {}, "shared_preload_libraries")]),
		);
		const { plan } = set(`shared_preload_libraries='repmgr, "a,b"'`, libraries);
		expect(plan?.steps.find(({ key }) => key === "set-3")?.command.input).toContain(
			"\nALTER SYSTEM SET shared_preload_libraries = 'repmgr', 'a,b';\n",
		);
		const strings = Object.fromEntries([1, 2, 3].map((id) => [id, has("", "x", {}, "log_line_prefix")]));
		const step = set("log_line_prefix=%m'; DROP \\", strings).plan?.steps.find(({ key }) => key === "set-3");
		expect(step?.command.input).toContain("\nALTER SYSTEM SET log_line_prefix = E'%m''; DROP \\\\';\n");
		// Arguments are seen by every user of the host.
		expect(step?.command.argv.join(" ")).not.toContain("DROP");
		expect(step?.command.argv.slice(-2)).toEqual(["-f", "-"]);
		const [shown = ""] = step?.command.shown ?? [];
		const typed = spawnSync("sh", ["-c", shown.slice(0, shown.lastIndexOf(" | "))], { encoding: "utf8" });
		expect(typed.stdout).toBe(step?.command.input);
	});
});

describe("rolling set is refused", () => {
	test.each([
		["", /needs "NAME=VALUE"/],
		["max_connections", /needs "NAME=VALUE"/],
		["1=2", /needs "NAME=VALUE"/],
		["PORT = 5433", /port is refused: it is not set alike/],
		["recovery_target_time=now", /not set alike/],
		["work_mem=1\n2", /control character/],
		["no_such=1", /there is no setting "no_such"/],
	])("for %j", (setting, message) => {
		expect(set(setting, {}).refusal?.message).toMatch(message);
	});

	test.each<[string, string, More, RegExp]>([
		["a value that the server does not take", "x", { tried: { refusal: "Invalid value." } }, /accepts/],
		["a login that is no superuser", "200", { isSuperuser: false }, /ALTER SYSTEM reaches/],
		["allow_alter_system = off", "200", { allowsAlterSystem: false }, /ALTER SYSTEM reaches/],
		["fewer connections than are reserved", "3", { tried: { value: "3" } }, /leaves room/],
	])("for %s", (_, value, more, title) => {
		const { refusal } = set(`max_connections=${value}`, {
			...everywhere("100", value),
			3: has("100", value, more),
		});
		expect(refusal?.message).toMatch(title);
	});

	test("for a value from the command line, which ALTER SYSTEM does not reach", () => {
		const { setting } = has("100", "200");
		const values = {
			...everywhere("100", "200"),
			2: { ...has("100", "200"), setting: { ...setting, source: "command line" } },
		};
		expect(set("max_connections=200", values).refusal?.detail).toContain("command line");
	});

	test.each([
		["shared_preload_libraries=pg_stat_statements", "repmgr stays among the libraries"],
		["wal_level=minimal", "standbys can follow"],
		["max_wal_senders=2", "max_wal_senders leaves enough"],
		["max_replication_slots=1", 'max_replication_slots leaves enough on "node3"'],
	])("for %s", (setting, title) => {
		const [name = "", value = ""] = setting.split("=");
		const values = Object.fromEntries([1, 2, 3].map((id) => [id, has("10", value, {}, name)]));
		expect(set(setting, values).refusal?.message).toContain(title);
	});
});

test("fewer slots than a server has, or wal_level without logical for a logical slot, would keep it from starting", () => {
	const own: Changes = {
		3: { server: { slots: ["a", "b", "c"].map((name) => ({ ...slot(name, null), slotType: "logical" })) } },
	};
	const asked = (name: string, from: string, to: string) =>
		set(`${name}=${to}`, Object.fromEntries([1, 2, 3].map((id) => [id, has(from, to, {}, name)])), {}, own)
			.refusal;
	expect(asked("max_replication_slots", "10", "2")).toMatchObject({
		message: expect.stringContaining('max_replication_slots leaves enough on "node3"'),
		detail: "It has 3 slots; at least 3 are needed, as it may be the primary.",
	});
	expect(asked("max_replication_slots", "10", "3")).toBeUndefined();
	expect(asked("wal_level", "logical", "replica")?.detail).toContain('"node3" would not start');
});

test("a restart of a synchronous standby says that commits wait for it", () => {
	const senders = [2, 3].map((id) =>
		sender(60 + id, { applicationName: `node${id}`, syncState: id === 3 ? "sync" : "async" }),
	);
	const { plan } = ask({}, { 3: PENDING }, {}, { 1: { server: { walSenders: senders } } });
	expect(plan?.prerequisites.find(({ title }) => title === 'no commit waits for "node3"')).toMatchObject({
		state: "warning",
	});
});

test("a lowered setting is only written where a standby has the value and waits for a restart to another", () => {
	const { setting, tried } = has("50", "50");
	const waits = { setting: { ...setting, isPending: true }, tried };
	const { plan } = set("max_connections=50", { ...everywhere("100", "50"), 3: waits });
	expect(plan?.steps.map(({ key }) => key)).not.toContain("restart-3");
	expect(plan?.blastRadius.restarts).toEqual([1, 2]);
});

test("the command that goes back is quoted for a shell: old values come from a server", () => {
	const values = Object.fromEntries(
		[1, 2, 3].map((id) => [id, has("it's $(x)", "y", {}, "log_line_prefix")]),
	);
	expect(set("log_line_prefix=y", values).plan?.afterwards?.[0]).toContain(
		"rolling set 'log_line_prefix=it'\\''s $(x)'",
	);
});

test("the command that goes back keeps spaces at the ends, and quotes that belong to the value", () => {
	for (const [old, typed] of [
		["%m [%p] ", "log_line_prefix='%m [%p] '"],
		["'x'", "log_line_prefix='''x'''"],
	] as const) {
		const values = Object.fromEntries([1, 2, 3].map((id) => [id, has(old, "y", {}, "log_line_prefix")]));
		const back = shellWords(["rolling", "set", typed]);
		expect(set("log_line_prefix=y", values).plan?.afterwards?.[0]).toContain(`: ${back}`);
	}
	for (const value of ["%m ", " %m", "'x'", "'", "x='y'", "\\", "a\\'b", ""])
		expect(assignmentOf(written({ name: "n", value }))).toEqual({ name: "n", value });
});

test.each([
	"ssl_passphrase_command=echo sesame",
	"some_extension.secret=sesame",
	"some_extension.api_key=sesame",
	"archive_command=PGPASSWORD=sesame put %p",
	"restore_command=get postgres://u:sesame@h/%f",
])("a setting that may hold a secret is refused without showing it: %s", (assignment) => {
	const name = assignment.slice(0, assignment.indexOf("="));
	const { refusal, plan } = set(assignment, {});
	expect(plan).toBeUndefined();
	expect(JSON.stringify(refusal)).not.toContain("sesame");
	expect(refusal?.message).toBe(`rolling set ${name} is refused: it may hold a secret`);
});

test("a password in the value that was, or that waits for a restart, is not shown", () => {
	const old = "PGPASSWORD=sesame put %p";
	const values = Object.fromEntries([1, 2, 3].map((id) => [id, has(old, "put %p", {}, "archive_command")]));
	const { plan } = set("archive_command=put %p", values);
	expect(plan?.steps.length).toBeGreaterThan(0);
	expect(JSON.stringify(plan)).not.toContain("sesame");
	const pending = [{ name: "my.secret", value: "sesame", inFile: "sesame2", place: null }];
	expect(JSON.stringify(ask({}, { 3: { pending } }))).not.toContain("sesame");
});

test.each([
	"password_encryption=scram-sha-256",
	"ssl_key_file=server.key",
	"log_line_prefix=%m [%p] %q%u@%d ",
])("what only sounds like a secret is set: %s", (assignment) =>
	expect(assignmentOf(assignment)).not.toHaveProperty("message"),
);

test("before the switchover the checks are made again, without the lock, which the operation holds itself", () => {
	const lock = { operationId: "op", operation: "rolling restart", who: "alice", since: 0 };
	const well = readyChecks(INTENT, factsOf({ 1: { host: { lock } } }));
	expect(well.filter(({ state }) => state === "failed")).toEqual([]);
	const paused = factsOf({}, { 2: { server: { replayPaused: true } } });
	expect(
		readyChecks(INTENT, paused)
			.filter(({ state }) => state === "failed")
			.map(({ title }) => title),
	).toEqual(['WAL replay runs on "node2"']);
	const gone = factsOf({}, { 3: { fault: { kind: "refused" } } });
	expect(readyChecks(INTENT, gone).some(({ state }) => state === "failed")).toBe(true);
});
