import { describe, expect, test } from "vitest";
import { parseRecord, recordOf } from "../../../src/execution/operation-record.ts";
import type { BarmanBackup, BarmanSurvey } from "../../../src/model/barman.ts";
import type { CloneSource, CloneSurvey } from "../../../src/model/clone-survey.ts";
import type { CloneIntent } from "../../../src/model/intent.ts";
import { segmentName } from "../../../src/model/wal-file.ts";
import { barmanChecks } from "../../../src/operation/clone/barman-checks.ts";
import { barmanFrom } from "../../../src/operation/clone/barman-options.ts";
import { CLONE } from "../../../src/operation/clone/clone.ts";
import { request } from "../../../src/operation/request.ts";
import { cloneSurveyOf, factsOf } from "../../support/facts.ts";
import { NOW, SYSTEM_IDENTIFIER } from "../../support/records.ts";

const BACKUP: BarmanBackup = {
	id: "20261130T154036",
	status: "DONE",
	systemIdentifier: SYSTEM_IDENTIFIER,
	version: 150020,
	timeline: 1,
	beginWal: "000000010000000000000003",
	endLsn: "0/4000000",
	endedAt: NOW - 3_600_000,
	bytes: 2 * 1024 ** 3,
	tablespaces: [],
};

/** Barman has WAL from the backup's beginning to 6; the upstream writes 8 and has 5 and later. */
const SURVEY: BarmanSurvey = {
	...{ host: "barman@backup1", server: "pg", configFile: "" },
	fault: null,
	backup: BACKUP,
	failedChecks: [],
	walFiles: [3, 4, 5, 6].map((number) => `00000001000000000000000${number}`),
	rsyncFault: null,
	restoreCommand: "",
	madeRestoreCommand: "/usr/bin/barman-wal-restore -U barman backup1 pg %f %p",
	fetchFault: null,
	bytesPerSecond: 64 * 1024 ** 2,
	upstream: { lsn: "0/8000100", segmentBytes: 2 ** 24, oldestWal: "0000000000000005" },
};

interface Asked {
	readonly intent?: Partial<CloneIntent>;
	readonly barman?: Partial<BarmanSurvey> | null;
	readonly backup?: Partial<BarmanBackup>;
	readonly clone?: Partial<CloneSurvey>;
	readonly source?: Partial<CloneSource>;
}

const ask = ({ intent, barman = {}, backup, clone, source }: Asked = {}) =>
	request(
		{
			kind: "clone",
			nodeId: 2,
			upstreamNodeId: 1,
			maxRate: "",
			discardOld: false,
			method: "barman",
			...intent,
		},
		{
			...factsOf(),
			clone: { value: cloneSurveyOf({ hasBarman: true, ...clone }, source) },
			barman: {
				value: barman === null ? null : { ...SURVEY, backup: { ...BACKUP, ...backup }, ...barman },
			},
		},
	);

const argvOf = (key: string, asked?: Asked): readonly string[] =>
	ask(asked).plan?.steps.find((one) => one.key === key)?.command.argv ?? [];

const checkOf = (title: string, asked?: Asked) =>
	(ask(asked).plan?.prerequisites ?? ask(asked).refusal?.prerequisites ?? []).find(
		(one) => one.title === title,
	);

