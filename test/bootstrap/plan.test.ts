import { describe, expect, test } from "vitest";
import { block, blockIn, pgpass, repmgrConf } from "../../src/bootstrap/files.ts";
import { hba } from "../../src/bootstrap/hba.ts";
import { parseHostSurvey } from "../../src/bootstrap/host-survey.ts";
import { planOf } from "../../src/bootstrap/plan.ts";
import { diffOf, planLines } from "../../src/bootstrap/plan-text.ts";
import { settings, synchronousNames, synchronousSettings } from "../../src/bootstrap/settings.ts";
import { nodeOf, passwordsOf } from "../../src/bootstrap/situation.ts";
import { redactor } from "../../src/text/redact.ts";
import { bareText, FOUR, fileLine, inventoryOf, PASSWORDS, situationOf, surveyed } from "./hosts.ts";

const stepOf = (key: string, situation = situationOf()) => {
	const step = planOf(situation).steps.find((one) => one.key === key);
	if (step === undefined) throw new Error(`no step ${key}`);
	return step;
};

describe("the order", () => {
	const { steps } = planOf(situationOf());
	const byKey = new Map(steps.map((step) => [step.key, step]));
	const allBefore = (key: string): ReadonlySet<string> =>
		new Set((byKey.get(key)?.after ?? []).flatMap((one) => [one, ...allBefore(one)]));

	test("names only steps that exist, once each", () => {
		expect(byKey.size).toBe(steps.length);
		expect(steps.flatMap(({ after }) => after).filter((key) => !byKey.has(key))).toEqual([]);
	});

	test("nothing is created before repmgr.conf says whose it is, and no package before its server is prevented", () => {
		for (const id of [1, 2, 3, 4]) {
			expect(allBefore(`create-${id}`)).toContain(`repmgr-conf-${id}`);
			expect(allBefore(`packages-${id}`)).toContain(`no-cluster-${id}`);
		}
	});

	test("a standby is cloned from its own upstream once that is registered; no server starts without its rules", () => {
		expect(allBefore("clone-2")).toContain("register-1");
		expect(allBefore("clone-3")).toContain("register-2");
		expect(allBefore("register-4")).toContain("register-1");
		for (const id of [1, 2, 3, 4]) expect(allBefore(`start-${id}`)).toContain(`hba-${id}`);
		expect(stepOf("clone-3").work).toMatchObject({
			words: [
				...["15", "/var/lib/postgresql/15/main", "-h", "pg2", "-p", "5432", "-U", "repmgr", "-d", "repmgr"],
				...["standby", "clone", "--fast-checkpoint", "--upstream-node-id=2"],
			],
		});
	});
});

test("pg_hba.conf lets in every node by its address, and the console where it comes from", () => {
	const lines = hba(situationOf()).split("\n");
	for (const id of [1, 2, 3, 4]) {
		expect(lines).toContain(`hostssl repmgr repmgr 10.0.0.${id}/32 scram-sha-256`);
		expect(lines).toContain(`hostssl replication repmgr 10.0.0.${id}/32 scram-sha-256`);
	}
	expect(lines).toContain("hostssl repmgr console 10.0.0.99/32 scram-sha-256");
	expect(lines.filter((line) => line.includes("trust"))).toEqual([]);
});

test("pg_hba.conf keeps letting in a console of another bastion that our lines on any host have, and nobody else", () => {
	const ours = block([
		"host repmgr console 10.0.0.98/32 scram-sha-256",
		"host repmgr console fd00::98/128 trust",
		"host repmgr console 0.0.0.0/0 trust",
		"host repmgr console ::::/128 trust",
		"host repmgr other 10.0.0.97/32 trust",
		"host all console 10.0.0.96/32 trust",
	]);
	const theirs = "host repmgr console 10.0.0.95/32 trust\n";
	const text = hba(situationOf({ pg2: [fileLine("hba", "640", "postgres", `${ours}${theirs}`)] }));
	expect(text.split("\n").filter((line) => line.includes(" console "))).toEqual([
		"hostssl repmgr console 10.0.0.98/32 scram-sha-256",
		"hostssl repmgr console 10.0.0.99/32 scram-sha-256",
		"hostssl repmgr console fd00::98/128 scram-sha-256",
	]);
});

test("trust is for the nodes' addresses only", () => {
	const text = hba(situationOf({}, inventoryOf(`${FOUR}authentication: trust\n`)));
	expect(text.split("\n").filter((line) => line.endsWith("trust"))).toHaveLength(8);
	expect(text).not.toContain("127.");
	expect(text).toContain("hostssl repmgr console 10.0.0.99/32 scram-sha-256");
});

