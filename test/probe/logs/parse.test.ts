import { describe, expect, test } from "vitest";
import { parseLogs } from "../../../src/probe/logs/parse.ts";
import { redactor } from "../../../src/text/redact.ts";
import { fixtureText } from "../../support/fixtures.ts";

const redact = redactor(() => ["known-one"]);
const logOf = (output: string, name: string) => parseLogs(output, redact)?.get(name);

/** What the script would print of one log. */
const printed = (...lines: readonly string[]) => `${lines.join("\n")}\nend\n`;

describe("a recorded read of a primary's logs", () => {
	const output = fixtureText("logs/primary.txt");

	test("PostgreSQL's", () => {
		const log = logOf(output, "postgresql");
		expect(log?.look).toMatchObject({
			source: "/var/log/postgresql/postgresql-15-main.log",
			isFirst: true,
			fault: null,
		});
		const texts = log?.look.lines.map(({ text }) => text) ?? [];
		expect(texts[0]).toMatch(/^2026-.*LOG: {2}starting PostgreSQL 15\.20/);
		expect(texts.filter((text) => text.includes("ünïcode"))).toHaveLength(1);
		// A tab at the beginning, where a statement goes on, becomes a blank.
		expect(texts).toContain("   broken");
		expect(log?.position).toEqual({
			file: "/var/log/postgresql/postgresql-15-main.log",
			inode: expect.stringMatching(/^\d+$/),
			offset: expect.stringMatching(/^\d+$/),
			cursor: "",
		});
	});

	test("repmgrd's", () => {
		const log = logOf(output, "repmgrd");
		expect(log?.look.source).toBe("/var/log/postgresql/repmgrd.log");
		expect(log?.look.lines[0]?.text).toMatch(/\[NOTICE\] repmgrd \(repmgrd 5\.3\.3\) starting up$/);
	});
});

test("parses a recorded journal, where nothing logs to a file", () => {
	const log = logOf(fixtureText("logs/journal.txt"), "repmgrd");
	expect(log?.look.source).toBe("journal, units repmgr*.service");
	expect(log?.look.lines.at(-1)?.text).toMatch(/repmgrd\[\d+\]: .*redirecting logging output/);
	expect(log?.position).toMatchObject({ file: "", cursor: expect.stringMatching(/^s=\w+;i=/) });
});

test("reports a recorded denial to read the journal, with what to do", () => {
	for (const name of ["postgresql", "repmgrd"]) {
		const log = logOf(fixtureText("logs/no-rights.txt"), name);
		expect(log?.look.fault).toMatchObject({
			kind: "permission",
			hint: expect.stringContaining("systemd-journal"),
		});
		expect(log?.position).toBeNull();
	}
});

test("rejects output without its end", () => {
	expect(parseLogs(fixtureText("logs/primary.txt").replace(/end\n$/, ""), redact)).toBeNull();
	expect(parseLogs("", redact)).toBeNull();
});

test("reports rotation and skipped lines where they happened", () => {
	const log = logOf(
		printed("log repmgrd file /r.log", "|old", "rotated", "skipped 70000", "|new", "to 7 90000"),
		"repmgrd",
	);
	expect(log?.look.lines).toEqual([
		{ text: "old", isNote: false },
		{ text: "the log goes on in a new file /r.log", isNote: true },
		{ text: "69 kB were passed over: the log grew too fast", isNote: true },
		{ text: "new", isNote: false },
	]);
	expect(log?.look.isFirst).toBe(false);
	expect(log?.position).toMatchObject({ inode: "7", offset: "90000" });
});

test("never takes a line of the log for a line of the script", () => {
	const log = logOf(
		printed("log repmgrd file /r.log", "|to 1 2", "|log postgresql none", "to 7 9"),
		"repmgrd",
	);
	expect(log?.look.lines.map(({ text }) => text)).toEqual(["to 1 2", "log postgresql none"]);
	expect(log?.position).toMatchObject({ inode: "7", offset: "9" });
});

test("replaces control characters, and cuts a very long line", () => {
	const log = logOf(
		printed("log repmgrd file /r\u001B[2J.log", "|\u001B]0;gotcha\u0007", `|${"x".repeat(9000)}`, "to 1 2"),
		"repmgrd",
	);
	expect(log?.look.source).toBe("/r\uFFFD[2J.log");
	expect(log?.look.lines[0]?.text).toBe("\uFFFD]0;gotcha\uFFFD");
	expect(log?.look.lines[1]?.text.length).toBeLessThan(4100);
});

test("does not pass a position that is no number to a shell", () => {
	const log = logOf(printed("log repmgrd file /r.log", "to a[$(reboot)] 2"), "repmgrd");
	expect(log?.position).toMatchObject({ inode: "", offset: "" });
	expect(logOf(printed("log repmgrd journal u", "to s=1 --flush"), "repmgrd")?.position).toBeNull();
});

test.each([
	['connecting to database "host=n1 password=geheim user=r"', "geheim"],
	["conninfo: password='ge heim' host=n1", "heim"],
	["PASSWORD = geheim", "geheim"],
	["postgresql://repmgr:geheim@node1/repmgr", "geheim"],
])("conceals a password in a log: %s", (line, secret) => {
	const text = logOf(printed("log repmgrd file /r.log", `|${line}`, "to 1 2"), "repmgrd")?.look.lines[0]
		?.text;
	expect(text).not.toContain(secret);
	expect(text).toContain("***");
});

test.each([
	["log postgresql denied /var/lib/x.log", "permission", "permission denied for /var/lib/x.log"],
	["log postgresql none", "command", "where PostgreSQL logs was not found"],
])("%s", (line, kind, message) => {
	expect(logOf(printed(line), "postgresql")?.look.fault).toMatchObject({ kind, message });
});

test("notes that a full read of the journal may have skipped entries", () => {
	const entries = Array.from({ length: 500 }, (_, position) => `|entry ${position}`);
	const output = printed("log repmgrd journal u", ...entries, "to s=1;i=2");
	expect(logOf(output, "repmgrd")?.look.lines[0]).toMatchObject({ isNote: true });
	expect(logOf(output.replace("journal u", "journal u\nfirst"), "repmgrd")?.look.lines[0]).toMatchObject({
		isNote: false,
	});
});
