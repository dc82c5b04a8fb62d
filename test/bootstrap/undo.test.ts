import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Bootstrap, Progress } from "../../src/bootstrap/bootstrap.ts";
import { undoPlanOf } from "../../src/bootstrap/undo/plan.ts";
import { undoRefusals } from "../../src/bootstrap/undo/refusals.ts";
import { lossOf } from "../../src/bootstrap/undo/situation.ts";
import { parseUndoSurvey, type UndoSituation, type UndoSurvey } from "../../src/bootstrap/undo/survey.ts";
import { bootstrapOn, FakeHosts } from "./fake-hosts.ts";
import { FOUR, fileLine, inventoryOf, situationOf } from "./hosts.ts";

let home = "";
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const NAMES = ["pg1", "pg2", "pg3", "pg4"];
const passfile = () => join(home, ".pgpass");

/** The smallest cluster: each host has every kind of step of an undo. */
const TWO =
	"cluster: prod\nfailover: {mode: manual}\nnodes:\n  pg1: {role: primary}\n  pg2: {role: standby}\n";

function bootstrapOf(hosts: FakeHosts): Bootstrap {
	return bootstrapOn(hosts, inventoryOf(hosts.names.length === 2 ? TWO : FOUR), home);
}

async function made(names = NAMES): Promise<FakeHosts> {
	const hosts = new FakeHosts(names);
	const bootstrap = bootstrapOf(hosts);
	if ("refusals" in (await bootstrap.prepare())) throw new Error("refused");
	await bootstrap.carryOut(() => {}, new AbortController().signal, false);
	hosts.changes.length = 0;
	return hosts;
}

async function undo(hosts: FakeHosts) {
	const bootstrap = bootstrapOf(hosts);
	const prepared = await bootstrap.prepareUndo();
	if ("refusals" in prepared) throw new Error(prepared.refusals.map(({ message }) => message).join("; "));
	const told: Progress[] = [];
	const ended = await bootstrap.undo((progress) => told.push(progress), new AbortController().signal, false);
	return { prepared, ended, told };
}

test("an undo takes everything back, repmgrd on all hosts first; the hosts and the password file are as before", async () => {
	writeFileSync(passfile(), "elsewhere:5432:x:y:z\n", { mode: 0o600 });
	const hosts = await made();
	expect(readFileSync(passfile(), "utf8")).toContain(":console:");
	const { prepared, ended } = await undo(hosts);
	expect(ended).toMatchObject({ kind: "done" });
	if (ended.kind === "done") expect(ended.proofs.filter(({ isOk }) => !isOk)).toEqual([]);
	expect(NAMES.filter((name) => !hosts.isBare(name))).toEqual([]);
	expect(readFileSync(passfile(), "utf8")).toBe("elsewhere:5432:x:y:z\n");
	const at = (change: string) => hosts.changes.indexOf(change);
	const lastStop = Math.max(...NAMES.map((name) => at(`${name} stop repmgrd`)));
	for (const name of NAMES) {
		expect(at(`${name} drop`)).toBeGreaterThan(lastStop);
		expect(at(`${name} purge`)).toBeGreaterThan(at(`${name} remove sudoers`));
		expect(at(`${name} clean`)).toBeGreaterThan(at(`${name} purge`));
	}
	const text = prepared.lines("text").join("\n");
	for (const line of [
		"systemctl stop repmgrd",
		"pg_dropcluster 15 main",
		"rm /etc/repmgr.conf",
		"apt-get purge",
	])
		expect(text).toContain(line);
	expect(prepared.losesData).toBe(true);
	expect(prepared.warnings.join("\n")).toContain("shop (3 MB)");

	const again = await bootstrapOf(hosts).prepareUndo();
	expect(again).toMatchObject({ left: 0, losesData: false });
});

