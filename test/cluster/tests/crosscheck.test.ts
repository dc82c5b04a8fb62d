import { afterEach, describe, expect, test } from "vitest";
import type { crosscheckRecord } from "../../../src/presentation/crosscheck.ts";
import type { viewpointsRecord } from "../../../src/presentation/viewpoints.ts";
import { run } from "../command.ts";
import { clusterForFile, conninfoOf, eventually, NO_FAILOVER } from "./support.ts";

/** Breaks the connections between nodes one by one, and compares what the console and repmgr report. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

type Document = ReturnType<typeof crosscheckRecord>;
type Link = Document["links"][number];

async function crosscheck(): Promise<{
	readonly exitCode: number;
	readonly document: Document;
	readonly stdout: string;
}> {
	const { exitCode, stdout, stderr } = await bastion.run(["crosscheck", "--json", "-d", conninfoOf("node1")]);
	expect(stdout, stderr).not.toBe("");
	return { exitCode, stdout, document: JSON.parse(stdout) as Document };
}

/** repmgr's own matrix, from node1: by "from to", 0 for a connection, -1 for none; unknown ones are left out. */
async function repmgrsCrosscheck(): Promise<ReadonlyMap<string, number>> {
	const command = "repmgr -f /etc/repmgr.conf cluster crosscheck --csv --terse";
	const argv = cluster.inBastion(["ssh", "node1", command]);
	const { stdout } = await run(argv, { check: false, timeoutMs: 120_000 });
	const lines = stdout.trim().split("\n");
	expect(lines).toHaveLength(16);
	const cells = lines.map((line) => line.split(",").map(Number));
	return new Map(cells.flatMap(([from, to, state]) => (state === -2 ? [] : [[`${from} ${to}`, state ?? 0]])));
}

/** Wherever repmgr knows the state of a connection, the console's SQL check agrees. */
function expectSame(document: Document, theirs: ReadonlyMap<string, number>): void {
	const ours = new Map(
		document.links
			.filter(({ way }) => way === "sql")
			.map(({ fromNodeId, toNodeId, state }) => [`${fromNodeId} ${toNodeId}`, state]),
	);
	for (const [cell, state] of theirs)
		expect(`${cell} ${ours.get(cell)}`).toBe(`${cell} ${state === 0 ? "ok" : "failed"}`);
}

/** The failing connections, as "1>2 ssh denied". */
const failures = ({ links }: Document): readonly string[] =>
	links
		.filter(({ state }) => state !== "ok")
		.map(({ fromNodeId, toNodeId, way, word }) => `${fromNodeId}>${toNodeId} ${way} ${word}`);

function linkOf({ links }: Document, from: number, to: number, way: Link["way"]): Link {
	const found = links.find((link) => link.fromNodeId === from && link.toNodeId === to && link.way === way);
	if (found === undefined) throw new Error(`no ${way} from ${from} to ${to}`);
	return found;
}

/** Runs the command that is shown, as an operator who copied it would. */
async function byHand(host: string, { command }: Link): Promise<string> {
	const { stderr } = await cluster.exec(host, ["sh", "-c", command ?? ""], {
		user: "postgres",
		check: false,
	});
	return stderr;
}

const heals: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const heal of heals.splice(0)) await heal();
});

async function fault(name: string, host: string, ...args: readonly string[]): Promise<void> {
	heals.push(() => cluster.heal(name, host, ...args));
	await cluster.fault(name, host, ...args);
}

/** Changes a file of a host; undone after the test. */
async function change(host: string, path: string, script: string): Promise<void> {
	await cluster.exec(host, ["cp", "-p", path, `${path}.before`]);
	heals.push(() => cluster.exec(host, ["mv", `${path}.before`, path]));
	await cluster.exec(host, ["sh", "-euc", script, "sh", path]);
}

/** On a busy machine a connection may take longer than its connect_timeout of 2 s, as it would for repmgr: tries again. */
async function crosscheckThatFinds(wanted: readonly string[]) {
	return await eventually(async () => {
		const found = await crosscheck();
		const failed = failures(found.document).map((text) => text.replace(/no answer|no route/, "…"));
		expect(failed).toEqual(wanted);
		return found;
	});
}

