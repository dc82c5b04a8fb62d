import { spawnSync } from "node:child_process";
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
	COPY_SCRIPT,
	DISCARD_SCRIPT,
	END_SCRIPT,
	NEWEST_SCRIPT,
	STOP_SCRIPT,
	SWAP_SCRIPT,
} from "../../../src/operation/clone/scripts.ts";

/** A directory with a "server": a process called postgres, started and stopped by a program in repmgr's place. */
let parent: string;
let data: string;

const PROGRAM = `#!/bin/sh
case "$*" in
  *--action=start*)
    ! grep -q broken "$DATA/mark" || exit 1
    "$PARENT/postgres" 300 >/dev/null 2>&1 & echo $! > "$DATA/postmaster.pid" ;;
  *--action=stop*) read -r pid < "$DATA/postmaster.pid"; kill "$pid"; rm "$DATA/postmaster.pid" ;;
  *"standby clone"*)
    ! [ -e "$PARENT/fails" ] || { mkdir -p "$DATA.repmgr-console/new"; exit 14; }
    cat "$2" > "$PARENT/seen.conf"
    mkdir -p "$DATA.repmgr-console/new/global" "$DATA.repmgr-console/new/pg_tblspc"; cd "$DATA.repmgr-console/new"
    for word in $(sed -n "s/^tablespace_mapping='.*=\\(.*\\)'/pg_tblspc\\/1=\\1/p; s/.*--waldir=\\(.*\\)'/pg_wal=\\1/p" "$2"); do
      mkdir "\${word#*=}"; echo new > "\${word#*=}/mark"; ln -s "\${word#*=}" "\${word%%=*}"
    done
    [ ! -e "$PARENT/more" ] || ln -s "$PARENT/more" pg_tblspc/2
    echo new > mark; echo 15 > PG_VERSION; : > standby.signal; : > global/pg_control ;;
esac
`;
/** What the copy's links lead to, as for the script. */
let links = "";
/** Further lines of repmgr.conf, and the backup of Barman. */
let [more, backup] = ["", ""];
/** Says how the walreceiver is if the new server runs, and that a server is in recovery. */
const PSQL = `#!/bin/sh
case "$*" in
  *recovery*) cat "$PARENT/recovery" ;;
  *) grep -q new "$DATA/mark" && cat "$PARENT/status" ;;
esac
`;

beforeEach(() => {
	links = "";
	[more, backup] = ["", ""];
	parent = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	data = join(parent, "main");
	for (const [name, text] of [
		["repmgr", PROGRAM],
		["psql", PSQL],
	] as const) {
		writeFileSync(join(parent, name), text);
		chmodSync(join(parent, name), 0o700);
	}
	copyFileSync("/bin/sleep", join(parent, "postgres"));
	// Waiting for the disk would take longer than all else.
	mkdirSync(join(parent, "bin"));
	symlinkSync("/bin/true", join(parent, "bin", "sync"));
	mkdirSync(join(data, "global"), { recursive: true });
	writeFileSync(join(data, "global/pg_control"), "");
	writeFileSync(join(data, "PG_VERSION"), "15\n");
	writeFileSync(join(data, "mark"), "old\n");
	writeFileSync(join(parent, "recovery"), "t\n");
	writeFileSync(join(parent, "status"), "streaming\n");
});
afterEach(() => {
	if (serverRuns()) run("service", "stop");
	rmSync(parent, { recursive: true });
});

const env = () => ({ PATH: `${join(parent, "bin")}:${process.env.PATH}`, DATA: data, PARENT: parent });

function sh(script: string, ...words: string[]): number | null {
	return spawnSync("sh", ["-c", script, "sh", data, ...words], { env: env(), stdio: "ignore" }).status;
}

