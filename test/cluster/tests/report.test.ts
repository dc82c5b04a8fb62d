import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DrillReport } from "../../../src/operation/drill/report.ts";
import { PASSWORDS } from "../settings.ts";
import { ACCESS, PATIENT } from "./operating.ts";
import { clusterForFile, conninfoOf, eventually, LOG_FILE, restoredForRetries } from "./support.ts";

const bastion = clusterForFile();
restoredForRetries(bastion);

const ROUGHLY_SECONDS = 1;

/** A section of the report. */
const part = (text: string, title: string): string => text.split(`\n## ${title}`)[1]?.split("\n## ")[0] ?? "";

test("the report of a failover holds the outage, the loss and the promoted node that the drill measured", async () => {
	const state = await bastion.directory();
	await eventually(async () => {
		const { exitCode, stdout, stderr } = await bastion.run(["drill", "--dry-run", ...ACCESS], PATIENT);
		expect(exitCode, stdout + stderr).toBe(0);
	});
	const record = join(await bastion.directory(), "drill.record");
	const screen = await bastion.terminal([...ACCESS, "--record", record]);
	await screen.waitFor(/^OK /m, 60_000);
	const words = ["drill", "--how", "kill", "--yes", "--accept-loss", "1000000", "--json", ...ACCESS];
	const drill = await bastion.run(words, { state, ...PATIENT });
	expect(drill.exitCode, drill.stdout + drill.stderr).toBe(0);
	const { came, primary } = (JSON.parse(drill.stdout) as { run: { report: DrillReport } }).run.report;
	const outage = came.writeOutageSeconds ?? 0;
	await screen.waitFor(/^OK /m, 60_000);
	screen.press("\u0003");
	expect((await screen.exit).exitCode).toBe(0);

	// With the journal of the bastion where the drill ran.
	const known = await bastion.run(["report", "--from", "30min", ...ACCESS], { state, ...PATIENT });
	expect(known.exitCode, known.stderr).toBe(0);
	expect(part(known.stdout, "Summary")).toContain(
		`the primary changed from ${primary} to ${came.winner} (drill by root on`,
	);
	expect(part(known.stdout, "Summary")).toContain(
		`nobody could write for ${outage.toFixed(2)} s (measured by writing); ${came.lostWrites} of ${came.acknowledgedWrites} acknowledged writes lost`,
	);

	// From anywhere else: by repmgr's events, the logs of all hosts and the timelines alone.
	const { stdout, stderr, exitCode } = await bastion.run(["report", "--from", "30min", ...ACCESS], PATIENT);
	expect(exitCode, stderr).toBe(0);
	const summary = part(stdout, "Summary");
	expect(summary).toContain(`the primary changed from ${primary} to ${came.winner} (failover by repmgrd)`);
	const [, byLogs] = /nobody could write for about ([\d.]+) s \(by the logs\)/.exec(summary) ?? [];
	expect(Math.abs(Number(byLogs) - outage), summary).toBeLessThan(ROUGHLY_SECONDS);
	const promotion = part(stdout, `Promotion of ${came.winner}`);
	for (const meaning of [
		"The postmaster is gone",
		"All attempts to reconnect have failed",
		"has won the election",
	])
		expect(promotion).toContain(meaning);
	const timeline = part(stdout, "Timeline");
	for (const witness of ["repmgr.events", "PostgreSQL", "repmgrd"])
		expect(timeline).toContain(`| ${witness} |`);
	const times = [...timeline.matchAll(/^\| (\d\S+ \S+) \|/gm)].map(([, time]) => time);
	expect(times).toEqual(times.toSorted());
	expect(part(stdout, "Clocks").match(/^\| node\d \| [+-]0\.\d{3} s \|/gm)).toHaveLength(4);
	expect(stdout + known.stdout).not.toContain("repmgr-secret");

	// By the record, with the cluster and without it.
	for (const access of [ACCESS, ["-d", conninfoOf("192.0.2.1"), "--no-ssh"]]) {
		const { stdout, stderr, exitCode } = await bastion.run(["report", record, ...access], PATIENT);
		expect(exitCode, stderr).toBe(0);
		const summary = part(stdout, "Summary");
		expect(summary).toContain(
			`the primary changed from ${primary} to ${came.winner} (failover by repmgrd); no primary answered for`,
		);
		const [, least, most, loss] =
			/for ([\d.]+) s at least and ([\d.]+) s at most \(seen by polling\); (.*)\./.exec(summary) ?? [];
		expect(Number(least), summary).toBeLessThan(outage + ROUGHLY_SECONDS);
		expect(Number(most), summary).toBeGreaterThan(outage - ROUGHLY_SECONDS);
		expect(Number(most) - Number(least), summary).toBeLessThan(Math.max(3, outage));
		if (came.lostWrites === 0) expect(loss).toMatch(/^(0 bytes lost|bytes lost: unknown; 0 of)/);
		else expect(loss).toMatch(/of its WAL lost$/);
		expect(part(stdout, "Findings")).toMatch(/\| FAILOVER_IN_PROGRESS \|/);
		expect(stdout).not.toContain("repmgr-secret");
	}
	const journalToo = await bastion.run(["report", record, ...ACCESS], { state, ...PATIENT });
	expect(part(journalToo.stdout, "Summary")).toContain(
		`nobody could write for ${outage.toFixed(2)} s (measured by writing); ${came.lostWrites} of ${came.acknowledgedWrites} acknowledged writes lost`,
	);

	const handover = await bastion.run(["handover", ...ACCESS], { state, ...PATIENT });
	expect(handover.exitCode, handover.stderr).toBe(0);
	expect(handover.stdout).toMatch(
		new RegExp(`NOW    OK: primary ${came.winner}[\\s\\S]*DONE[\\s\\S]*drill[\\s\\S]*: done after`),
	);
	expect(handover.stdout.split("\n").length).toBeLessThanOrEqual(25);
});