const SSH = "/var/lib/postgresql/.ssh";

test("all connections work in a healthy cluster, and repmgr agrees", async () => {
	const { exitCode, document } = await crosscheckThatFinds([]);
	expect(exitCode).toBe(0);
	expect(document.hosts.map(({ nodeName, asked }) => `${nodeName} ${asked}`)).toEqual(
		[1, 2, 3, 4].map((id) => `node${id} true`),
	);
	expect(document.links).toHaveLength(16 + 12 + 12);
	expect(await byHand("node2", linkOf(document, 2, 3, "ssh"))).toBe("");
	expect(await byHand("node2", linkOf(document, 2, 3, "sql"))).toBe("");
	expect(await byHand("node2", linkOf(document, 2, 3, "repmgr"))).toBe("");
	const theirs = await repmgrsCrosscheck();
	expect(theirs.size).toBe(16);
	expectSame(document, theirs);
});

test("finds two nodes that do not reach each other while all others reach both", async () => {
	await fault("cut-pair", "node2", "node3");
	const { exitCode, document } = await crosscheckThatFinds([
		"2>3 sql …",
		"2>3 ssh …",
		"3>2 sql …",
		"3>2 ssh …",
	]);
	expect(exitCode).toBe(1);
	expect(document.hosts.every(({ asked }) => asked)).toBe(true);
	const theirs = await repmgrsCrosscheck();
	expect([...theirs.values()].filter((state) => state === -1)).toHaveLength(2);
	expectSame(document, theirs);
});

test("tells failures of keys and passwords apart, each with the error message and a command that reproduces it", async () => {
	await fault("wrong-passfile", "node4");
	await change("node1", `${SSH}/known_hosts`, `sed -i '/^node2 /d' "$1"`);
	await change(
		"node2",
		`${SSH}/known_hosts`,
		`key=$(sed -n 's/^node3 //p' "$1"); sed -i "s|^node4 .*|node4 $key|" "$1"`,
	);
	await change("node4", "/etc/repmgr.conf", `sed -i "s|^pg_bindir=.*|pg_bindir='/opt/none'|" "$1"`);
	const { exitCode, document } = await crosscheck();
	expect(failures(document)).toEqual(
		expect.arrayContaining([
			"1>2 ssh host key",
			"2>4 ssh key changed",
			...[1, 2, 3, 4].map((to) => `4>${to} sql password`),
			...[1, 2, 3].map((to) => `4>${to} repmgr no repmgr`),
		]),
	);
	expect(exitCode).toBe(1);
	for (const [host, link, said] of [
		["node1", linkOf(document, 1, 2, "ssh"), "Host key verification failed."],
		["node2", linkOf(document, 2, 4, "ssh"), "Offending"],
		["node4", linkOf(document, 4, 1, "sql"), "password authentication failed"],
	] as const) {
		expect(link.lines.join("\n")).toContain(said);
		expect(await byHand(host, link)).toContain(said);
	}
	expect(JSON.stringify(document)).not.toMatch(/repmgr-secret|not-the-password/);
});

test("still checks from a host that has no authorized keys, and from one whose server is stopped", async () => {
	await change("node3", `${SSH}/authorized_keys`, `: > "$1"`);
	await fault("stop-postgres", "node2");
	const { document } = await crosscheck();
	expect(failures(document).filter((text) => text.includes(">2 "))).toEqual([
		"1>2 sql refused",
		"2>2 sql refused",
		"4>2 sql refused",
	]);
	expect(failures(document).filter((text) => text.includes(">3 "))).toEqual([
		"1>3 ssh denied",
		"2>3 ssh denied",
		"4>3 ssh denied",
	]);
	expect(linkOf(document, 2, 1, "sql").state).toBe("ok");
	// The console's own key is gone there, too.
	expect(document.hosts[2]).toMatchObject({ asked: false, fault: { kind: "authentication" } });
});

