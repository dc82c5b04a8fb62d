import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseArguments } from "../../src/command/arguments.ts";
import { bootstrapCommand, bootstrapInit } from "../../src/command/bootstrap.ts";
import { type BootstrapOptions, loginOf, loginWords } from "../../src/command/bootstrap-arguments.ts";
import { connectionTroubles } from "../../src/command/bootstrap-proofs.ts";
import type { Interaction } from "../../src/command/terminal.ts";
import { beginCrosscheck, recordReport } from "../../src/model/crosscheck.ts";
import { AGAIN, bootstrapOn, FakeHosts } from "../bootstrap/fake-hosts.ts";
import { FOUR, inventoryOf } from "../bootstrap/hosts.ts";
import { recordOutput } from "../support/fake-session.ts";

let home = "";
let hosts: FakeHosts;
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	hosts = new FakeHosts(["pg1", "pg2", "pg3"]);
});
afterEach(() => rmSync(home, { recursive: true }));

/** Without a role that watches there is no session to be opened. */
const THREE = `${FOUR.replace(/ {2}pg3.*\n/, "").replace("pg4", "pg3")}console: false\n`;
const TWO = "cluster: two\nfailover: {mode: manual}\n";
const PLAIN: BootstrapOptions = {
	...{ dryRun: false, runbook: false, yes: false, json: false, takeOver: false, undo: false },
	...{ deleteData: null, reportFile: null },
};

/** The command, with what a person at the terminal types; null: there is none. */
async function command(
	options: Partial<BootstrapOptions> = {},
	typed: string | null = null,
	inventory = THREE,
	secret: string | null = null,
) {
	const asked: string[] = [];
	const interrupts: (() => void)[] = [];
	const interaction: Interaction = {
		isInteractive: typed !== null,
		ask: async (question, echo) => {
			asked.push(question);
			return echo === "hidden" ? secret : typed;
		},
		onInterrupt: (listener) => {
			interrupts.push(listener);
			return () => {};
		},
		onTerminate: () => () => {},
	};
	const bootstrap = bootstrapOn(hosts, inventoryOf(inventory), home, {
		journalPath: join(home, "journal.jsonl"),
	});
	const { out, err, output } = recordOutput();
	const watch = async () => ({ problems: [{ message: "no session here", exitCode: 78 as const }] });
	const exitCode = await bootstrapCommand(bootstrap, { ...PLAIN, ...options }, output, interaction, watch);
	return { exitCode, out: out.join("\n"), err: err.join("\n"), asked };
}

