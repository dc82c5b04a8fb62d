import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WalRange } from "../../../src/model/own-wal.ts";
import { readCommitCount, readOwnWal } from "../../../src/probe/own-wal/reader.ts";
import { fixtureText } from "../../support/fixtures.ts";
import { LocalHost } from "../../support/local-host.ts";

/** Recorded: ten transactions after 0/2003B60 on a server of PostgreSQL 15, then a clean shutdown. */
const RECORDED: readonly WalRange[] = [{ timeline: 1, from: "0/2003B60", to: null }];

let host: LocalHost;
beforeEach(() => {
	host = new LocalHost(1);
	mkdirSync(join(host.home, "data/pg_wal/archive_status"), { recursive: true });
	for (const name of ["000000010000000000000002", "000000010000000000000003"])
		file(`data/pg_wal/${name}`, "");
	file("data/pg_wal/archive_status/000000010000000000000002.ready", "");
	program("pg_controldata", fixtureText("own-wal/pg_controldata-15.txt"));
	waldump(fixtureText("own-wal/pg_waldump-15.txt"), fixtureText("own-wal/pg_waldump-15.stderr"));
});
afterEach(() => host.remove());

const file = (name: string, text: string) => writeFileSync(join(host.home, name), text);

function program(name: string, text: string, script = `cat '${join(host.home, name)}.txt'`): void {
	file(`${name}.txt`, text);
	file(name, `#!/bin/sh\n${script}\n`);
	chmodSync(join(host.home, name), 0o755);
}

function waldump(text: string, said: string, exitCode = 1): void {
	file("xlog.txt", fixtureText("own-wal/pg_waldump-15-xlog.txt"));
	file("said.txt", said);
	const own = `cat '${host.home}/pg_waldump.txt'; cat '${host.home}/said.txt' >&2; exit ${exitCode}`;
	program("pg_waldump", text, `case "$*" in *"-r XLOG"*) cat '${host.home}/xlog.txt'; exit ;; esac; ${own}`);
}

async function read(ranges: readonly WalRange[] | null = RECORDED) {
	const place = {
		shell: host.shell,
		user: "postgres",
		dataDirectory: join(host.home, "data"),
		programs: `${host.home}/`,
		serverConfigFile: "/etc/postgresql.conf",
		barman: "",
		others: [{ nodeId: 2, conninfo: "host=node2" }],
	};
	return await readOwnWal(place, () => ranges);
}
const commits = async (ranges?: readonly WalRange[]) => (await read(ranges)).value?.commits;

test("lists each transaction with its time and its tables, and those of its subtransactions", async () => {
	const { value } = await read();
	expect(value?.commits).toMatchObject({ count: 9, prepared: 1, unread: null, endLsn: "0/2023BB8" });
	expect(value?.commits).toMatchObject({
		firstAt: "2026-11-30T06:53:03.625715Z",
		lastAt: "2026-11-30T06:53:03.723700Z",
	});
	expect(value?.commits.list.slice(0, 5)).toEqual([
		commit(727, "0/2003C40", "625715", ["1663/5/16384"]),
		// Its subtransaction 729 wrote to the second.
		commit(728, "0/2003D78", "629605", ["1663/5/16392", "1663/5/16384"]),
		{ ...commit(731, "0/2003E50", "", ["1663/5/16392"]), kind: "prepare", at: null },
		{ ...commit(731, "0/2003F60", "630583", ["1663/5/16392"]), kind: "commit prepared" },
		{ ...commit(732, "0/2003FC8", "", ["1663/5/16384"]), kind: "prepare", at: null },
	]);
	// 730 was rolled back.
	expect(value?.commits.list.map(({ xid }) => xid)).toEqual([
		727, 728, 731, 731, 732, 733, 734, 735, 736, 737, 738,
	]);
	expect(value).toMatchObject({ checkpointLsn: "0/200CF88", first: "0000000000000002" });
	expect(value?.directory).toMatchObject({
		segmentBytes: 16 * 1024 ** 2,
		timeline: 1,
		segments: ["000000010000000000000002", "000000010000000000000003"],
		unarchived: ["000000010000000000000002"],
	});
	expect(value?.directory.places[0]).toMatchObject({ directory: host.home });
});