test("whatever fails, undoing again ends with bare hosts", async () => {
	const names = ["pg1", "pg2"];
	const wanted = await made(names);
	await undo(wanted);
	const kinds = wanted.changes.filter((change) => change.startsWith("pg2 "));
	expect(kinds.length).toBeGreaterThan(9);
	for (const failing of kinds) {
		const hosts = await made(names);
		hosts.failing = failing;
		expect((await undo(hosts)).ended.kind, failing).toBe("failed");
		expect((await undo(hosts)).ended.kind, failing).toBe("done");
		expect(
			names.filter((name) => !hosts.isBare(name)),
			failing,
		).toEqual([]);
		expect(hosts.changes.toSorted(), failing).toEqual(wanted.changes.toSorted());
	}
});

test("a bootstrap that failed in the middle is undone as well", async () => {
	const hosts = new FakeHosts(NAMES);
	hosts.failing = "pg2 clone";
	const bootstrap = bootstrapOf(hosts);
	await bootstrap.prepare();
	await bootstrap.carryOut(() => {}, new AbortController().signal, false);
	expect((await undo(hosts)).ended.kind).toBe("done");
	expect(NAMES.filter((name) => !hosts.isBare(name))).toEqual([]);
});

test("a host without a record is refused: what was there before is not guessed", async () => {
	const hosts = await made();
	hosts.forgetRecord("pg3");
	const prepared = await bootstrapOf(hosts).prepareUndo();
	expect(prepared).toMatchObject({ refusals: [{ message: expect.stringContaining('"pg3" has no record') }] });
	expect(hosts.changes).toEqual([]);
});

const EMPTY = { package: [], needs: [], database: [], tablespace: [], place: [], end: ["yes" as const] };
const DATA = "/var/lib/postgresql/15/main";
const PLACE: UndoSurvey["place"] = [["data", "15", DATA]];
const RECORD = [
	"record cluster prod",
	"record package repmgr purge",
	"record place 15 /var/lib/postgresql/15/main",
];

function situation(changed: readonly string[], undone: Partial<UndoSurvey> = {}): UndoSituation {
	return { ...situationOf({ pg2: changed }), undo: new Map([["pg2", { ...EMPTY, ...undone }]]) };
}

describe("it is refused, before anything is changed,", () => {
	const said = (one: UndoSituation) =>
		undoRefusals(one)
			.map(({ message, detail = "", hint = "" }) => [message, detail, hint].join(" | "))
			.join("\n");

	test("not on hosts that a bootstrap has recorded, nor on bare ones", () => {
		expect(said(situation(RECORD))).toBe("");
		expect(said(situation([]))).toBe("");
		// A newer version is offered by now: the cluster of the record is none of others.
		expect(said(situation([...RECORD, "version 17", "other /etc/postgresql/15/main"]))).toBe("");
	});

	test.each<[string, UndoSituation, RegExp]>([
		["where the record is of another cluster", situation(["record cluster test"]), /"test", not for "prod"/],
		[
			"where another cluster needs the packages",
			situation([...RECORD, "other /etc/postgresql/15/two"]),
			/another cluster on "pg2": \/etc\/postgresql\/15\/two/,
		],
		[
			"where another package needs them",
			situation(RECORD, { needs: ["pgbackrest"] }),
			/on "pg2" need what was installed: pgbackrest/,
		],
		[
			"where a tablespace lies elsewhere",
			situation(RECORD, { tablespace: ["/srv/fast"] }),
			/tablespaces on "pg2" lie elsewhere: \/srv\/fast/,
		],
		[
			"where all was taken back, and a cluster was made since",
			situation([...RECORD, "record cleaned"], { place: PLACE }),
			/a cluster on "pg2" again: .*15\/main \| .*came later is not touched/,
		],
		["where a clone was not ended", situation([...RECORD, "beside clone"]), /a clone was not ended on "pg2"/],
		["where an operation runs", situation([...RECORD, "left lock-7300"]), /an operation runs .* on pg2/],
		[
			"where a node was added later",
			situation([
				...RECORD,
				`node ${JSON.stringify({ id: 9, name: "pg9", type: "standby", upstream: 1, active: true, location: "x", priority: 1, conninfo: "" })}`,
			]),
			/does not have: pg9 \| .*without a primary/,
		],
		[
			"without a record",
			situation([
				fileLine(
					"repmgr.conf",
					"644",
					"postgres",
					'# Written by repmgr-console bootstrap for the cluster "prod".\n',
				),
			]),
			/"pg2" has no record/,
		],
	])("%s", (_, one, message) => {
		expect(said(one)).toMatch(message);
	});
});