describe("a clone from Barman", () => {
	test("can be resumed although a long replay is waited for: its record is read", () => {
		const walFiles = Array.from({ length: 1000 }, (_, number) => segmentName(1, BigInt(number + 3), 2 ** 24));
		const { plan } = ask({ barman: { walFiles } });
		const record = plan && recordOf("op-1", plan, "alice", NOW);
		expect(record?.steps.find(({ key }) => key === "start")?.settleSeconds).toBeGreaterThan(3600);
		expect(parseRecord(JSON.stringify(record))).not.toBeNull();
	});

	test("gives repmgr Barman and a restore_command, no slot for pg_basebackup, and names the backup", () => {
		const words = argvOf("clone").slice(4);
		expect(words).toEqual([
			...["/var/lib/postgresql/15/main", "/etc/repmgr.conf", "running", "", "repmgr_slot_2"],
			...["repmgr_console_clone_2", ""],
			[
				"barman_host='barman@backup1'",
				"barman_server='pg'",
				"barman_config=''",
				"restore_command='/usr/bin/barman-wal-restore -U barman backup1 pg %f %p'",
			].join("\n"),
			"barman@backup1 pg 20261130T154036",
			...["repmgr", "-h", "node1", "-p", "5432", "-U", "repmgr", "-d", "repmgr"],
			...["standby", "clone", "--upstream-node-id=1"],
		]);
		expect(argvOf("dry-run").join(" ")).not.toMatch(/--without-barman|--fast-checkpoint/);
	});

	test("sees that the backup is the newest before the old directory is given up for it", () => {
		const asked: Asked = { intent: { discardOld: true }, clone: { freeBytes: 2 * 1024 ** 3 } };
		const keys = ask(asked).plan?.steps.map(({ key }) => key) ?? [];
		expect(keys.slice(0, 5)).toEqual(["dry-run", "slots", "newest", "stop", "discard"]);
		expect(argvOf("newest", asked).at(-1)).toBe("barman@backup1 pg 20261130T154036");
		expect(argvOf("discard", asked).at(-1)).toBe("barman@backup1 pg 20261130T154036");
		expect(argvOf("newest")).toEqual([]);
	});

	test("keeps restore_command of repmgr.conf, and passes Barman's configuration file on", () => {
		const barman = {
			configFile: "/etc/barman-test.conf",
			restoreCommand: "cp /srv/%f %p",
			madeRestoreCommand: "",
		};
		const [settings, backup] = argvOf("clone", { barman }).slice(11);
		expect(settings).not.toContain("restore_command");
		expect(backup).toBe("barman@backup1 pg 20261130T154036 /etc/barman-test.conf");
	});

	test("shows its progress by what lies on the host, and waits for the replay of WAL", () => {
		const { plan } = ask();
		expect(plan?.steps.find(({ key }) => key === "clone")?.backup).toEqual({
			directories: ["/var/lib/postgresql/15/main.repmgr-console/new"],
			totalBytes: 2 * 1024 ** 3,
		});
		expect(plan?.steps.find(({ key }) => key === "start")?.settleSeconds).toBe(680);
		// A service manager that waits until the server answers is given that time, too.
		expect(argvOf("start")[4]).toBe("680");
	});

	test("needs room for the backup where that is larger than the databases", () => {
		expect(checkOf("the disk holds the old directory and the copy")?.found).toContain("2.0 GB");
	});

	test.each<[string, Asked, string, RegExp]>([
		[
			"its host does not answer",
			{ barman: { backup: null, fault: "ssh: Permission denied" } },
			"Barman can be asked from there, and has a backup",
			/ssh barman@backup1 barman show-backup pg latest/,
		],
		[
			"it has no backup",
			{ barman: { backup: null, fault: "Unknown backup 'latest' for server 'pg'" } },
			"Barman can be asked from there, and has a backup",
			/barman backup --wait pg/,
		],
		[
			"its newest backup failed",
			{ backup: { status: "FAILED" } },
			"its newest backup is complete",
			/barman backup/,
		],
		[
			"it is of another cluster",
			{ backup: { systemIdentifier: "1" } },
			"the backup is of this cluster",
			/--barman HOST:SERVER/,
		],
		[
			"it is of another major version",
			{ backup: { version: 140010 } },
			"the backup is of the upstream's major version",
			/new backup/,
		],
		[
			"it is on a timeline that is not in the history",
			{ backup: { timeline: 2 } },
			"the backup is in the history of the upstream",
			/new backup/,
		],
		[
			"a WAL file is missing",
			{
				barman: {
					walFiles: [SURVEY.walFiles[0] ?? "", SURVEY.walFiles[2] ?? ""],
					upstream: { lsn: "0/8000100", segmentBytes: 2 ** 24, oldestWal: "0000000000000006" },
				},
			},
			"the WAL since the backup is there without a gap",
			/new backup/,
		],
		[
			"no WAL comes from Barman, and the upstream has recycled it",
			{ barman: { madeRestoreCommand: "" } },
			"the WAL since the backup is there without a gap",
			/new backup/,
		],
		[
			"rsync can't read it",
			{ barman: { rsyncFault: "rsync: command not found" } },
			"rsync reads the files of the backup from there",
			/Install rsync/,
		],
		[
			"a tablespace was made since",
			{ source: { tablespaces: [{ oid: "16385", directory: "/srv/fast", bytes: 1 }] } },
			"the backup has the tablespaces of the upstream",
			/new backup/,
		],
	])("is refused where %s", (_, asked, title, fix) => {
		expect(ask(asked).plan).toBeUndefined();
		expect(checkOf(title, asked)).toMatchObject({ state: "failed", fix: expect.stringMatching(fix) });
	});

	test("takes the rest of the WAL from the upstream, and warns of what Barman's checks find", () => {
		expect(checkOf("the WAL since the backup is there without a gap")).toMatchObject({
			state: "ok",
			found:
				'Barman has all from 0000000000000003 to 0000000000000006; the oldest in the pg_wal of "node1" is 0000000000000005.',
		});
		const asked = { barman: { failedChecks: ["receive wal running (See the log)"] } };
		expect(checkOf("barman check finds nothing wrong", asked)?.state).toBe("warning");
		expect(ask(asked).plan).toBeDefined();
	});

	test("does not take a lost primary's WAL for the upstream's", () => {
		const title = "the WAL since the backup is there without a gap";
		const timelines = { timeline: 2, forks: [{ timeline: 1, endLsn: "0/5000500" }] };
		const facts = factsOf({}, { 1: { server: timelines } });
		const [upstream] = facts.snapshot.nodes;
		const from = { lsn: "0/8000100", segmentBytes: 2 ** 24, oldestWal: "0000000000000007" };
		const check = (walFiles: readonly string[]) =>
			upstream &&
			barmanChecks(facts, { ...SURVEY, walFiles, upstream: from }, upstream, null).find(
				(one) => one.title === title,
			);
		const old = [3, 4, 5, 6].map((number) => segmentName(1, BigInt(number), 2 ** 24));
		expect(check(old)).toMatchObject({
			state: "failed",
			found: expect.stringContaining("not 0000000000000005 of the upstream's timelines"),
		});
		expect(
			check([...old.slice(0, 2), ...[5, 6].map((number) => segmentName(2, BigInt(number), 2 ** 24))]),
		).toMatchObject({
			state: "ok",
		});
	});

	test.each<[Asked, RegExp]>([
		[{ barman: null }, /no Barman is named/],
		[{ intent: { barman: "backup1" } }, /does not name a server of Barman/],
		[{ intent: { barman: "-oProxyCommand=x:pg" } }, /does not name a server of Barman/],
		[{ barman: { host: "x;reboot" } }, /repmgr.conf does not name/],
		[{ intent: { maxRate: "50M" } }, /can't be limited/],
		[{ intent: { spreadCheckpoint: true } }, /needs no checkpoint/],
		[{ intent: { method: "basebackup", barman: "b:pg" } }, /is not to be used/],
	])("is refused where the choice makes no sense", (asked, message) => {
		expect(ask(asked).refusal?.message).toMatch(message);
	});
});

test("a clone by pg_basebackup says that repmgr.conf names Barman", () => {
	const asked: Asked = { intent: { method: "basebackup" } };
	expect(checkOf("the copy is made by pg_basebackup", asked)?.found).toContain("--without-barman");
	expect(argvOf("clone", asked)).toContain("--without-barman");
	expect(
		checkOf("the copy is made by pg_basebackup", { ...asked, clone: { hasBarman: false } }),
	).toBeUndefined();
});

test("to name Barman on the command line is to choose it", () => {
	const values = { node: 2, upstream: 1 };
	expect(CLONE.intent({ ...values, barman: "barman@b:pg" }, NOW)).toMatchObject({ method: "barman" });
	expect(CLONE.intent(values, NOW)).toMatchObject({ method: "basebackup", barman: "" });
	expect(barmanFrom("barman@b:pg")).toEqual({ host: "barman@b", server: "pg" });
});