function run(step: "copy" | "stop" | "swap" | "end" | "service", how = ""): number | null {
	const [repmgr, psql] = [join(parent, "repmgr"), join(parent, "psql")];
	switch (step) {
		case "copy":
			return sh(
				COPY_SCRIPT,
				"/etc/it's.conf",
				how,
				"--slot=s",
				"repmgr_slot_2",
				"name",
				links,
				more,
				backup,
				repmgr,
				"standby",
				"clone",
			);
		case "stop":
			return sh(STOP_SCRIPT, "conf", "", repmgr, psql, "recovery");
		case "swap":
			return sh(SWAP_SCRIPT);
		case "end":
			return sh(END_SCRIPT, "conf", how, "", repmgr, psql, "status");
		case "service":
			return spawnSync(repmgr, [`--action=${how}`], { env: env(), stdio: "ignore" }).status;
	}
}

const mark = (directory = data): string => readFileSync(join(directory, "mark"), "utf8").trim();

function serverRuns(): boolean {
	const file = join(data, "postmaster.pid");
	return existsSync(file) && existsSync(`/proc/${readFileSync(file, "utf8").trim()}`);
}

/** The data directories that are there, a dated one as "old". */
const directories = (): readonly string[] =>
	readdirSync(parent)
		.filter((name) => name.startsWith("main"))
		.map((name) => name.replace(/\d{8}T\d{6}Z$/, "DATE"))
		.sort();

test("the copy is made beside the old directory, with a configuration of its own and the node's slot", () => {
	expect(run("copy", "running")).toBe(0);
	expect(readFileSync(join(parent, "seen.conf"), "utf8").split("\n")).toEqual([
		"include '/etc/it''s.conf'",
		`data_directory='${data}.repmgr-console/new'`,
		"pg_basebackup_options='--slot=s'",
		"use_replication_slots=no",
		"",
		"",
	]);
	expect(readFileSync(`${data}.repmgr-console/new/postgresql.auto.conf`, "utf8")).toBe(
		"primary_slot_name = 'repmgr_slot_2'\n",
	);
	expect(mark()).toBe("old");
});

/** The old directory has a tablespace, and its WAL elsewhere. */
function linked(): void {
	mkdirSync(join(data, "pg_tblspc"));
	for (const [link, name] of [
		["pg_tblspc/1", "fast"],
		["pg_wal", "wal"],
	] as const) {
		mkdirSync(join(parent, name));
		writeFileSync(join(parent, name, "mark"), "old\n");
		symlinkSync(join(parent, name), join(data, link));
		links = `${links} ${link}=${join(parent, name)}`.trim();
	}
}

const around = (): readonly string[] =>
	readdirSync(parent)
		.filter((name) => /^(?:main|fast|wal)/.test(name))
		.map((name) => name.replace(/\d{8}T\d{6}Z$/, "DATE"))
		.sort();

/** What the server sees through its links. */
const marks = (directory = data): readonly string[] =>
	["", "pg_tblspc/1", "pg_wal"].map((link) => mark(join(directory, link)));

test("tablespaces and WAL elsewhere are copied beside the old ones, and linked as they will be", () => {
	linked();
	expect(run("copy", "running")).toBe(0);
	expect(readFileSync(join(parent, "seen.conf"), "utf8")).toContain(
		`pg_basebackup_options='--slot=s --waldir=${parent}/wal.repmgr-console/new'\nuse_replication_slots=no\ntablespace_mapping='${parent}/fast=${parent}/fast.repmgr-console/new'\n`,
	);
	expect(readlinkSync(`${data}.repmgr-console/new/pg_tblspc/1`)).toBe(`${parent}/fast`);
	expect(readlinkSync(`${data}.repmgr-console/new/pg_wal`)).toBe(`${parent}/wal`);
	expect(marks()).toEqual(["old", "old", "old"]);
});

