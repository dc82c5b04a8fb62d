import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bootstrap, Progress } from "../../src/bootstrap/bootstrap.ts";
import { bootstrapOn, FakeHosts } from "./fake-hosts.ts";
import { FOUR, inventoryOf } from "./hosts.ts";

let home = "";
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(home, { recursive: true }));

/** The smallest that has every kind of step. */
const THREE = FOUR.replace(/ {2}pg3.*\n/, "").replace("pg4", "pg3");

function bootstrapOf(hosts: FakeHosts, text: string, journalPath = join(home, "journal.jsonl")): Bootstrap {
	return bootstrapOn(hosts, inventoryOf(text), home, { journalPath });
}

const fourHosts = () => new FakeHosts(["pg1", "pg2", "pg3", "pg4"]);

/** One whole run, as the command does it. */
async function run(
	hosts: FakeHosts,
	{ text = FOUR, takesOver = false, journal }: { text?: string; takesOver?: boolean; journal?: string } = {},
) {
	const bootstrap = bootstrapOf(hosts, text, journal);
	const prepared = await bootstrap.prepare();
	if ("refusals" in prepared) throw new Error(prepared.refusals.map(({ message }) => message).join("; "));
	const told: Progress[] = [];
	const signal = new AbortController().signal;
	const ended = await bootstrap.carryOut((progress) => told.push(progress), signal, takesOver);
	return { prepared, ended, told };
}

/** What has failed, in a few words. */
function troubles(told: readonly Progress[]): readonly string[] {
	return told.flatMap((one) =>
		one.kind === "failed"
			? [`${one.step.key}: ${one.reason}`]
			: one.kind === "refused"
				? [one.refusal.message]
				: [],
	);
}

test("what keeps this console from watching is told together with what the hosts have, before anything is changed", async () => {
	const hosts = fourHosts();
	hosts.add("pg2", "found link");
	const root = join(home, ".postgresql/root.crt");
	const prepared = await bootstrapOn(hosts, inventoryOf(FOUR), home, { authority: () => root }).prepare();
	const said = "refusals" in prepared ? prepared.refusals.map(({ message }) => message).join("\n") : "";
	expect(said).toContain("symbolic link");
	expect(said).toContain(root);
	expect(hosts.changes).toEqual([]);
});

test("bare hosts become the cluster, each verified by another survey; a second run has nothing to do", async () => {
	const hosts = fourHosts();
	const { ended, told } = await run(hosts);
	expect(troubles(told)).toEqual([]);
	if (ended.kind === "done") expect(ended.proofs.filter(({ isOk }) => !isOk)).toEqual([]);
	expect(told.filter(({ kind }) => kind === "surveyed")).toEqual([
		{ kind: "surveyed", left: 4 },
		{ kind: "surveyed", left: 0 },
	]);
	const at = (change: string) => hosts.changes.indexOf(change);
	expect(at("pg1 register")).toBeLessThan(at("pg2 clone"));
	expect(at("pg2 register")).toBeLessThan(at("pg3 clone"));
	expect(new Set(hosts.changes).size).toBe(hosts.changes.length);

	const again = await bootstrapOf(hosts, FOUR).prepare();
	if ("refusals" in again) throw new Error("refused");
	expect(again.left).toBe(0);
	expect(again.lines("text").join("\n")).toContain("nothing is left to be done");
});

test.each([
	["is let in without TLS", "accepted"],
	["does not get through", "psql: error: connection to server failed: timeout expired"],
])("where another host %s, the proof fails", async (_, said) => {
	const hosts = fourHosts();
	hosts.plainLogin = said;
	const { ended } = await run(hosts);
	const wrong = ended.kind === "done" ? ended.proofs.filter(({ isOk }) => !isOk) : [];
	expect(wrong).toHaveLength(4);
	expect(wrong[0]?.found).toContain(said);
});

test("whatever fails, running it again ends in the same cluster, and does nothing twice", async () => {
	// A journal that can't be written keeps nothing from being done; here it saves waiting for the disk some thousand times.
	const how = { text: THREE, journal: "/proc/journal.jsonl" };
	const threeHosts = () => new FakeHosts(["pg1", "pg2", "pg3"]);
	const wanted = threeHosts();
	await run(wanted, how);
	// Of each kind of step the last that is done.
	const last = new Map(wanted.changes.map((change) => [change.split(" ")[1], change]));
	expect(last.size).toBeGreaterThan(15);
	for (const failing of last.values()) {
		const hosts = threeHosts();
		hosts.failing = failing;
		expect((await run(hosts, how)).ended.kind, failing).toBe("failed");
		expect(troubles((await run(hosts, how)).told), failing).toEqual([]);
		expect(hosts.changes.toSorted(), failing).toEqual(wanted.changes.toSorted());
	}
});

