import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseBarmanSurvey, surveyBarman } from "../../../src/probe/survey/barman.ts";
import { fixtureText } from "../../support/fixtures.ts";
import { LocalHost } from "../../support/local-host.ts";
import { registration } from "../../support/records.ts";

const recorded = fixtureText("barman/survey.txt");

/** The recorded lines with one replaced. */
const changed = (word: string, line: string): string =>
	recorded.replace(new RegExp(`^${word} .*$`, "m"), line);

test("reads what Barman 3.4.0 answered", () => {
	expect(parseBarmanSurvey(recorded)).toEqual({
		...{ host: "barman@localhost", server: "pg", configFile: "", fault: null },
		backup: {
			...{ id: "20261130T161826", status: "DONE", version: 150020, timeline: 1 },
			systemIdentifier: "7713999238011027475",
			...{ beginWal: "000000010000000000000003", endLsn: expect.stringMatching(/^0\/[0-9A-F]+$/) },
			...{ endedAt: expect.any(Number), bytes: expect.any(Number) },
			tablespaces: [{ oid: "16447", directory: "/srv/spaces/fast" }],
		},
		failedChecks: [],
		walFiles: [3, 4, 5, 6, 7, 8].map((number) => `00000001000000000000000${number}`),
		...{ rsyncFault: null, restoreCommand: "", fetchFault: null },
		madeRestoreCommand: "/usr/bin/barman-wal-restore -U barman localhost pg %f %p",
		bytesPerSecond: expect.closeTo(16_777_216 / 10.189, -4),
		upstream: { lsn: "0/90048D8", segmentBytes: 16_777_216, oldestWal: "0000000000000008" },
	});
});

test("a dead server is what barman check says, not a missing backup", () => {
	// The script puts it into one line.
	const check = fixtureText("barman/check-server-down.txt").replaceAll("\n", " ");
	const survey = parseBarmanSurvey(changed("check", `check ${check}`));
	expect(survey?.backup?.status).toBe("DONE");
	expect(survey?.failedChecks).toEqual([
		"pg basebackup compatible (PostgreSQL version: None, pg_basebackup version: 15.20)",
		"pg receivexlog compatible (PostgreSQL version: None, pg_receivexlog version: 15.20)",
		"postgresql",
		"receive wal running (See the Barman log file for more details)",
	]);
});

test.each([
	[
		`backup {"_ERROR": ["Unknown backup 'latest' for server 'pg'"]}`,
		"Unknown backup 'latest' for server 'pg'",
	],
	["fault ssh: Could not resolve hostname nowhere: Temporary failure in name resolution", "ssh: Could not"],
	['backup {"pg": {"backup_id": "../x"}}', "it gave no answer"],
])("says why there is no backup: %s", (line, fault) => {
	expect(parseBarmanSurvey(changed("backup", line))).toMatchObject({
		backup: null,
		fault: expect.stringContaining(fault),
	});
});

let host: LocalHost;
beforeEach(() => {
	host = new LocalHost(2);
});
afterEach(() => host.remove());

const conf = (text: string): string => {
	const path = join(host.home, "repmgr.conf");
	writeFileSync(path, text);
	return path;
};

const read = async (text: string, given: { host: string; server: string } | null = null) =>
	(await surveyBarman({ ...host, configFile: conf(text) }, given, registration(1))).value;

test("asks nobody where repmgr.conf names no Barman, and no host that ssh would take for an option", async () => {
	const ssh = join(host.home, "bin", "ssh");
	writeFileSync(ssh, `#!/bin/sh\ntouch ${host.home}/asked\n`);
	chmodSync(ssh, 0o755);
	expect(await read("node_id=2\n")).toBeNull();
	expect((await read("barman_host='-oProxyCommand=x'\nbarman_server='pg'\n"))?.backup).toBeNull();
	expect((await read("barman_host='b;touch x'\nbarman_server='pg'\n"))?.backup).toBeNull();
	expect(() => chmodSync(`${host.home}/asked`, 0o600)).toThrow();
});

test("asks over ssh as repmgr does, with Barman's configuration file", async () => {
	const ssh = join(host.home, "bin", "ssh");
	writeFileSync(
		ssh,
		`#!/bin/sh\necho "$*" >> ${host.home}/asked\necho "ssh: Permission denied" >&2\nexit 255\n`,
	);
	chmodSync(ssh, 0o755);
	const text =
		"barman_host='barman@b'\nbarman_server='pg'\nbarman_config='/etc/b.conf'\nrestore_command='cp %f %p'\n";
	expect(await read(text)).toMatchObject({
		...{ host: "barman@b", server: "pg", configFile: "/etc/b.conf", restoreCommand: "cp %f %p" },
		...{ backup: null, fault: "ssh: Permission denied", failedChecks: null, upstream: null },
	});
	// The file belongs to the Barman of repmgr.conf.
	expect(await read(text, { host: "other", server: "main" })).toMatchObject({
		...{ host: "other", server: "main", configFile: "" },
	});
});