test("counts them alone", async () => {
	const { shell } = host;
	const place = {
		shell,
		user: "postgres",
		dataDirectory: join(host.home, "data"),
		programs: `${host.home}/`,
	};
	expect(await readCommitCount(place, () => RECORDED)).toEqual({
		value: {
			...{ count: 9, prepared: 1, unread: null },
			...{ firstAt: "2026-11-30T06:53:03.625715Z", lastAt: "2026-11-30T06:53:03.723700Z" },
		},
	});
	expect(await readCommitCount(place, () => null)).toEqual({ value: null });
});

function commit(xid: number, lsn: string, micros: string, relations: readonly string[]) {
	return { kind: "commit", xid, lsn, at: `2026-11-30T06:53:03.${micros}Z`, relations, hasMore: false };
}

describe("says that there may be more", () => {
	const END = fixtureText("own-wal/pg_waldump-15.stderr");

	test.each<[string, () => void, RegExp]>([
		["where time was over", () => waldump("", "", 124), /takes too long/],
		["where pg_waldump failed", () => waldump("", "pg_waldump: error: out of memory", 1), /out of memory/],
		[
			"where it ended before the shutdown checkpoint",
			() => waldump(fixtureText("own-wal/pg_waldump-15.txt").split("\n").slice(0, 20).join("\n"), END),
			/before the last record/,
		],
	])("%s", async (_, change, why) => {
		change();
		expect((await commits())?.unread).toMatch(why);
	});

	test("where the WAL after the fork has been recycled", async () => {
		expect((await commits([{ timeline: 1, from: "0/1000000", to: null }]))?.unread).toMatch(
			/not in pg_wal any more/,
		);
	});
});

test("the end of a crashed server is where its records end", async () => {
	program(
		"pg_controldata",
		fixtureText("own-wal/pg_controldata-15.txt").replace("shut down", "in production"),
	);
	expect((await commits())?.unread).toBeNull();
	waldump("", "pg_waldump: error: could not find a valid record after 0/2023BB8");
	expect(await commits()).toMatchObject({ count: 0, prepared: 0, unread: null, list: [], firstAt: null });
});