describe("bootstrap", () => {
	test("shows the plan and asks for the cluster's name; another answer changes nothing", async () => {
		const { exitCode, out, err, asked } = await command({}, "yes");
		expect(exitCode).toBe(2);
		expect(asked).toEqual(["Type the name of the cluster, prod, to carry this out: "]);
		expect(out).toContain('Bootstrap of the cluster "prod", PostgreSQL 15');
		expect(err).toContain("bootstrap: not confirmed\nDETAIL:  Nothing was changed.");
		expect(hosts.changes).toEqual([]);
	});

	test("is carried out when the name is typed, and its proof printed; a second one says that nothing is left", async () => {
		const { exitCode, out } = await command({}, "prod");
		expect(exitCode, out).toBe(0);
		expect(out).toContain("pg1: install the packages: done");
		expect(out).toContain('  ok      "pg2" streams from "pg1"');
		expect(out).not.toContain("Watch it:");
		const again = await command({}, null);
		expect([again.exitCode, again.out]).toEqual([
			0,
			expect.stringContaining("Nothing is left to be done: no host was changed."),
		]);
	});

	test("asks once for the password that sudo wants, and tells a wrong one", async () => {
		hosts.sudo.wanted = "open sesame";
		const wrong = await command({ dryRun: true }, "prod", THREE, "open barley");
		expect(wrong.asked).toEqual(['sudo asks for a password on "pg1", "pg2" and "pg3": ']);
		expect([wrong.exitCode, wrong.err]).toEqual([
			2,
			expect.stringContaining('sudo does not accept the password on "pg1", "pg2" and "pg3"'),
		]);
		hosts.sudo.given.value = null;
		const none = await command({ dryRun: true }, "prod", THREE, "open\tsesame");
		expect([none.exitCode, none.err]).toEqual([2, expect.stringContaining("that can't be a password")]);
		expect(hosts.sudo.given.value).toBeNull();
		const right = await command({}, "prod", THREE, "open sesame");
		expect(right.exitCode, right.err).toBe(0);
		for (const text of [right.out, right.err, readFileSync(join(home, "journal.jsonl"), "utf8")])
			expect(text).not.toContain("open sesame");
	});

	test("without a terminal can't ask for the password that sudo wants", async () => {
		hosts.sudo.wanted = "open sesame";
		const { exitCode, err, asked } = await command({ yes: true });
		expect([exitCode, asked]).toEqual([2, []]);
		expect(err).toContain("--sudo-password-file");
	});

	test("without a terminal needs --yes", async () => {
		const { exitCode, err } = await command();
		expect([exitCode, err]).toEqual([2, expect.stringContaining("not a terminal; pass --yes")]);
	});

	test.each(["dryRun", "runbook"] as const)("with %s changes nothing", async (how) => {
		const { exitCode, out } = await command({ [how]: true, yes: true });
		expect(exitCode).toBe(0);
		expect(out).toContain(how === "runbook" ? "# Bootstrap of the cluster prod" : "apt-get install");
		expect(hosts.changes).toEqual([]);
	});

	test("prints one JSON document, of the plan or of the end, and progress on standard error", async () => {
		const planned = JSON.parse((await command({ dryRun: true, json: true })).out);
		expect(planned).toMatchObject({ schema: 1, plan: { cluster: "prod", version: 15 } });
		expect(JSON.stringify(planned)).not.toMatch(/"script"/);
		const { out, err } = await command({ yes: true, json: true });
		expect(JSON.parse(out)).toMatchObject({ schema: 1, outcome: "done", isOk: true });
		expect(err).toContain("pg1: install the packages: done");
	});

	test("prints every refusal with what to do, as text and as JSON, and exits with 2", async () => {
		const even = `${THREE.replace("role: witness", "role: standby")}without_witness: true\n`.replace(
			"cluster: prod",
			"cluster: prod\npostgresql: {version: 17}",
		);
		const { exitCode, err } = await command({ yes: true }, null, even);
		expect(exitCode).toBe(2);
		expect(err).toMatch(
			/"pg1" don't offer postgresql-17 and postgresql-17-repmgr[\s\S]*HINT: .*apt\.postgresql\.org/,
		);
		expect(err).toContain("Nothing was changed.");
		const { out } = await command({ yes: true, json: true }, null, even);
		expect(JSON.parse(out).refusals).toHaveLength(3);
	});

	test("that fails exits with 1 and says how to go on; the next one names it, and goes on with it", async () => {
		hosts.failing = "pg2 clone";
		const { exitCode, err } = await command({ yes: true });
		expect(exitCode).toBe(1);
		expect(err).toMatch(
			/pg2: copy "pg1": FAILED\. the command ended with exit code 1\n {4}password=\*{8} no/,
		);
		expect(err).toContain("HINT:  Run the same command again");
		const next = await command({ yes: true });
		expect(next.exitCode).toBe(0);
		expect(next.err).toMatch(
			/^NOTICE: {2}bootstrap of "prod" was begun on .* UTC by alice on bastion, and has not ended\nHINT: {2}To go on with it, run: repmgr-console bootstrap --inventory \/srv\/f\.yaml$/m,
		);
		expect((await command({ yes: true })).err).not.toContain("NOTICE");
	});

	test("writes a report for a newcomer: nodes, proof, where everything lies, what to do", async () => {
		const file = join(home, "report.md");
		await command({ yes: true, reportFile: file });
		const report = readFileSync(file, "utf8");
		for (const part of [
			"# Cluster prod",
			'- [x] "pg2" streams from "pg1"',
			"/etc/repmgr.conf",
			"rejoin NODE",
		])
			expect(report).toContain(part);
	});

	test("whose proof fails exits with 1", async () => {
		const { exitCode, out } = await command({ yes: true }, null, THREE.replace("console: false\n", ""));
		expect(exitCode).toBe(1);
		expect(out).toMatch(/FAILED {2}this console watches the cluster\. .*no session here/);
	});
});

