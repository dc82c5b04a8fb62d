import { describe, expect, test } from "vitest";
import type { LinkResult } from "../../../src/model/crosscheck.ts";
import { CrosscheckReader } from "../../../src/probe/crosscheck/parse.ts";
import { fixtureText } from "../../support/fixtures.ts";

const destinations = [1, 2, 3, 4].map((nodeId) => ({
	nodeId,
	host: `node${nodeId}`,
	conninfo: `host=node${nodeId}`,
	password: null,
}));

function read(text: string): readonly LinkResult[] {
	return new CrosscheckReader(destinations).take(text);
}

const recorded = (name: string) => read(fixtureText(`crosscheck/${name}.txt`));

const inShort = (results: readonly LinkResult[]) =>
	results.map(({ way, toNodeId, state, word }) => `${way} ${toNodeId} ${state} ${word}`).toSorted();

const find = (results: readonly LinkResult[], way: string, to: number): LinkResult => {
	const found = results.find((result) => result.way === way && result.toNodeId === to);
	if (found === undefined) throw new Error(`no ${way} to ${to}`);
	return found;
};

describe("the output of real hosts", () => {
	test("all well", () => {
		expect(inShort(recorded("healthy"))).toEqual([
			"repmgr 1 ok ok",
			"repmgr 2 ok ok",
			"repmgr 4 ok ok",
			...[1, 2, 3, 4].map((id) => `sql ${id} ok ok`),
			...[1, 2, 4].map((id) => `ssh ${id} ok ok`),
		]);
	});

	test("a stopped server, a host that is gone, a changed host key", () => {
		const results = recorded("faults-a");
		expect(inShort(results)).toEqual([
			"repmgr 2 ok ok",
			"sql 1 ok ok",
			"sql 2 ok ok",
			"sql 3 failed refused",
			"sql 4 failed no route",
			"ssh 2 ok ok",
			"ssh 3 failed key changed",
			"ssh 4 failed no route",
		]);
		const { lines, command, milliseconds } = find(results, "ssh", 3);
		expect(milliseconds).toBe(130);
		expect(lines).toContain("Offending ED25519 key in /var/lib/postgresql/.ssh/known_hosts:3");
		expect(lines.at(-1)).toBe("Host key verification failed.");
		expect(lines.join("")).not.toContain("@@@");
		expect(command).toEqual(["ssh", "-o", "Batchmode=yes", "-o", "ConnectTimeout=5", "node3", "/bin/true"]);
	});

	test("no password, pg_hba.conf, an unknown host key, a key that is not let in, no sshd; options with blanks", () => {
		const results = recorded("faults-b");
		expect(inShort(results)).toEqual([
			"sql 1 failed password",
			"sql 2 failed password",
			"sql 3 failed password",
			"sql 4 failed pg_hba",
			"ssh 2 failed host key",
			"ssh 3 failed refused",
			"ssh 4 failed denied",
		]);
		expect(find(results, "sql", 4).lines[0]).toMatch(
			/^connection to server at "node4" .* pg_hba\.conf rejects/,
		);
		expect(find(results, "ssh", 2).command).toContain("ConnectTimeout 5");
	});

	test("another bindir, a wrong password, a black hole: psql's words come once", () => {
		const results = recorded("no-repmgr");
		expect(inShort(results)).toEqual([
			"repmgr 1 failed no repmgr",
			"repmgr 3 failed no repmgr",
			"sql 1 failed password",
			"sql 2 failed password",
			"sql 3 failed refused",
			"sql 4 failed no answer",
			"ssh 1 ok ok",
			"ssh 3 ok ok",
			"ssh 4 failed no answer",
		]);
		expect(find(results, "sql", 1).lines).toEqual([
			'connection to server at "node1" (10.99.5.11), port 5432 failed: FATAL:  password authentication failed for user "repmgr"',
			'password retrieved from file "/var/lib/postgresql/.pgpass"',
		]);
		expect(find(results, "repmgr", 1)).toMatchObject({
			lines: [expect.stringContaining('"/opt/none/repmgr"')],
			command: [...(find(results, "ssh", 1).command ?? []).slice(0, -1), "command", "-v", "/opt/none/repmgr"],
		});
	});
});