test("repmgr.conf has what Debian needs", () => {
	const situation = situationOf({}, inventoryOf(`${FOUR}postgresql: {port: 5433}\n`));
	const text = repmgrConf(situation, nodeOf(situation.inventory, "pg3"));
	expect(text).toContain(
		"conninfo='host=pg3 port=5433 user=repmgr dbname=repmgr connect_timeout=3 sslmode=require'\n",
	);
	expect(text).toContain("service_stop_command='sudo /usr/bin/systemctl stop postgresql@15-main'\n");
	expect(text).toContain("priority='50'\n");
	expect(text).not.toMatch(/Password/);
	expect(settings(situation, nodeOf(situation.inventory, "pg3"))).toContain(
		"shared_preload_libraries = 'repmgr'\n",
	);
});

test("with TLS each host makes a certificate before its server reads of it; without it nothing of ours asks for encryption", () => {
	const { after, work } = stepOf("settings-2");
	expect(after).toEqual(["certificate-2"]);
	expect(work).toMatchObject({ content: expect.stringContaining("\nssl = on\n") });
	expect(stepOf("certificate-2").work).toMatchObject({
		words: ["/etc/postgresql/15/main/repmgr-console", "pg2", "DNS:pg2"],
	});
	expect(stepOf("certificate-2", situationOf({ pg2: ["certificate yes"] })).isDone).toBe(true);
	const off = situationOf({}, inventoryOf(`${FOUR}tls: off\n`));
	expect(planOf(off).steps.filter(({ key }) => key.startsWith("certificate"))).toEqual([]);
	expect(
		settings(off, nodeOf(off.inventory, "pg1")) + hba(off) + repmgrConf(off, nodeOf(off.inventory, "pg1")),
	).not.toMatch(/ssl/);
});