/** Barman's answers over ssh, and what rsync would still have to copy. */
function barmanHas(differs: string): void {
	backup = "barman@b pg 20261130T154036 /etc/b.conf";
	more = "barman_host='barman@b'";
	const answers: readonly (readonly [string, string])[] = [
		[
			"ssh",
			`#!/bin/sh
case "$*" in
  "-o BatchMode=yes barman@b barman --config=/etc/b.conf show-backup pg latest") printf 'Backup 20261130T154036:\n  Status : DONE\\n' ;;
  "-o BatchMode=yes barman@b barman --config=/etc/b.conf list-files --target=data pg 20261130T154036")
    for file in backup.info data/PG_VERSION data/base/1/1255 1/PG_15_1/5/16392; do echo "/var/lib/barman/pg/base/20261130T154036/$file"; done ;;
  *) exit 1 ;;
esac
`,
		],
		[
			"rsync",
			`#!/bin/sh
for word; do case $word in --files-from=*) cat "\${word#*=}" >> "$PARENT/compared" ;; esac; done
shift $(($# - 2)); echo "$@" >> "$PARENT/compared"; cat "$PARENT/differs"
`,
		],
	];
	for (const [name, text] of answers) {
		writeFileSync(join(parent, "bin", name), text);
		chmodSync(join(parent, "bin", name), 0o700);
	}
	writeFileSync(join(parent, "differs"), differs);
}

test("of a backup of Barman every file is looked for in the copy, and tablespaces are linked", () => {
	linked();
	barmanHas("cd+++++++++ base/\n>f..t...... postgresql.auto.conf\n");
	expect(run("copy", "running")).toBe(0);
	const remote = "barman@b:/var/lib/barman/pg/base/20261130T154036";
	expect(readFileSync(join(parent, "compared"), "utf8").split("\n")).toEqual([
		...["PG_VERSION", "base/1/1255", `${remote}/data ${data}.repmgr-console/new`],
		...["PG_15_1/5/16392", `${remote}/1 ${parent}/fast.repmgr-console/new`, ""],
	]);
	expect(readFileSync(join(parent, "seen.conf"), "utf8")).toMatch(/\nbarman_host='barman@b'\n$/);
	expect(readlinkSync(`${data}.repmgr-console/new/pg_tblspc/1`)).toBe(`${parent}/fast`);
});

test("a file of the backup that is not in the copy fails it, whatever repmgr says", () => {
	barmanHas(">f+++++++++ base/1/1255\n");
	expect(run("copy", "running")).toBe(1);
});

test("a backup that is not the newest any more is not copied, and nothing is to be deleted for it", () => {
	barmanHas("");
	expect(sh(NEWEST_SCRIPT, backup)).toBe(0);
	backup = "barman@b pg 20261129T000000 /etc/b.conf";
	expect(sh(NEWEST_SCRIPT, backup)).toBe(1);
	// As if it ended during the stop.
	expect(sh(DISCARD_SCRIPT, backup)).toBe(1);
	expect(mark()).toBe("old");
	expect(run("copy", "running")).toBe(1);
	expect(existsSync(`${data}.repmgr-console`)).toBe(false);
});

test("a tablespace that was made meanwhile fails the copy", () => {
	writeFileSync(join(parent, "more"), "");
	expect(run("copy", "running")).toBe(1);
});

test("what another has made beside a tablespace is neither used nor removed", () => {
	linked();
	mkdirSync(join(parent, "fast.repmgr-console"));
	writeFileSync(join(parent, "fast.repmgr-console/of"), "another\n");
	expect(run("copy", "running")).toBe(1);
	expect(run("end", "keep")).toBe(0);
	expect(around()).toEqual(["fast", "fast.repmgr-console", "main", "wal"]);
	expect(marks()).toEqual(["old", "old", "old"]);
});

test("a data directory that is a link stays one", () => {
	renameSync(data, join(parent, "main-real"));
	symlinkSync(join(parent, "main-real"), data);
	// What repmgr in place of the real one writes to.
	const named = data;
	data = join(parent, "main-real");
	expect(run("copy", "running")).toBe(0);
	data = named;
	for (const step of [swap, start]) step();
	expect(run("end", "discard")).toBe(0);
	expect([mark(), readlinkSync(data)]).toEqual(["new", join(parent, "main-real")]);
});

test("a directory that another has made is neither used nor removed", () => {
	mkdirSync(`${data}.repmgr-console`);
	expect(run("copy", "running")).toBe(1);
	expect(existsSync(`${data}.repmgr-console`)).toBe(true);
});

test("a server that was promoted meanwhile is not stopped", () => {
	run("service", "start");
	writeFileSync(join(parent, "recovery"), "f\n");
	expect(run("stop")).toBe(1);
	expect(serverRuns()).toBe(true);
});