test("after a failure nothing that needs it is begun, and its output is shown without secrets", async () => {
	const hosts = fourHosts();
	hosts.failing = "pg2 clone";
	const { told } = await run(hosts);
	const failed = told.find((one) => one.kind === "failed");
	expect(failed).toMatchObject({
		reason: "the command ended with exit code 1",
		output: "password=******** no",
	});
	for (const not of ["pg2 start", "pg3 clone"]) expect(hosts.changes).not.toContain(not);
	expect(hosts.changes).toContain("pg4 register");
});

test("passwords are in no argv, journal, plan or progress; the console's is in the user's password file", async () => {
	writeFileSync(join(home, ".pgpass"), "pg1:5432:repmgr:console:old\nelsewhere:5432:x:y:z\n", {
		mode: 0o600,
	});
	const hosts = fourHosts();
	const { prepared, told } = await run(hosts);
	const passfile = readFileSync(join(home, ".pgpass"), "utf8");
	expect(passfile.match(/^pg\d:5432:repmgr:console:[A-Za-z0-9]{32}$/gm)).toHaveLength(4);
	expect(passfile).toContain("elsewhere:5432:x:y:z\n");
	expect(passfile).not.toContain(":old");
	expect(statSync(join(home, ".pgpass")).mode & 0o777).toBe(0o600);
	const password = /console:([A-Za-z0-9]{32})$/m.exec(passfile)?.[1] ?? "";
	const journal = readFileSync(join(home, "journal.jsonl"), "utf8");
	expect(journal).toContain('"event":"started"');
	// Steps that waited have their content only in the file itself.
	const shown = told.map((one) => ({ ...one, step: null }));
	const all = [hosts.argv.join("\n"), journal, prepared.lines("text").join("\n"), prepared.record, shown];
	for (const one of all) expect(JSON.stringify(one)).not.toContain(password);
});

test("hosts whose sudo wants a password are refused at once, with what to do; a wrong one is said once", async () => {
	const hosts = fourHosts();
	hosts.sudo.wanted = "open sesame";
	const bootstrap = bootstrapOf(hosts, FOUR);
	const names = '"pg1", "pg2", "pg4" and "pg3"';
	expect(await bootstrap.prepare()).toEqual({
		refusals: [
			{
				...{ key: "ssh.user", asksForSudoPassword: true },
				message: `sudo asks for a password on ${names}`,
				// In another file than ours, which would be refused then.
				hint: expect.stringMatching(
					/--sudo-password-file\. .*sudoers\.d\/repmgr-console-login" and add: dba ALL=\(root\) NOPASSWD: ALL/,
				),
			},
		],
	});
	bootstrap.giveSudoPassword("open barley");
	expect(await bootstrap.prepare()).toMatchObject({
		refusals: [{ key: "ssh.user", message: `sudo does not accept the password on ${names}` }],
	});
	expect(hosts.changes).toEqual([]);
	bootstrap.giveSudoPassword("open sesame");
	expect(await bootstrap.prepare()).toMatchObject({ plan: { cluster: "prod" } });
	expect(hosts.argv.join("\n")).not.toContain("sesame");
});

test("a password for sudo that is a common word leaves the plan readable", async () => {
	const bootstrap = bootstrapOf(fourHosts(), FOUR);
	bootstrap.giveSudoPassword("postgres");
	const prepared = await bootstrap.prepare();
	if ("refusals" in prepared) throw new Error("refused");
	expect(prepared.lines("text").join("\n")).toContain("/etc/postgresql/15/main");
	expect(JSON.stringify(prepared.record)).toContain("/etc/postgresql/15/main");
});

test("another console's lock refuses, and is taken over only when that is asked for", async () => {
	const hosts = fourHosts();
	hosts.lockHolder = JSON.stringify({ who: "bob on bastion", operation: "bootstrap by process 1" });
	expect((await run(hosts)).ended).toMatchObject({
		kind: "refused",
		refusal: {
			detail: "bob on bastion: bootstrap by process 1.",
			hint: expect.stringContaining("--take-over"),
		},
	});
	expect(hosts.changes).toEqual([]);
	expect((await run(hosts, { takesOver: true })).ended.kind).toBe("done");
});

test("a lock that one's own console has left when it was killed is not in the way", async () => {
	const hosts = fourHosts();
	// No process has this number: the kernel's limit is lower.
	hosts.lockHolder = JSON.stringify({ who: "alice on bastion", operation: "bootstrap by process 99999999" });
	expect((await run(hosts)).ended.kind).toBe("done");
});