test("commits wait for a standby only once all stream, and not any more when that is taken back", () => {
	const on = inventoryOf(`${FOUR}synchronous: on\n`);
	const step = (key: string, more: Parameters<typeof situationOf>[0] = {}, inventory = on) =>
		planOf(situationOf(more, inventory)).steps.find((one) => one.key === key);
	expect(step("synchronous-1")?.after).toEqual(["start-1", "register-2", "register-3"]);
	const content = synchronousSettings(on);
	expect(content).toContain(`synchronous_standby_names = 'ANY 1 ("pg1", "pg2", "pg3")'\n`);
	expect(step("synchronous-4")).toBeUndefined();
	const written = fileLine("synchronous", "644", "postgres", content);
	const runs = (synchronous: string) =>
		`sql ${JSON.stringify({ recovery: false, role: true, database: true, watcher: true, receiver: null, sender: null, synchronous })}`;
	const isUsed = (synchronous: string) =>
		step("use-synchronous-1", { pg1: [written, runs(synchronous)] })?.isDone;
	expect([isUsed(""), isUsed(synchronousNames(on))]).toEqual([false, true]);

	const off = inventoryOf();
	expect(step("synchronous-1", {}, off)).toBeUndefined();
	expect(step("synchronous-1", { pg1: [written] }, off)).toMatchObject({
		isDone: false,
		title: "let commits wait for no standby",
		work: {
			content: expect.stringMatching(/\n# A commit does not wait.*\nsynchronous_standby_names = ''\n/),
		},
	});
});

test("WAL is archived where the inventory says, by nodes with data; a witness's own WAL must not come between", () => {
	const of = (archive: string, name = "pg2") => {
		const situation = situationOf({}, inventoryOf(`${FOUR}archive: ${archive}\n`));
		return settings(situation, nodeOf(situation.inventory, name)).split("\n");
	};
	expect(of("{command: \"put '%p' %f\"}")).toEqual(
		expect.arrayContaining(["archive_mode = on", "archive_command = 'put ''%p'' %f'"]),
	);
	// In single quotes of YAML a backslash is one; postgresql.conf has two for it.
	expect(of(String.raw`{command: 'put \d %p %f', restore: 'get \d %f %p'}`)).toEqual(
		expect.arrayContaining([
			String.raw`archive_command = 'put \\d %p %f'`,
			String.raw`restore_command = 'get \\d %f %p'`,
		]),
	);
	expect(of("{directory: /mnt/wal}")).toContain("restore_command = 'cp /mnt/wal/%f %p'");
	expect(of("{directory: /mnt/wal}", "pg4").join()).not.toContain("archive");
});

test("whether postgres can write the archive is seen before a server is made, on a host that had no postgres to try it as", () => {
	const text = `${FOUR}archive: {directory: /mnt/wal}\n`;
	const { steps } = planOf(situationOf({}, inventoryOf(text)));
	const step = steps.find(({ key }) => key === "archive-1");
	expect(step).toMatchObject({ after: ["packages-1"], isDone: false, work: { words: ["/mnt/wal"] } });
	expect(steps.find(({ key }) => key === "create-1")?.after).toContain("archive-1");
	expect(steps.map(({ key }) => key)).not.toContain("archive-4");
	const tried = situationOf({ pg1: ["home /var/lib/postgresql", "archive there"] }, inventoryOf(text));
	expect(planOf(tried).steps.find(({ key }) => key === "archive-1")?.isDone).toBe(true);
});

test("without an archive a server that has archived before does not keep its WAL for it", () => {
	const archiving = inventoryOf(`${FOUR}archive: {directory: /mnt/wal}\n`);
	const before = settings(situationOf({}, archiving), nodeOf(archiving, "pg2"));
	const written = (content: string) => {
		const situation = situationOf({ pg2: [fileLine("settings", "644", "postgres", content)] });
		return (name: string) => settings(situation, nodeOf(situation.inventory, name));
	};
	const after = written(before)("pg2");
	expect(after).toContain("\narchive_command = '/bin/true'\n");
	expect(after).not.toContain("archive_mode =");
	expect(written(after)("pg2")).toBe(after);
	// What others have in postgresql.conf counts where we never had one.
	expect(written(before)("pg1")).not.toContain("archive_command");
});

test("passwords are those that the hosts have, whichever; else new ones", () => {
	const names = ["pg1", "pg2", "pg3", "pg4"];
	const lines = fileLine("pgpass", "600", "postgres", pgpass(situationOf()));
	const surveys = names.map((name) => surveyed(bareText(name, names, name === "pg3" ? [lines] : [])));
	expect(passwordsOf(inventoryOf(), surveys)).toEqual(PASSWORDS);
	const [fresh, other] = [passwordsOf(inventoryOf(), []), passwordsOf(inventoryOf(), [])];
	expect(fresh.repmgr).toMatch(/^[A-Za-z0-9]{32}$/);
	expect(new Set([fresh.repmgr, fresh.console, other.repmgr, other.console]).size).toBe(4);
});

test("a file is right only with its mode and owner; of a file of others only our block counts", () => {
	const content = `${pgpass(situationOf())}other:5432:x:y:z\n`;
	const state = (line: string) => stepOf("passwords-1", situationOf({ pg1: [line] })).isDone;
	expect(state(fileLine("pgpass", "600", "postgres", content))).toBe(true);
	expect(state(fileLine("pgpass", "644", "postgres", content))).toBe(false);
	expect(state(fileLine("pgpass", "600", "root", content))).toBe(false);
	expect(state(fileLine("pgpass", "600", "postgres", content.replace("pg2", "pg9")))).toBe(false);
});

test("a block is found as it was written, and half of one is none", () => {
	expect(blockIn(`a\n${block(["b", "c"])}d\n`)).toBe(block(["b", "c"]));
	expect(blockIn("# repmgr-console begin\nb\n")).toBe("");
	expect(blockIn("")).toBe("");
});

test("the keys of SSH wait until every host has one", () => {
	expect(stepOf("authorized-keys-1").work).toMatchObject({ content: null });
	const key = (name: string) => `key ssh-ed25519 AAAA${name}`;
	// As the plan has them: each after its upstream.
	const names = ["pg1", "pg2", "pg4", "pg3"];
	const all = situationOf(Object.fromEntries(names.map((name) => [name, [key(name)]])));
	expect(stepOf("authorized-keys-1", all).work).toMatchObject({
		content: block(names.map((name) => key(name).slice(4))),
	});
});

test("the printed plan has every file and command, and no password", () => {
	const situation = situationOf();
	const redact = redactor(() => Object.values(PASSWORDS));
	for (const style of ["text", "markdown"] as const) {
		const text = planLines(planOf(situation), redact, style, "Bootstrap").join("\n");
		expect(text).toContain(
			"apt-get install --no-install-recommends postgresql-15 postgresql-15-repmgr repmgr",
		);
		expect(text).toContain("+node_id='1'");
		expect(text).toContain("pg_createcluster -u postgres -d /var/lib/postgresql/15/main -p 5432");
		expect(text).toContain("standby clone --fast-checkpoint --upstream-node-id=2");
		for (const password of Object.values(PASSWORDS)) expect(text).not.toContain(password);
	}
});

test("a diff shows what changes, and a little around it", () => {
	const [before, content] = ["1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nfive\n6\n7\n"];
	expect(diffOf({ before, content })).toEqual([" 3", " 4", "-5", "+five", " 6", " 7"]);
	expect(diffOf({ before: "", content: "a\n" })).toEqual(["+a"]);
});

test.each([
	["nothing", ""],
	["a cut answer", bareText("pg1", ["pg1", "pg2"]).replace("\nend yes", "")],
	["an address that is none", `${bareText("pg1", ["pg1"])}\nname pg2 $(reboot)`],
	["broken JSON", `${bareText("pg1", ["pg1"])}\nsql {"recovery"`],
	["a key with more on its line", `${bareText("pg1", ["pg1"])}\nkey ssh-ed25519 AAAA x\u0000y`],
])("%s is not taken for a survey", (_, text) => {
	expect(parseHostSurvey(text)).toBeNull();
});