test("directories do not change places while a server runs", () => {
	run("service", "start");
	run("copy", "running");
	expect(run("swap")).toBe(1);
	expect(mark()).toBe("old");
});

/** The server before the clone. */
let before: "running" | "stopped" = "stopped";
const copy = () => run("copy", before);
const stop = () => run("stop");
const swap = () => run("swap");
const start = () => run("service", "start");
const fails = () => writeFileSync(join(parent, "fails"), "");
const broken = () => writeFileSync(join(data, "mark"), "broken\n");
const halfBack = () => renameSync(data, `${data}.repmgr-console/new`);

describe("the end, however far the clone has come", () => {
	/** What was done before, which directory stays, and what is there afterwards. */
	test.each<[string, "running" | "stopped", readonly (() => void)[], "old" | "new", readonly string[]]>([
		["of nothing", "running", [], "old", ["main"]],
		["of a copy that failed", "running", [fails, copy], "old", ["main"]],
		["of a copy", "running", [copy], "old", ["main"]],
		["of a copy for a server that was stopped", "stopped", [copy], "old", ["main"]],
		["after the stop", "running", [copy, stop], "old", ["main"]],
		["between the two renames", "running", [copy, stop, swap, halfBack], "old", ["main"]],
		["after the swap", "running", [copy, stop, swap], "old", ["main"]],
		["after a start that failed", "running", [copy, stop, swap, broken, start], "old", ["main"]],
		["after the start", "running", [copy, stop, swap, start], "new", ["main", "main.old-DATE"]],
	])("%s", (_, was, steps, stays, left) => {
		before = was;
		if (was === "running") start();
		for (const step of steps) step();
		// The second time as by a console that resumes.
		for (const _ of [1, 2]) {
			expect(run("end", "keep")).toBe(0);
			expect([mark(), serverRuns(), directories()]).toEqual([stays, was === "running", left]);
		}
	});

	test("starts the server again that was stopped to make room, where its directory was not deleted", () => {
		start();
		stop();
		expect(serverRuns()).toBe(false);
		for (const _ of [1, 2]) {
			expect(run("end", "discard")).toBe(0);
			expect([mark(), serverRuns(), directories()]).toEqual(["old", true, ["main"]]);
		}
	});

	test("removes what is left of a directory that was being deleted to make room", () => {
		renameSync(data, `${data}.repmgr-console-discarded`);
		expect(run("end", "discard")).toBe(0);
		expect(directories()).toEqual([]);
	});

	test("removes what is left where the host failed before the server was stopped to make room", () => {
		start();
		mkdirSync(`${data}.repmgr-console.new`);
		stop();
		expect(readdirSync(`${data}.repmgr-console`).toSorted()).toEqual(["stopped", "was"]);
		mkdirSync(`${data}.repmgr-console.new`);
		expect(run("end", "discard")).toBe(0);
		expect([mark(), serverRuns(), directories()]).toEqual(["old", true, ["main"]]);
	});

	test("finds the old directory where an earlier clone has left something: it was not deleted", () => {
		mkdirSync(`${data}.repmgr-console`);
		expect(sh(DISCARD_SCRIPT)).toBe(1);
		expect(mark()).toBe("old");
	});

	test("of a clone that deleted the old directory first finds the new one streaming", () => {
		start();
		stop();
		expect(sh(DISCARD_SCRIPT)).toBe(0);
		expect(directories()).toEqual(["main.repmgr-console"]);
		before = "running";
		for (const step of [copy, swap, start]) step();
		expect(run("end", "discard")).toBe(0);
		expect([mark(), serverRuns(), directories()]).toEqual(["new", true, ["main"]]);
	});

	/** What was done to the parts by hand: as a kill between two renames leaves them. */
	const moved = (from: string, to: string) => () => renameSync(join(parent, from), join(parent, to));
	const BACK = ["fast", "main", "wal"];
	const KEPT = ["fast", "fast.old-DATE", "main", "main.old-DATE", "wal", "wal.old-DATE"];

	test.each<[string, readonly (() => void)[], "old" | "new"]>([
		["of a copy", [start, copy], "old"],
		["of a copy that failed", [start, fails, copy], "old"],
		["within the first exchange", [start, copy, stop, moved("fast", "fast.repmgr-console/old")], "old"],
		[
			"before the last exchange",
			[
				start,
				copy,
				stop,
				swap,
				moved("main", "main.repmgr-console/new"),
				moved("main.repmgr-console/old", "main"),
			],
			"old",
		],
		["after the swap", [start, copy, stop, swap], "old"],
		["after the start", [start, copy, stop, swap, start], "new"],
	])("with tablespaces %s", (_, steps, stays) => {
		before = "running";
		linked();
		for (const step of steps) step();
		for (const _ of [1, 2]) {
			expect(run("end", "keep")).toBe(0);
			expect(serverRuns()).toBe(true);
			expect(marks()).toEqual([stays, stays, stays]);
			expect(around()).toEqual(stays === "old" ? BACK : KEPT);
		}
		const kept = readdirSync(parent).find((name) => name.startsWith("main.old-"));
		if (kept !== undefined) expect(marks(join(parent, kept))).toEqual(["old", "old", "old"]);
	});

	test("keeps a new server that was promoted meanwhile", () => {
		before = "running";
		linked();
		for (const step of [start, copy, stop, swap, start]) step();
		writeFileSync(join(parent, "status"), "promoted\n");
		expect(run("end", "keep")).toBe(0);
		expect([serverRuns(), marks(), around()]).toEqual([true, ["new", "new", "new"], KEPT]);
	});

	test("keeps the copy of a server that runs without streaming, and puts the old one back", () => {
		before = "running";
		linked();
		for (const step of [start, copy, stop, swap, start]) step();
		writeFileSync(join(parent, "status"), "waiting\n");
		for (const _ of [1, 2]) {
			expect(run("end", "keep")).toBe(0);
			expect([serverRuns(), marks()]).toEqual([true, ["old", "old", "old"]]);
			expect(around()).toEqual(["fast", "fast.copy-DATE", "main", "main.copy-DATE", "wal", "wal.copy-DATE"]);
		}
		const kept = readdirSync(parent).find((name) => name.startsWith("main.copy-")) ?? "";
		expect(marks(join(parent, kept))).toEqual(["new", "new", "new"]);
	});

	test("keeps it in place where there is no old one", () => {
		rmSync(data, { recursive: true });
		for (const step of [copy, swap, start]) step();
		writeFileSync(join(parent, "status"), "waiting\n");
		expect(run("end", "discard")).toBe(0);
		expect([serverRuns(), mark(), directories()]).toEqual([true, "new", ["main"]]);
	});

	test("that was interrupted once the new server stays goes on with that, even if the server has stopped", () => {
		linked();
		for (const step of [start, copy, stop, swap, start]) step();
		writeFileSync(`${data}.repmgr-console/stays`, "20261130T120000Z\n");
		moved("main.repmgr-console/old", "main.old-20261130T120000Z")();
		run("service", "stop");
		expect(run("end", "keep")).toBe(0);
		expect([around(), marks()]).toEqual([KEPT, ["new", "new", "new"]]);
	});

	test("deletes the old directory if it is not to be kept", () => {
		for (const step of [start, copy, stop, swap, start]) step();
		expect(run("end", "discard")).toBe(0);
		expect([mark(), directories()]).toEqual(["new", ["main"]]);
	});

	test("deletes what its links lead to, too", () => {
		linked();
		for (const step of [start, copy, stop, swap, start]) step();
		expect(run("end", "discard")).toBe(0);
		expect([marks(), around()]).toEqual([["new", "new", "new"], BACK]);
	});

	test("of a clone onto a new host leaves nothing if it failed, and the new directory if it streams", () => {
		rmSync(data, { recursive: true });
		for (const step of [copy, swap]) step();
		expect(run("end", "keep")).toBe(0);
		expect(directories()).toEqual([]);
		for (const step of [copy, swap, start]) step();
		expect(run("end", "keep")).toBe(0);
		expect([mark(), directories()]).toEqual(["new", ["main"]]);
	});
});