test("viewpoints shows a witness whose copy of repmgr.nodes differs", async () => {
	type Viewpoints = ReturnType<typeof viewpointsRecord>;
	// Its repmgrd copies the primary's table every 15 seconds, perhaps at this moment.
	await eventually(async () => {
		await cluster.sql("node4", "UPDATE repmgr.nodes SET priority = 7 WHERE node_id = 3");
		const { exitCode, stdout } = await bastion.run(["viewpoints", "--json", "-d", conninfoOf("node1")]);
		const { questions, nodes } = JSON.parse(stdout) as Viewpoints;
		expect(nodes.every(({ answers, copy }) => answers && copy !== null)).toBe(true);
		const differing = questions.flatMap(({ aspect, about, answers }) =>
			answers.flatMap(({ nodeId, answer, differs }) =>
				differs ? [`${aspect} of ${about}: ${nodeId} says ${answer}`] : [],
			),
		);
		expect(differing).toEqual(["priority of 3: 4 says 7"]);
		expect(exitCode).toBe(1);
	});
	heals.push(() => cluster.sql("node4", "UPDATE repmgr.nodes SET priority = 90 WHERE node_id = 3"));
});

describe("a hostile registered conninfo", () => {
	test("is never executed, and does not affect other nodes", async () => {
		const name = "\u001b[31mred$(touch /tmp/pwned)';`touch /tmp/pwned`";
		const insert = `INSERT INTO repmgr.nodes (node_id, upstream_node_id, active, node_name, type, conninfo, repluser, config_file)
			VALUES (9, 1, false, $q$${name}$q$, 'standby',
				$q$host='-oProxyCommand=touch /tmp/pwned' user=repmgr dbname='x''$(touch /tmp/pwned)' connect_timeout=2$q$, 'repmgr',
				$q$/etc/x;touch /tmp/pwned$q$)`;
		await cluster.sql("node1", insert);
		heals.push(() => cluster.sql("node1", "DELETE FROM repmgr.nodes WHERE node_id = 9"));
		// The witness copies the table periodically, and a working connection may take more than its two seconds.
		await eventually(async () => {
			const { document, stdout } = await crosscheck();
			// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
			expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
			expect(document.hosts.at(-1)).toMatchObject({ nodeId: 9, asked: false });
			expect(failures(document).map((text) => text.replace(/sql .*/, "sql"))).toEqual(
				[1, 2, 3, 4].flatMap((from) => [`${from}>9 sql`, `${from}>9 ssh bad host`]),
			);
		});
		for (const host of ["node1", "node2", "node3", "node4"])
			expect((await cluster.exec(host, ["ls", "/tmp"])).stdout).not.toContain("pwned");
	});
});

test("a node that is cut off can't be checked from and is reached from nowhere, but delays no other check", async () => {
	await fault("cut", "node3");
	const theirs = repmgrsCrosscheck();
	const { exitCode, document } = await crosscheck();
	expect(exitCode).toBe(1);
	expect(document.hosts.map(({ asked }) => asked)).toEqual([true, true, false, true]);
	expect(document.links.every(({ fromNodeId }) => fromNodeId !== 3)).toBe(true);
	expect(failures(document).map((text) => text.replace(/no answer|no route/, "…"))).toEqual(
		[1, 2, 4].flatMap((from) => [`${from}>3 sql …`, `${from}>3 ssh …`]),
	);
	const known = await theirs;
	expect([...known.values()]).toContain(-1);
	expectSame(document, known);
});

test("the screen checks with c, and shows the failing connection first, with its message and command", async () => {
	await fault("wrong-passfile", "node2");
	const terminal = await bastion.terminal(["-d", conninfoOf("node1")], { columns: 80, rows: 24 });
	await terminal.waitFor(/\bROLE\b/);
	terminal.press("w");
	await terminal.waitFor("VIEWPOINTS");
	await eventually(async () => {
		terminal.press("c");
		await terminal.waitFor(/hosts done, esc cancels/);
		const text = await terminal.waitFor(/ s ago: /, 20_000);
		expect(text).toMatch(/ s ago: 4 of 28 fail/);
	});
	// A frame comes in pieces: its first line may be there before the others.
	await terminal.waitFor(/▸ SQL from node2 +password +password +password +password/);
	await terminal.waitFor("password authentication failed");
	terminal.press("y");
	await terminal.waitFor(/copied: \/usr\/lib\/postgresql\/\d+\/bin\/psql /);
	terminal.press("qq");
	await terminal.exit;
});
