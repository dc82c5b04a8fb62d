import { expect, test } from "vitest";
import type { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const POSTGRESQL_LOG = "/var/log/postgresql/postgresql-15-main.log";
const REPMGRD_LOG = "/var/log/postgresql/repmgrd.log";

/** How soon a written line must be on the screen. */
const PROMPT_MS = 3000;

/** Opens the logs of a node as an operator does, on a terminal wide enough for paths beside any two dates. */
async function openLogs(host: string, size = { columns: 220, rows: 50 }): Promise<Terminal> {
	const terminal = await bastion.terminal(["-d", conninfoOf("node1")], size);
	await terminal.waitFor(new RegExp(`${host} .*(running|streaming)`), 20_000);
	terminal.press(`:logs ${host}\r`);
	await terminal.waitFor(
		(text) => text.includes(`LOGS OF ${host}`) && (text.match(/─ following ─/g) ?? []).length === 2,
		20_000,
	);
	return terminal;
}

async function shell(host: string, script: string, ...args: readonly string[]): Promise<string> {
	const { stdout } = await cluster.exec(host, ["sh", "-c", script, "sh", ...args]);
	return stdout;
}

/** Makes PostgreSQL log a line. */
async function logByServer(host: string, text: string): Promise<void> {
	await cluster.sql(host, `DO $$ BEGIN RAISE WARNING '${text}'; END $$`);
}

const append = (host: string, file: string, line: string) => shell(host, 'echo "$2" >> "$1"', file, line);

test("shows lines of PostgreSQL and repmgrd within 3 s, with the path of their file", async () => {
	const terminal = await openLogs("node1");
	await terminal.waitFor(`POSTGRESQL  ${POSTGRESQL_LOG}`);
	await terminal.waitFor(`REPMGRD  ${REPMGRD_LOG}`);
	await terminal.waitFor(/\[NOTICE\] monitoring cluster primary "node1"/);

	await logByServer("node1", "a zebra crosses");
	await terminal.waitFor(/WARNING: {2}a zebra crosses/, PROMPT_MS);

	const starts = (text: string) => text.match(/\[NOTICE\] repmgrd .* starting up/g)?.length ?? 0;
	const before = starts(terminal.text());
	await cluster.fault("kill-repmgrd", "node1");
	await cluster.heal("kill-repmgrd", "node1");
	await terminal.waitFor((text) => starts(text) === before + 1, PROMPT_MS);
	terminal.close();
});

test("keeps whole messages when only errors are shown, and a filter narrows further, at 80×24", async () => {
	const terminal = await openLogs("node1", { columns: 80, rows: 24 });
	await cluster.sql("node1", "SELECT 1/0").catch(() => undefined);
	await terminal.waitFor(/division by zero/, PROMPT_MS + 2000);
	terminal.press("1!");
	await terminal.waitFor(
		(text) => /ERROR: {2}division/.test(text) && /STATEMENT/.test(text) && !/LOG: {2}/.test(text),
	);
	terminal.press("/division\r");
	await terminal.waitFor((text) => /ERROR: {2}division/.test(text) && !/STATEMENT/.test(text));
	terminal.close();
});

test.each([
	["renamed", 'mv "$1" "$1.1"; echo "$2" > "$1"; chown postgres "$1"'],
	["copied and emptied", 'cp "$1" "$1.1"; : > "$1"; echo "$2" >> "$1"'],
])(
	"follows a log that is %s by logrotate, without losing its last lines",
	{
		timeout: 120_000,
	},
	async (how, rotate) => {
		const terminal = await openLogs("node2");
		await append("node2", REPMGRD_LOG, `${how}: last of the old`);
		await terminal.waitFor(`${how}: last of the old`, PROMPT_MS);
		await shell("node2", rotate, REPMGRD_LOG, `${how}: first of the new`);
		await terminal.waitFor(
			(text) => text.includes("the log goes on in a new file") && text.includes(`${how}: first of the new`),
			PROMPT_MS,
		);
		await append("node2", REPMGRD_LOG, `${how}: second of the new`);
		await terminal.waitFor(`${how}: second of the new`, PROMPT_MS);
		expect(terminal.text().split(`${how}: last of the old`)).toHaveLength(2);
		terminal.close();
	},
);

test("finds the files of PostgreSQL's logging collector, and follows into the next one", async () => {
	await shell(
		"node3",
		`printf '%s\\n' 'logging_collector = on' "log_filename = 'pg-%M%S.log'" > /etc/postgresql/15/main/conf.d/collector.conf
		systemctl restart postgresql@15-main`,
	);
	await cluster.waitHealthy();
	const terminal = await openLogs("node3");
	await terminal.waitFor(/POSTGRESQL {2}\S*\/log\/pg-\d{4}\.log/);
	await logByServer("node3", "before the switch");
	await terminal.waitFor("before the switch", PROMPT_MS);
	// The file name has the second in it.
	await new Promise((resolve) => setTimeout(resolve, 1100));
	await cluster.sql("node3", "SELECT pg_rotate_logfile()");
	await new Promise((resolve) => setTimeout(resolve, 1100));
	await logByServer("node3", "after the switch");
	await terminal.waitFor("after the switch", PROMPT_MS);
	terminal.close();
});

test("reports in both logs that SSH does not work, and shows them again once it does", async () => {
	const terminal = await openLogs("node4");
	await cluster.fault("cut", "node4");
	try {
		await terminal.waitFor((text) => (text.match(/since \d\d:\d\d:\d\d: /g) ?? []).length === 2, 30_000);
	} finally {
		await cluster.heal("cut", "node4");
	}
	await terminal.waitFor((text) => (text.match(/─ following ─/g) ?? []).length === 2, 30_000);
	terminal.close();
});