test("the data that the record has are what is deleted and asked for, whatever the inventory says now", () => {
	const one = situation([...RECORD, "version 17", "data /srv/elsewhere", "found nothing"], { place: PLACE });
	expect(lossOf(one)).not.toEqual([]);
	const plan = undoPlanOf(one);
	expect(plan.version).toBe(15);
	const drop = plan.steps.find(({ key }) => key === "undo-server0-2");
	expect(drop).toMatchObject({ isDone: false, work: { words: ["15", DATA] } });
	const gone = undoPlanOf(situation(RECORD, { place: [["gone", "15", DATA]] }));
	expect(gone.steps.find(({ key }) => key === "undo-server0-2")?.isDone).toBe(true);
});

test("where all but the record was taken back, nothing that came later is touched; a bootstrap begins a new record", async () => {
	const later = situation([...RECORD, "record cleaned", "installed repmgr 1"], { package: ["repmgr"] });
	expect(undoPlanOf(later).steps).toEqual([]);
	const hosts = new FakeHosts(["pg1", "pg2"]);
	hosts.leaveRecord("pg2");
	const bootstrap = bootstrapOf(hosts);
	await bootstrap.prepare();
	await bootstrap.carryOut(() => {}, new AbortController().signal, false);
	expect((await undo(hosts)).ended.kind).toBe("done");
	expect(hosts.changes).toContain("pg2 clean");
	expect(hosts.isBare("pg2")).toBe(true);
});

test("only what the record has is taken back: packages, files and users that were there stay", () => {
	const pgpass = fileLine(
		"pgpass",
		"600",
		"postgres",
		"# repmgr-console begin\nx\n# repmgr-console end\nother\n",
	);
	const plan = undoPlanOf(
		situation([
			"record cluster prod",
			"record had /var/lib/postgresql/.pgpass 644 postgres",
			pgpass,
			"installed repmgr 1",
		]),
	);
	expect(plan.steps.filter(({ isDone }) => !isDone).map(({ key }) => key)).toEqual([
		"undo-passwords-2",
		"undo-rest-2",
	]);
	expect(new Set(plan.steps.map(({ node }) => node))).toEqual(new Set(["pg2"]));
});

test("what would be lost is said; what no server tells is not guessed", () => {
	const sql =
		'sql {"recovery":false,"role":true,"database":true,"watcher":true,"receiver":null,"sender":null}';
	expect(lossOf(situation(RECORD))).toEqual([]);
	expect(lossOf(situation(RECORD, { place: PLACE }))[1]).toMatch(/no server answers/);
	expect(lossOf(situation([...RECORD, sql], { place: PLACE }))[1]).toMatch(/own: none/);
	const shop = situation([...RECORD, sql], { place: PLACE, database: [["shop", 3e9]] });
	expect(lossOf(shop)[1]).toContain("shop (2862 MB)");
});

test("an answer that was cut is none", () => {
	expect(parseUndoSurvey("package repmgr\ndatabase 100 my shop\nend yes\n")).toMatchObject({
		package: ["repmgr"],
		database: [["my shop", 100]],
	});
	expect(parseUndoSurvey("package repmgr\n")).toBeNull();
	expect(parseUndoSurvey("database x shop\nend yes\n")).toBeNull();
});
