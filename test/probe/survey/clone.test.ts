import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { surveyClone } from "../../../src/probe/survey/clone.ts";
import { LocalHost } from "../../support/local-host.ts";
import { registration } from "../../support/records.ts";

/** Answers as node1 of the test cluster did. */
const PSQL = `#!/bin/sh
case "$*" in
  *IDENTIFY_SYSTEM*) echo "7713825549349961809|1|0/5000028|" ;;
  *repeat*) head -c 8388608 /dev/zero ;;
  *) printf '%s\\n' "version 150020" "system 7713825549349961809" "bytes 30408704" "slot repmgr_slot_2" "senders 8" "slots 8" "keep -1" ;;
esac
`;
const BROKEN = `#!/bin/sh
echo 'psql: error: connection to server at "node1" (10.99.1.11), port 5432 failed: fe_sendauth: no password supplied' >&2
exit 2
`;

let parent: string;
let data: string;
let host: LocalHost;

beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	data = join(parent, "main");
	host = new LocalHost(2);
	mkdirSync(join(parent, "bin"));
	program("psql", PSQL);
	program("pg_basebackup", "#!/bin/sh\necho 'pg_basebackup (PostgreSQL) 15.20'\n");
	writeFileSync(
		join(parent, "repmgr.conf"),
		`data_directory='${data}/'\npg_bindir='${parent}/bin'\nuse_replication_slots=yes\npg_basebackup_options='--progress'\n`,
	);
});
afterEach(() => {
	host.remove();
	rmSync(parent, { recursive: true });
});

function program(name: string, text: string): void {
	writeFileSync(join(parent, "bin", name), text);
	chmodSync(join(parent, "bin", name), 0o700);
}

function dataDirectory(): void {
	mkdirSync(join(data, "global"), { recursive: true });
	writeFileSync(join(data, "PG_VERSION"), "15\n");
}

const look = async () =>
	(await surveyClone({ ...host, configFile: join(parent, "repmgr.conf") }, registration(1))).value;

test("reads the place, the settings and the upstream", async () => {
	dataDirectory();
	expect(await look()).toMatchObject({
		...{ dataDirectory: data, content: "postgres", isMountPoint: false, isLink: false, canRename: true },
		...{
			linked: [],
			mapsTablespaces: false,
			isLeftOver: false,
			options: "--progress",
			usesSlots: true,
			hasBarman: false,
		},
		...{ pgBasebackup: "pg_basebackup (PostgreSQL) 15.20", loginFault: null, replicationFault: null },
		...{ freeBytes: expect.any(Number), oldBytes: expect.any(Number) },
		source: {
			...{ version: 150020, systemIdentifier: "7713825549349961809", bytes: 30_408_704, tablespaces: [] },
			...{ freeWalSenders: 8, freeSlots: 8, slots: ["repmgr_slot_2"], libcVersion: null, slotKeeps: null },
			bytesPerSecond: expect.any(Number),
		},
	});
});

test("passes on what psql says where it can't log in", async () => {
	program("psql", BROKEN);
	const said = expect.stringContaining("no password supplied");
	expect(await look()).toMatchObject({ loginFault: said, replicationFault: said, source: null });
});

describe("the place", () => {
	test.each<[string, () => void, object]>([
		["is absent", () => {}, { content: "absent" }],
		["is empty", () => mkdirSync(data), { content: "empty" }],
		["has other files", () => mkdirSync(join(data, "photos"), { recursive: true }), { content: "other" }],
		["is a file", () => writeFileSync(data, ""), { content: "unreadable" }],
		[
			"is a link, which is followed",
			() => {
				mkdirSync(join(parent, "real"));
				symlinkSync(join(parent, "real"), data);
			},
			{ isLink: false, content: "empty", canRename: true },
		],
		[
			"is a mount point",
			() => writeFileSync(join(parent, "repmgr.conf"), "data_directory='/proc'\n"),
			{ isMountPoint: true, content: "other" },
		],
		["has an earlier clone beside it", () => mkdirSync(`${data}.repmgr-console`), { isLeftOver: true }],
	])("%s", async (_, make, found) => {
		make();
		expect(await look()).toMatchObject(found);
	});

	test("has its WAL and a tablespace elsewhere", async () => {
		const [wal, space, other] = ["wal", "space", "other"].map((name) => join(parent, name)) as [
			string,
			string,
			string,
		];
		dataDirectory();
		mkdirSync(join(wal, "archive_status"), { recursive: true });
		symlinkSync(wal, join(data, "pg_wal"));
		mkdirSync(join(data, "pg_tblspc"));
		for (const one of [space, other]) mkdirSync(join(one, "PG_15_202209061"), { recursive: true });
		symlinkSync(space, join(data, "pg_tblspc", "16385"));
		program(
			"psql",
			PSQL.replace(
				'"slots 8"',
				`"slots 8" "space 16385 1024 ${space}" "space 16386 ? ${other}" "space 16387 0 ${parent}/none"`,
			),
		);
		const found = await look();
		expect(found?.source?.tablespaces).toEqual([
			{ oid: "16385", directory: space, bytes: 1024 },
			{ oid: "16386", directory: other, bytes: null },
			{ oid: "16387", directory: `${parent}/none`, bytes: 0 },
		]);
		expect(found?.linked.map(({ link, content, canRename }) => [link, content, canRename])).toEqual([
			["pg_tblspc/16385", "postgres", true],
			["pg_tblspc/16386", "other", true],
			["pg_tblspc/16387", "absent", true],
			["pg_wal", "postgres", true],
		]);
		expect(found?.linked[0]).toMatchObject({ freeBytes: expect.any(Number), mountedOn: expect.any(String) });

		// As after pg_upgrade; and what a person has put there.
		mkdirSync(join(space, "PG_13_202007201"));
		writeFileSync(join(wal, "notes"), "");
		const shared = (await look())?.linked.map(({ link, content }) => [link, content]);
		expect(shared).toEqual(
			expect.arrayContaining([
				["pg_tblspc/16385", "other"],
				["pg_wal", "other"],
			]),
		);
	});
});

test("reads what both servers are made of", async () => {
	dataDirectory();
	program(
		"psql",
		PSQL.replace(
			'"slots 8"',
			'"slots 8" "machine x86_64" "pages 8192 8192" "locale C" "locale C.UTF-8" "file /etc/pg_hba.conf" "files read"',
		),
	);
	program(
		"pg_controldata",
		"#!/bin/sh\necho 'Database block size:                  8192'\necho 'WAL block size:                       8192'\n",
	);
	writeFileSync(join(parent, "postgresql.conf"), "");
	writeFileSync(join(data, "postmaster.opts"), `postgres "-c" "config_file=${parent}/postgresql.conf"\n`);
	expect(await look()).toMatchObject({
		...{ pageBytes: "8192 8192", machine: expect.any(String), configFile: `${parent}/postgresql.conf` },
		source: {
			...{
				machine: "x86_64",
				pageBytes: "8192 8192",
				locales: ["C.UTF-8"],
				configFiles: ["/etc/pg_hba.conf"],
			},
		},
	});
});
