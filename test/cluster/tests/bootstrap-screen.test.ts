import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bareHostsForFile } from "./support.ts";

/** The first guide's cluster by keys alone. */
const bastion = bareHostsForFile(2);

test("from bare hosts to the proof by keys alone, on 80×24; a console that was killed is resumed by running it again", async () => {
	const directory = await bastion.directory();
	const open = () => bastion.terminal(["bootstrap"], { columns: 80, rows: 24, cwd: directory });
	const first = await open();
	await first.waitFor("What kind of cluster?", 20_000);
	first.press("\u001B[A\u001B[A\r");
	await first.waitFor("Which hosts?");
	first.press("node1 node2");
	await first.waitFor("2. standby  node2");
	first.press("\r");
	await first.waitFor("Which user logs in to the hosts?");
	first.press("root\r");
	for (const title of ["What is the cluster called?", "What are the nodes called?"]) {
		await first.waitFor(title);
		first.press("\r");
	}
	await first.waitFor(/✓ node2 {2}Debian GNU\/Linux 12 \(bookworm\); PostgreSQL 15/, 120_000);
	// The other questions have answers that work.
	first.press("\t");
	await first.waitFor("ALL ANSWERS");
	first.press("\r");
	await first.waitFor("THE PLAN", 120_000);
	first.press("\r");
	await first.waitFor("Type main to carry this out:");
	first.press("main\r");
	await first.waitFor(/install the packages, [\s\S]*(Unpacking|Preparing|Selecting|Get:)/, 120_000);
	first.kill("SIGKILL");
	await first.exit;

	// What the first console has written can be changed here: the answers come first.
	const second = await open();
	await second.waitFor("ALL ANSWERS", 20_000);
	second.press("\r");
	await second.waitFor("THE PLAN", 180_000);
	second.press("\r");
	await second.waitFor("Type main to carry this out:");
	second.press("main\r");
	await second.waitFor("The cluster works, and this was proved:", 300_000);
	await second.waitFor('✓ "node2" streams from "node1"');
	const report = await readFile(join(directory, "main.md"), "utf8");
	expect(report).toContain("- [x] every node reaches every other");
	expect(report).not.toContain("- [ ]");
	// Enter leads to the console on the new cluster.
	second.press("\r");
	await second.waitFor(/ primary node1 [\s\S]*node2 .*standby/, 30_000);
	second.press("q");
	expect((await second.exit).exitCode).toBe(0);
});
