import { spawnSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLONE_SCRIPT, CREATE_SCRIPT } from "../../src/bootstrap/scripts.ts";
import { MARK_LINE } from "../../src/bootstrap/survey-script.ts";

/** A host: a directory in place of /, with programs in place of Debian's that note what they are called with. */
let root: string;
let data: string;
let conf: string;

const PROGRAMS: Readonly<Record<string, string>> = {
	getent: `echo "postgres:x:1:1::$ROOT/home:/bin/sh"`,
	runuser: `echo "runuser $6" >> "$ROOT/called"; shift 3; "$@"`,
	sync: "",
	pg_dropcluster: `echo drop >> "$ROOT/called"; rm -r "$DATA" "$ROOT/etc/postgresql/15/main"`,
	pg_createcluster: `echo create >> "$ROOT/called"; mkdir -p "$DATA" "$ROOT/etc/postgresql/15/main"; echo 15 > "$DATA/PG_VERSION"
		echo "data_directory = '$DATA'" > "$ROOT/etc/postgresql/15/main/postgresql.conf"`,
	repmgr: `case "$*" in
		*--dry-run) ;;
		*) echo clone >> "$ROOT/called"; mkdir -p "$DATA"; echo 15 > "$DATA/PG_VERSION"; : > "$DATA/standby.signal" ;;
	esac`,
};

beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	data = join(root, "pg/main");
	conf = join(root, "etc/postgresql/15/main/postgresql.conf");
	for (const one of ["bin", "pg", "home"]) mkdirSync(join(root, one));
	for (const [name, text] of Object.entries(PROGRAMS)) {
		writeFileSync(join(root, "bin", name), `#!/bin/sh\n${text}\n`);
		chmodSync(join(root, "bin", name), 0o700);
	}
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes a file, and the directories above it. */
function put(path: string, content = ""): void {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, content);
}

function sh(script: string, words: readonly string[], input = "") {
	const here = script
		.replace("PATH=/usr/local/sbin:", `PATH=${root}/bin:/usr/local/sbin:`)
		.replaceAll("/etc/postgresql/", `${root}/etc/postgresql/`)
		.replaceAll("/usr/lib/postgresql/$version/bin/", `${root}/bin/`);
	const env = { ...process.env, ROOT: root, DATA: data };
	const { status, stdout, stderr } = spawnSync("sh", ["-c", here, "sh", ...words], {
		...{ env, input, encoding: "utf8" },
	});
	return { status, stdout, stderr };
}

const create = (empty = "") => sh(CREATE_SCRIPT, ["15", data, "5432", "C.UTF-8", "", empty]);
const clone = () => sh(CLONE_SCRIPT, ["15", data, "standby", "clone"]);
const called = () =>
	existsSync(join(root, "called")) ? readFileSync(join(root, "called"), "utf8").split("\n") : [];
const mark = () => `${data}.repmgr-console`;
const OURS = `${MARK_LINE}\n`;

describe("the data directory", () => {
	test("is created, left empty for a clone, and cloned; a second time nothing is done", () => {
		expect(create("empty").status).toBe(0);
		expect(readdirSync(data)).toEqual([]);
		expect(clone()).toMatchObject({ status: 0 });
		expect(existsSync(mark())).toBe(false);
		const before = called().filter((one) => !one.startsWith("runuser"));
		expect([create("empty").stdout, clone().stdout]).toEqual(["it is there\n", "it is there\n"]);
		expect(called().filter((one) => !one.startsWith("runuser"))).toEqual(before);
	});

	test("that a step of ours has not finished is made anew", () => {
		put(join(data, "half"));
		put(mark(), OURS);
		expect(create().status).toBe(0);
		expect(readdirSync(data)).toEqual(["PG_VERSION"]);
		put(mark(), OURS);
		expect(create().status).toBe(0);
		expect(called()).toContain("drop");
		put(mark(), OURS);
		put(join(data, "half"));
		expect(clone().status).toBe(0);
		expect(readdirSync(data)).toEqual(["PG_VERSION", "standby.signal"]);
		expect(existsSync(mark())).toBe(false);
	});

	test.each<[string, RegExp, () => void]>([
		["a clone was not ended", /a clone was not ended/, () => put(join(mark(), "old/PG_VERSION"), "15\n")],
		["a file of others lies beside it", /not ours/, () => put(mark())],
		[
			"a link lies beside it",
			/not ours/,
			() => {
				put(join(root, "elsewhere"), OURS);
				symlinkSync(join(root, "elsewhere"), mark());
			},
		],
		[
			"it is a link",
			/is a symbolic link/,
			() => {
				rmSync(data, { recursive: true });
				put(join(root, "elsewhere/precious"));
				symlinkSync(join(root, "elsewhere"), data);
				put(mark(), OURS);
			},
		],
	])("stays if %s", (_, why, prepare) => {
		put(join(data, "precious"));
		prepare();
		for (const run of [() => create(), () => create("empty"), clone]) {
			expect(run()).toMatchObject({ status: 1, stderr: expect.stringMatching(why) });
		}
		expect(readdirSync(data)).toEqual(["precious"]);
		expect(called()).toEqual([]);
	});

	test("of another configuration is never dropped, whatever the mark says", () => {
		put(conf, "data_directory = '/srv/other'\t# use data in another directory\n");
		put(mark(), OURS);
		expect(create()).toMatchObject({ status: 1, stderr: expect.stringContaining("/srv/other") });
		expect(called()).toEqual([]);
	});

	test("of an independent server is not taken for a standby's", () => {
		put(join(data, "PG_VERSION"), "15\n");
		expect(clone()).toMatchObject({ status: 1, stderr: expect.stringContaining("not a standby's") });
	});
});