const SECRET = "QZXJ-QZXJ-QZXJ";

/** As root, on a node: a password wherever people write one. $1 the log, $2 the secret. */
const PLANT = `printf "event_notification_command='PGPASSWORD=%s psql -c notify'\\n" "$2" >> /etc/repmgr.conf
printf 'host all nobody 192.0.2.1/32 ldap ldapserver=x ldapprefix=x ldapbinddn=x ldapbindpasswd="%s"\\n' "$2" >> /etc/postgresql/15/main/pg_hba.conf
printf 'node9:5432:*:nobody:%s\\n' "$2" >> /var/lib/postgresql/.pgpass
printf "2026-12-01 00:00:00.000 UTC [1] STATEMENT:  ALTER ROLE x PASSWORD '%s'\\n" "$2" >> "$1"
printf '[2026-12-01 00:00:00] [ERROR] connection to "host=node9 password=%s" failed\\n' "$2" >> /var/log/postgresql/repmgrd.log
runuser -u postgres -- psql -qc "ALTER SYSTEM SET archive_command = 'PGPASSWORD=$2 true'" -c "SELECT pg_reload_conf()" >/dev/null || true`;

test("a bundle has what support asks for, and no password that is written anywhere", async () => {
	for (const host of ["node1", "node2"])
		await bastion.cluster.exec(host, ["bash", "-euc", PLANT, "bash", LOG_FILE, SECRET], { check: true });
	const out = join(await bastion.directory(), "bundle");
	const { exitCode, stderr } = await bastion.run(["report", "--bundle", "--out", out, ...ACCESS], PATIENT);
	expect(exitCode, stderr).toBe(0);
	const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
		statSync(join(out, name)).isFile(),
	);
	const ofNodes = ["1-node1", "2-node2", "3-node3", "4-node4"].flatMap((node) =>
		["pg_hba.conf", "postgresql.log", "repmgr.conf", "repmgrd.log", "settings.conf"].map(
			(name) => `${node}/${name}`,
		),
	);
	expect(files).toEqual(
		expect.arrayContaining(["MANIFEST.md", "report.md", "status.json", "lint.json", ...ofNodes]),
	);
	for (const name of files) {
		const text = readFileSync(join(out, name), "utf8");
		for (const secret of [SECRET, ...Object.values(PASSWORDS)]) expect(text, name).not.toContain(secret);
		expect(statSync(join(out, name)).mode & 0o777, name).toBe(0o600);
	}
	const read = (name: string): string => readFileSync(join(out, name), "utf8");
	expect(read("MANIFEST.md")).toMatch(/## Not read\n\nEverything was read\./);
	// The lines are there, without the secret.
	expect(read("1-node1/repmgr.conf")).toContain("event_notification_command = '");
	expect(read("1-node1/postgresql.log")).toContain("ALTER ROLE x PASSWORD ********");
	expect(read("1-node1/repmgrd.log")).toContain("node9");
});