describe("words for other messages", () => {
	test.each([
		["sql", "2 connection … failed: FATAL:  the database system is starting up", "starting"],
		["sql", "2 FATAL:  the database system is shutting down", "stopping"],
		["sql", "2 FATAL:  sorry, too many clients already", "full"],
		["sql", '2 FATAL:  database "x" does not exist', "no database"],
		["sql", '2 FATAL:  role "x" does not exist', "no role"],
		["sql", '2 could not translate host name "x" to address: Name or service not known', "unknown host"],
		["sql", "2 certificate verify failed", "TLS"],
		["sql", "2 server closed the connection unexpectedly", "closed"],
		["sql", "2 Passwort-Authentifizierung fehlgeschlagen", "failed"],
		["sql", "124 ", "no answer"],
		["sql", "137 ", "no answer"],
		["ssh", "255 ssh: Could not resolve hostname x: Name or service not known", "unknown host"],
		["ssh", "255 kex_exchange_identification: Connection closed by remote host", "closed"],
		["ssh", "255 /home/p/.ssh/config: line 3: Bad configuration option: x", "ssh config"],
		["ssh", "1 This account is currently not available.", "failed"],
		["ssh", "124 ", "no answer"],
	])("%s %s: %s", (way, said, word) => {
		const [code, ...text] = said.split(" ");
		expect(read(`${way} 1 ${code} 10 ${text.join(" ")}\n`)).toMatchObject([{ way, state: "failed", word }]);
	});

	test("reports a program that printed nothing", () => {
		expect(read("ssh 1 1 10 \n")[0]?.lines).toEqual(["It ended with exit code 1 and said nothing."]);
	});

	test.each([
		[
			"psql is not there",
			"sql 1 127 0 timeout: failed to run command 'psql': No such file or directory",
			"not tried",
		],
	])("%s: leaves the connection unknown", (_, line, word) => {
		expect(read(`${line}\n`)).toMatchObject([{ state: "unknown", word }]);
	});

	test("reports a missing ssh as a failure", () => {
		const line = "ssh 1 127 0 timeout: failed to run command 'ssh': No such file or directory\n";
		expect(read(line)).toMatchObject([
			{ state: "failed", word: "no ssh", lines: ["ssh is not installed here."] },
		]);
	});

	test("reports that SSH works and repmgr is unknown when the login shell passes no input", () => {
		expect(inShort(read("ssh 1 99 10 repmgr-console: logged in\n"))).toEqual([
			"repmgr 1 unknown not asked",
			"ssh 1 ok ok",
		]);
	});
});

describe("pieces", () => {
	test("of any size give the same", () => {
		const text = fixtureText("crosscheck/faults-a.txt");
		const reader = new CrosscheckReader(destinations);
		expect([...text].flatMap((character) => reader.take(character))).toEqual(read(text));
		expect(reader.isReady).toBe(true);
	});

	test("ignores a line that is cut off", () => {
		const reader = new CrosscheckReader(destinations);
		expect(reader.take("rea")).toEqual([]);
		expect(reader.isReady).toBe(false);
		expect(reader.take("dy\nsql 1 0 20 1")).toEqual([]);
	});

	test("skips unknown results", () => {
		expect(read("sql 9 0 1 1\nsql x 0 1 1\nnonsense\n\nssh\n")).toEqual([]);
	});

	test("replaces control characters", () => {
		const [result] = read("option -o\u001B[2J\nssh 1 255 5 evil\u001B]0;x\u0007\n");
		expect(JSON.stringify(result)).not.toMatch(/\\u001b|\\u0007/i);
	});
});