describe("bootstrap --undo", () => {
	test("asks for the name to delete the data; --yes alone does not delete it, nor does another cluster's name", async () => {
		await command({ yes: true });
		hosts.changes.length = 0;
		for (const [options, said] of [
			[{ yes: true }, "all data of the cluster would be deleted; pass --yes and --delete-data prod"],
			[{ yes: true, deleteData: "test" }, 'the cluster is "prod", not "test"'],
			[{}, "all data of the cluster would be deleted"],
		] as const) {
			const { exitCode, err } = await command({ ...options, undo: true });
			expect([exitCode, err]).toEqual([2, expect.stringContaining(said)]);
		}
		const { asked, out } = await command({ undo: true }, "no");
		expect(asked).toEqual(["Type the name of the cluster, prod, to delete all of its data: "]);
		expect(out).toContain('WARNING:  all data of the cluster "prod" is deleted, on every host');
		expect(hosts.changes).toEqual([]);
	});

	test("takes everything back, and says so; its dry run changes nothing", async () => {
		await command({ yes: true });
		hosts.changes.length = 0;
		const planned = await command({ undo: true, dryRun: true });
		expect([planned.exitCode, hosts.changes]).toEqual([0, []]);
		expect(planned.out).toContain('Undo of the bootstrap of the cluster "prod"');
		const { exitCode, out } = await command({ undo: true }, "prod");
		expect(exitCode).toBe(0);
		expect(out).toContain('  ok      "pg3" is as it was before.');
		expect(["pg1", "pg2", "pg3"].every((name) => hosts.isBare(name))).toBe(true);
		const again = await command({ undo: true, yes: true });
		expect([again.exitCode, again.out]).toEqual([0, expect.stringContaining("Nothing is left to be done")]);
	});

	test("that fails names its own command to go on with", async () => {
		await command({ yes: true });
		hosts.failing = "pg3 purge";
		expect((await command({ undo: true, yes: true, deleteData: "prod" })).exitCode).toBe(1);
		const next = await command({ undo: true, yes: true, deleteData: "prod", json: true });
		expect(next.err).toContain(`To go on with it, run: ${AGAIN} --undo`);
		expect(JSON.parse(next.out)).toMatchObject({ schema: 1, outcome: "done", isOk: true });
	});
});

test("bootstrap init writes an inventory, and never over a file", () => {
	const { out, err, output } = recordOutput();
	const inventory = join(home, "inventory.yaml");
	const given = { hosts: ["a", "b", "c", "d"], shape: null, inventory };
	expect(bootstrapInit(given, output)).toBe(0);
	expect(out).toEqual([`wrote ${inventory}`]);
	expect(readFileSync(inventory, "utf8")).toContain("role: witness");
	writeFileSync(inventory, "mine");
	expect(bootstrapInit(given, output)).toBe(78);
	expect(err[0]).toContain("exists");
	expect(readFileSync(inventory, "utf8")).toBe("mine");
});

test("a connection that fails is named, with what was said", () => {
	const link = { way: "ssh", state: "failed", word: "no answer", milliseconds: 5000, command: null } as const;
	const checked = recordReport(beginCrosscheck([1, 2], 0), {
		fromNodeId: 1,
		asked: { state: "done" },
		results: [
			{ ...link, toNodeId: 2, lines: ["ssh: connect to host b: Connection timed out"] },
			{ ...link, toNodeId: 1, way: "sql", state: "ok", word: "ok", lines: [] },
		],
	});
	const silent = recordReport(checked, {
		fromNodeId: 2,
		asked: { state: "silent", fault: { kind: "timeout", message: "it did not answer" } },
	});
	expect(connectionTroubles(silent, (id) => (id === 1 ? "a" : "b"))).toEqual([
		"a to b by SSH: no answer (ssh: connect to host b: Connection timed out).",
		expect.stringMatching(/^b can't be asked: it did not answer/i),
	]);
});

test("a session on the new cluster logs in as the inventory says for all hosts, else as the options do", () => {
	const of = (ssh: string, one = "{}") =>
		loginOf(
			inventoryOf(`${TWO}ssh: ${ssh}\nnodes:\n  a: {role: primary}\n  b: {role: standby, ssh: ${one}}\n`),
			{ user: "me", port: 2222, acceptNewHostKeys: false },
		);
	expect(of("{}")).toEqual({ user: "me", port: 2222, acceptNewHostKeys: false });
	expect(of("{user: root, port: 22, identity: /k}")).toEqual({
		...{ user: "root", port: 22, identity: "/k", acceptNewHostKeys: false },
	});
	expect(of("{user: root}", "{user: dba}")).toEqual({ port: 2222, acceptNewHostKeys: false });
	expect(loginWords(of("{user: root}"))).toEqual(["--ssh-user", "root", "--ssh-port", "2222"]);
});

test.each([
	["", true],
	["--ssh-user root", true],
	["--undo", false],
	["--undo --delete-data main", false],
	["--dry-run", false],
])("of bootstrap %s the screen of a new cluster is wanted: %s", (words, wantsScreen) => {
	const { output } = recordOutput();
	expect(parseArguments(["bootstrap", ...words.split(" ").filter(Boolean)], "1", output)).toMatchObject({
		wantsScreen,
	});
});
