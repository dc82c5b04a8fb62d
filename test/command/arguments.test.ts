import { describe, expect, test } from "vitest";
import type { AccessOptions } from "../../src/command/access-options.ts";
import { parseArguments, programOf } from "../../src/command/arguments.ts";
import { recordOutput } from "../support/fake-session.ts";

function parse(line: string) {
	const { out, err, output } = recordOutput();
	const parsed = parseArguments(line.split(" ").filter(Boolean), "1.2.3", output);
	return { parsed, out: out.join("\n"), err: err.join("\n") };
}

describe("access options", () => {
	const table: readonly [string, Partial<AccessOptions>][] = [
		["", { ssh: true, acceptNewHostKeys: false }],
		["-d host=node1", { dbname: "host=node1" }],
		["--dbname=host=node1", { dbname: "host=node1" }],
		["--dbname postgresql://node1/repmgr", { dbname: "postgresql://node1/repmgr" }],
		["-f /etc/repmgr.conf", { file: "/etc/repmgr.conf" }],
		["--file /etc/repmgr.conf", { file: "/etc/repmgr.conf" }],
		["--cluster prod", { cluster: "prod" }],
		["--config my.yaml --cluster prod", { config: "my.yaml", cluster: "prod" }],
		["--interval 0.5", { intervalSeconds: 0.5 }],
		["--interval 0.2", { intervalSeconds: 0.2 }],
		["--interval 3600", { intervalSeconds: 3600 }],
		["--ssh-user dba", { sshUser: "dba" }],
		["--ssh-port 2222", { sshPort: 2222 }],
		["--identity key", { identity: "key" }],
		["--no-ssh", { ssh: false }],
		["--accept-new-host-keys", { acceptNewHostKeys: true }],
	];

	test.each(table)("apply to the screen: %s", (line, access) => {
		expect(parse(line).parsed).toMatchObject({ command: "screen", access });
	});

	test.each(table)("may come before the command: %s status", (line, access) => {
		expect(parse(`${line} status`).parsed).toMatchObject({ command: "status", access });
	});

	test.each(table)("may come after the command: events %s", (line, access) => {
		expect(parse(`events ${line}`).parsed).toMatchObject({ command: "events", access });
	});
});

describe("each command's options", () => {
	test.each([
		["status", { format: "text", watch: false }],
		["status --json", { format: "json" }],
		["status --csv", { format: "csv" }],
		["status --json --watch", { format: "json", watch: true }],
		["events", { json: false, follow: false, limit: 20 }],
		["events --json --follow --limit 0", { json: true, follow: true, limit: 0 }],
		["viewpoints", { command: "viewpoints", json: false }],
		["viewpoints --json", { command: "viewpoints", json: true }],
		["crosscheck", { command: "crosscheck", json: false }],
		["crosscheck --json", { command: "crosscheck", json: true }],
		["report", { command: "report", options: { file: undefined, from: undefined } }],
		["report my.record --from 2h", { command: "report", options: { file: "my.record", from: "2h" } }],
		["handover --hours 24", { command: "handover", hours: 24 }],
		["record my.record", { command: "record", file: "my.record" }],
		["replay my.record --list", { command: "replay", what: "my.record", lists: true }],
		["failover --preview", { command: "failover", json: false }],
		["failover --preview --json", { command: "failover", json: true }],
		["config check", { command: "config check", path: undefined }],
		["config init --config my.yaml", { command: "config init", path: "my.yaml" }],
		["config --config my.yaml check", { command: "config check", path: "my.yaml" }],
	])("%s", (line, invocation) => {
		expect(parse(line).parsed).toMatchObject(invocation);
	});
});

test("every command reads the words that it declares, and no more", () => {
	const { output } = recordOutput();
	for (const command of programOf("1.2.3", output, () => {}).commands) {
		const words = command.registeredArguments.map(({ argChoices }) => argChoices?.[0] ?? "word");
		expect(() => parse([command.name(), ...words].join(" ")), command.name()).not.toThrow();
		expect(() => parse(command.name()), command.name()).not.toThrow();
	}
});

describe("a usage error exits with 64 (EX_USAGE), prints an error and a HINT, and nothing on standard output", () => {
	test.each([
		["--colour", /unknown option '--colour'/],
		[
			"failover",
			/"failover" needs --preview: it only predicts .*\nHINT: {2}To promote a standby .*: promote NODE\./,
		],
		["failover --json", /needs --preview/],
		["status --jsn", /unknown option '--jsn'\nHINT: {2}Did you mean --json\?/],
		["statis", /unknown command "statis"\nHINT: {2}Did you mean "status"\?/],
		["status now", /too many arguments/],
		["-d", /argument missing/],
		["-d a -f b", /'-f, --file <repmgr\.conf>' cannot be used with option '-d, --dbname <conninfo>'/],
		["--cluster a -d b", /'--cluster <name>' cannot be used with option '-d, --dbname <conninfo>'/],
		["--cluster a -f b", /'--cluster <name>' cannot be used with option '-f, --file <repmgr\.conf>'/],
		["status -d a -f b", /cannot be used with/],
		["-d a status -f b", /cannot be used with/],
		["status --json --csv", /'--csv' cannot be used with option '--json'/],
		["--interval 0.1", /from 0\.2 to 3600/],
		["--interval 3601", /from 0\.2 to 3600/],
		["--interval soon", /from 0\.2 to 3600/],
		["--interval=", /from 0\.2 to 3600/],
		["--interval NaN", /from 0\.2 to 3600/],
		["--ssh-port 0", /from 1 to 65535/],
		["--ssh-port 65536", /from 1 to 65535/],
		["--ssh-port ssh", /whole number/],
		["events --limit -1", /whole number/],
		["events --limit 1.5", /whole number/],
		["events --limit 1e3", /whole number/],
		["config", /config/],
		["config chekc", /unknown command 'chekc'/],
	])("%s", (line, message) => {
		const { parsed, out, err } = parse(line);
		expect(parsed).toBe(64);
		expect(out).toBe("");
		expect(err).toMatch(message);
		if (line !== "config") expect(err).toMatch(/^repmgr-console: error: .+\nHINT: {2}\S/);
	});
});

test("--help and --version print and exit with 0", () => {
	expect(parse("--version")).toMatchObject({ parsed: 0, out: "1.2.3", err: "" });
	for (const line of ["--help", "-h", "help", "status --help", "help status"]) {
		const { parsed, out, err } = parse(line);
		expect([parsed, err]).toEqual([0, ""]);
		expect(out).toMatch(/^Usage: repmgr-console/);
	}
});

describe("practice", () => {
	test.each([
		["practice", { scenario: "calm", lists: false, speed: 1, theme: undefined }],
		["practice split-brain --speed 20", { scenario: "split-brain", speed: 20 }],
		["practice --list", { lists: true }],
		["practice --theme mono", { theme: "mono" }],
	])("%s", (line, expected) => {
		expect(parse(line).parsed).toMatchObject({ command: "practice", ...expected });
	});

	test.each(["0", "21", "1.5", "fast"])("refuses the speed %s", (speed) => {
		expect(parse(`practice --speed ${speed}`).err).toMatch(/whole number/);
	});
});
