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
import { block } from "../../src/bootstrap/files.ts";
import { parseHostSurvey } from "../../src/bootstrap/host-survey.ts";
import { RECORD_SCRIPT } from "../../src/bootstrap/record-scripts.ts";
import { CLONE_SCRIPT, CREATE_SCRIPT, KEY_SCRIPT, WRITE_SCRIPT } from "../../src/bootstrap/scripts.ts";
import { MARK_LINE, SURVEY_SCRIPT } from "../../src/bootstrap/survey-script.ts";
import { parseUndoSurvey, UNDO_SURVEY_SCRIPT } from "../../src/bootstrap/undo/survey.ts";
import { FOUR, inventoryOf } from "./hosts.ts";

/** A host: a directory in place of /, with programs in place of Debian's that note what they are called with. */
let root: string;
let data: string;
let conf: string;

const PROGRAMS: Readonly<Record<string, string>> = {
	getent: `[ "$1" != passwd ] || echo "postgres:x:1:1::$ROOT/home:/bin/sh"`,
	id: `echo "\${IS_POSTGRES:+10}0"`,
	runuser: `shift 3; IS_POSTGRES=yes exec "$@"`,
	// Who writes what.
	...Object.fromEntries(
		["cat", "chmod", "mkdir", "mv", "sed"].map((name) => [
			name,
			`echo "${name} as \${IS_POSTGRES:+not }root" >> "$ROOT/called"; exec /bin/${name} "$@"`,
		]),
	),
	chown: `echo "chown $*" >> "$ROOT/called"`,
	install: `/bin/mkdir -p "$4"`,
	// What takes long, and is not looked at here.
	...Object.fromEntries(
		["apt-get", "apt-cache", "dpkg-query", "systemctl", "ss"].map((name) => [name, "exit 1"]),
	),
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
		.replaceAll("PATH=/usr/local/sbin:", `PATH=${root}/bin:/usr/local/sbin:`)
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
	existsSync(join(root, "called")) ? readFileSync(join(root, "called"), "utf8").trim().split("\n") : [];
const done = () => called().filter((one) => ["drop", "create", "clone"].includes(one));
const mark = () => `${data}.repmgr-console`;
const OURS = `${MARK_LINE}\n`;

describe("the data directory", () => {
	test("is created, left empty for a clone, and cloned; a second time nothing is done", () => {
		expect(create("empty").status).toBe(0);
		expect(readdirSync(data)).toEqual([]);
		expect(clone()).toMatchObject({ status: 0 });
		expect(existsSync(mark())).toBe(false);
		expect([create("empty").stdout, clone().stdout]).toEqual(["it is there\n", "it is there\n"]);
		expect(done()).toEqual(["create", "clone"]);
	});

	test("that a step of ours has not finished is made again", () => {
		put(join(data, "half"));
		put(mark(), OURS);
		expect(create().status).toBe(0);
		expect(readdirSync(data)).toEqual(["PG_VERSION"]);
		put(mark(), OURS);
		expect(create().status).toBe(0);
		expect(done()).toContain("drop");
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
		expect(done()).toEqual([]);
	});

	test("of another configuration is never dropped, whatever the mark says", () => {
		put(conf, "data_directory = '/srv/other'\t# use data in another directory\n");
		put(mark(), OURS);
		expect(create()).toMatchObject({ status: 1, stderr: expect.stringContaining("/srv/other") });
		expect(done()).toEqual([]);
	});

	test("of an independent server is not taken for a standby's", () => {
		put(join(data, "PG_VERSION"), "15\n");
		expect(clone()).toMatchObject({ status: 1, stderr: expect.stringContaining("not a standby's") });
	});
});

describe("a file", () => {
	const write = (path: string, owner: string, content: string) =>
		sh(WRITE_SCRIPT, [path, "600", owner, "block", String(Buffer.byteLength(content)), ""], content);

	test("in a directory of postgres is read and written by postgres alone", () => {
		const path = join(root, "home/.ssh/known_hosts");
		expect(write(path, "postgres", block(["old"])).status).toBe(0);
		writeFileSync(path, `${block(["old"])}theirs\n`);
		expect(write(path, "postgres", block(["it's new"])).status).toBe(0);
		expect(readFileSync(path, "utf8")).toBe(`${block(["it's new"])}theirs\n`);
		for (const one of ["mkdir", "cat", "sed", "chmod", "mv"])
			expect(called()).toContain(`${one} as not root`);
		expect(called().filter((one) => / as root|chown/.test(one))).toEqual([]);
		expect(readdirSync(dirname(path))).toEqual(["known_hosts"]);
	});

	test("of root is written by root; one that does not arrive whole is not", () => {
		const path = join(root, "sudoers.d/x");
		expect(write(path, "root", block(["a"])).status).toBe(0);
		expect(called()).toContain("mv as root");
		expect(sh(WRITE_SCRIPT, [path, "600", "root", "whole", "9", ""], "cut").stderr).toContain("whole");
		expect(readFileSync(path, "utf8")).toBe(block(["a"]));
	});
});

describe("the survey", () => {
	const survey = () => {
		const { stdout } = sh(SURVEY_SCRIPT, ["15", data, "54329", "repmgr", "repmgr", "", "localhost", ""]);
		return parseHostSurvey(stdout);
	};
	const pub = () => join(root, "home/.ssh/id_ed25519.pub");

	test.each([
		["ssh-ed25519 AAAAC3Nza+/= Jörg at home\n", "ssh-ed25519 AAAAC3Nza+/="],
		["ssh-ed25519 AAAA\n", "ssh-ed25519 AAAA"],
		["", undefined],
		["ssh-rsa AAAA x\n", undefined],
	])("of the public key %j reads no comment, and none where there is none", (content, key) => {
		put(pub(), content);
		const found = survey();
		expect(found?.end).toBe("yes");
		expect(found?.key).toBe(key);
	});

	test("tells apart what lies at the data directory, and what operations hold or have left", () => {
		const state = join(root, "home/.local/state/repmgr-console");
		for (const name of ["lock-7300/holder.json", "rewind-_srv_ü", "fence-7300-2.json", "runs/x"])
			put(join(state, name));
		put(mark(), OURS);
		expect(survey()).toMatchObject({
			...{ found: "nothing", unfinished: "yes" },
			left: ["lock-7300", "rewind-_srv_??", "fence-7300-2.json"],
		});
		rmSync(mark());
		put(join(mark(), "old/PG_VERSION"));
		symlinkSync(root, data);
		const found = survey();
		expect(found).toMatchObject({ found: "link", beside: "clone" });
		expect(found?.unfinished).toBeUndefined();
	});
});

describe("the record", () => {
	const record = () => join(root, "home/.local/state/repmgr-console/bootstrap");
	const begin = (cluster: string) => sh(RECORD_SCRIPT, [cluster]).status;
	const lines = () => readFileSync(record(), "utf8").trim().split("\n");
	const own = [".local", ".local/state", ".local/state/repmgr-console"].map(
		(one) => `own ${join("ROOT/home", one)}`,
	);

	test("is begun again where nothing is left to be taken back; one with notes stays, and is of its cluster", () => {
		const expected = (cluster: string) => [
			`cluster ${cluster}`,
			...own.map((line) => line.replace("ROOT", root)),
		];
		expect(begin("main")).toBe(0);
		expect(lines()).toEqual(expected("main"));
		expect(begin("prod")).toBe(0);
		expect(lines()).toEqual(expected("prod"));
		writeFileSync(record(), `${lines().join("\n")}\nplace 15 ${data}\n`);
		expect([begin("prod"), begin("main")]).toEqual([0, 1]);
		expect(lines()).toEqual([...expected("prod"), `place 15 ${data}`]);
		writeFileSync(record(), `${lines().join("\n")}\ncleaned\n`);
		expect(begin("main")).toBe(0);
		expect(lines()).toEqual(expected("main"));
	});

	test("says whether postgres can write the archive's directory", () => {
		const archive = join(root, "archive");
		const found = () =>
			parseHostSurvey(
				sh(SURVEY_SCRIPT, ["15", data, "54329", "repmgr", "repmgr", "", "localhost", archive]).stdout,
			)?.archive;
		expect(found()).toBe("missing");
		mkdirSync(archive);
		expect(found()).toBe("there");
		writeFileSync(join(root, "bin/runuser"), "#!/bin/sh\nexit 1\n");
		expect(found()).toBe("unwritable");
		// Without the user postgres it is tried as any user.
		writeFileSync(join(root, "bin/getent"), "#!/bin/sh\n");
		expect(found()).toBe("closed");
		writeFileSync(join(root, "bin/runuser"), '#!/bin/sh\n[ "$2" = nobody ]\n');
		expect(found()).toBe("there");
	});

	test("finds what makes postgres check certificates", () => {
		const authority = () =>
			parseHostSurvey(
				sh(SURVEY_SCRIPT, ["15", data, "54329", "repmgr", "repmgr", "", "localhost", ""]).stdout,
			)?.authority;
		expect(authority()).toBeUndefined();
		put(join(root, "home/.postgresql/root.crt"));
		expect(authority()).toBe(join(root, "home/.postgresql/root.crt"));
	});

	test("counts the WAL in the archive's directory", () => {
		const archive = join(root, "archive");
		mkdirSync(archive);
		const archived = () =>
			parseHostSurvey(
				sh(SURVEY_SCRIPT, ["15", data, "54329", "repmgr", "repmgr", "", "localhost", archive]).stdout,
			)?.archived;
		for (const name of [
			"README",
			"lost+found",
			"0000000100000000000000",
			"000000010000000000000001x",
			"00000002-history",
		])
			writeFileSync(join(archive, name), "");
		expect(archived()).toBe(0);
		const wal = "000000010000000000000001";
		for (const name of [wal, `${wal}.gz`, `${wal}.00000028.backup`, "00000002.history"])
			writeFileSync(join(archive, name), "");
		expect(archived()).toBe(4);
	});

	test("an archive that was begun is ended by the next attempt, and one that is there whole is left", () => {
		const archive = join(root, "archive");
		mkdirSync(archive);
		const { command = "" } = inventoryOf(`${FOUR}archive: {directory: ${archive}}\n`).archive ?? {};
		const run = (content: string) => {
			put(join(root, "seg"), content);
			const line = command.replaceAll("%p", join(root, "seg")).replaceAll("%f", "0001");
			return spawnSync("sh", ["-c", line]).status;
		};
		put(join(archive, "0001.part"), "hal");
		expect([run("whole"), readFileSync(join(archive, "0001"), "utf8")]).toEqual([0, "whole"]);
		expect(run("whole")).toBe(0);
		expect(run("other")).not.toBe(0);
		expect(readFileSync(join(archive, "0001"), "utf8")).toBe("whole");
	});

	test("says which data an undo would delete, and which version is there, whatever is offered", () => {
		const place = () => parseUndoSurvey(sh(UNDO_SURVEY_SCRIPT, ["5432", "repmgr"]).stdout)?.place;
		put(record(), `cluster main\nplace 15 ${data}\n`);
		expect(place()).toEqual([["gone", "15", data]]);
		mkdirSync(data);
		expect(place()).toEqual([["gone", "15", data]]);
		put(conf, `data_directory = '${data}'\n`);
		expect(place()).toEqual([["left", "15", data]]);
		put(join(data, "base/1"));
		expect(place()).toEqual([["data", "15", data]]);
		const { stdout } = sh(SURVEY_SCRIPT, ["", "", "54329", "repmgr", "repmgr", "", "localhost", ""]);
		expect(parseHostSurvey(stdout)).toMatchObject({ version: 15, data: "/var/lib/postgresql/15/main" });
	});
});

test("no empty public key is left of a key with a passphrase, and an empty one is made again", () => {
	const key = join(root, "home/.ssh/id_ed25519");
	put(key);
	put(`${key}.pub`);
	writeFileSync(
		join(root, "bin/ssh-keygen"),
		'#!/bin/sh\n[ ! -e "$ROOT/locked" ] || exit 255\necho ssh-ed25519 AAAA\n',
		{
			mode: 0o700,
		},
	);
	put(join(root, "locked"));
	expect(sh(KEY_SCRIPT, []).status).not.toBe(0);
	expect(readdirSync(dirname(key))).toEqual(["id_ed25519", "id_ed25519.pub"]);
	rmSync(`${key}.pub`);
	expect(sh(KEY_SCRIPT, []).status).not.toBe(0);
	expect(readdirSync(dirname(key))).toEqual(["id_ed25519"]);
	put(`${key}.pub`);
	rmSync(join(root, "locked"));
	expect(sh(KEY_SCRIPT, []).status).toBe(0);
	expect(readFileSync(`${key}.pub`, "utf8")).toBe("ssh-ed25519 AAAA\n");
});