test("reads nothing where it can't be told what is its own, and rejects control data that can't be read", async () => {
	expect(await read(null)).toEqual({ value: null });
	program("pg_controldata", "nonsense");
	expect((await read()).fault?.message).toMatch(/can't be read/);
});

describe("after a promotion within a WAL file, which makes the old timeline's a partial one", () => {
	const OLD = "000000010000000000000003";
	const NEW = "000000020000000000000003";

	beforeEach(() => {
		renameSync(join(host.home, "data/pg_wal", OLD), join(host.home, `data/pg_wal/${OLD}.partial`));
		file(`data/pg_wal/${NEW}`, "begins with the same");
		// As pg_waldump: it opens what it is told to read, by timeline.
		const opens = `case "$*" in *"-t 1"*) cat "$2/${OLD}" >&2 || exit 1; echo "$2" > '${host.home}/read-in' ;; esac`;
		program(
			"pg_waldump",
			fixtureText("own-wal/pg_waldump-15.txt"),
			`${opens}; cat '${host.home}/pg_waldump.txt'; case "$*" in *" -e "*) exit 0 ;; esac; cat '${host.home}/said.txt' >&2; exit 1`,
		);
	});
	const since = (from: string): readonly WalRange[] => [
		{ timeline: 1, from, to: "0/3001000" },
		{ timeline: 2, from: "0/3001000", to: null },
	];

	test.each(["0/3000100", "0/2003B60"])(
		"reads the old timeline from %s to its end in the new one's file",
		async (from) => {
			expect(await commits(since(from))).toMatchObject({ count: 18, unread: null });
			const links = readFileSync(join(host.home, "read-in"), "utf8").trim();
			expect(links).not.toBe(join(host.home, "data/pg_wal"));
			expect(existsSync(links)).toBe(false);
		},
	);

	test("says that there may be more where an earlier file is gone, or the new timeline's", async () => {
		rmSync(join(host.home, "data/pg_wal/000000010000000000000002"));
		expect(await commits(since("0/2003B60"))).toMatchObject({
			count: 18,
			unread: "The WAL from 0/2003B60 on timeline 1 is not in pg_wal any more.",
		});
		rmSync(join(host.home, "data/pg_wal", NEW));
		expect((await commits(since("0/3000100")))?.unread).toMatch(/not in pg_wal any more/);
	});

	test("never takes the file of a timeline that is none of the node's", async () => {
		rmSync(join(host.home, "data/pg_wal", NEW));
		file("data/pg_wal/000000040000000000000003", "");
		expect((await commits(since("0/2003B60")))?.unread).toMatch(/not in pg_wal any more/);
		expect(existsSync(join(host.home, "read-in"))).toBe(false);
	});
});

describe("a WAL file that pg_wal lacks", () => {
	const NAME = "000000010000000000000002";
	const whole = "x".repeat(16 * 1024 ** 2);
	const restore = (command: string) => program("postgres", command);

	beforeEach(() => {
		rmSync(join(host.home, "data/pg_wal", NAME));
		restore("");
		program("psql", "", "exit 2");
	});
	const found = async () => (await read()).value?.missing;

	test("is looked for in the archive, by restore_command as PostgreSQL runs it", async () => {
		mkdirSync(join(host.home, "archive"));
		file(`archive/${NAME}`, whole);
		restore(`cp '${host.home}/archive/%f' "%p" && echo 100%% >/dev/null`);
		const { value } = await read();
		expect(value).toMatchObject({
			missing: [{ name: NAME, from: { kind: "archive" } }],
			checkpointLsn: "0/200CF88",
		});
		expect(readdirSync(join(host.home, ".local/state/repmgr-console"))).toEqual([]);
	});

	test("is looked for on other servers where it is from before the fork, whole or not at all", async () => {
		file("whole", whole);
		program("psql", "", `base64 '${host.home}/whole'`);
		// That of the fork itself is another one there.
		expect(await found()).toEqual([{ name: NAME, from: null }]);
		const later: readonly WalRange[] = [{ timeline: 1, from: "0/3000100", to: null }];
		file("xlog.txt", "");
		const missed = async () => (await read(later)).value?.missing[0];
		expect(await missed()).toEqual({ name: NAME, from: { kind: "node", nodeId: 2 } });
		file("whole", "half of it");
		expect(await missed()).toEqual({ name: NAME, from: null });
	});

	test("is of the timeline before, where the node was promoted after it", async () => {
		const promoted = fixtureText("own-wal/pg_controldata-15.txt").replace(
			/TimeLineID: {7}1/,
			"TimeLineID:       2",
		);
		program("pg_controldata", promoted);
		rmSync(join(host.home, "data/pg_wal/000000010000000000000003"));
		file("data/pg_wal/000000020000000000000003", "");
		file("data/pg_wal/00000002.history", "1\t0/3000100\tno recovery target specified\n");
		mkdirSync(join(host.home, "archive"));
		file(`archive/${NAME}`, whole);
		restore(`cp '${host.home}/archive/%f' "%p"`);
		program("pg_waldump", "", `case "$*" in *${NAME}) cat '${host.home}/xlog.txt' ;; esac`);
		const { value } = await read([{ timeline: 2, from: "0/3000100", to: null }]);
		expect(value?.missing).toEqual([{ name: NAME, from: { kind: "archive" } }]);
		expect(value?.checkpointLsn).toBe("0/200CF88");
	});

	test("is nowhere", async () => {
		expect((await read()).value).toMatchObject({
			missing: [{ name: NAME, from: null }],
			checkpointLsn: null,
		});
	});
});
