import { beforeAll, describe, expect, test } from "vitest";
import type { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, eventually, NO_FAILOVER, type StatusDocument } from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** Texts that may have been registered as a node name, or be part of an event. */
const HOSTILE: ReadonlyArray<{ readonly name: string; readonly text: string }> = [
	{
		name: "escape sequences",
		text: "\u001b[31;5mred\u001b[0m\u001b[2J\u001b[H\u001b]0;title\u0007\u001b[?1049l",
	},
	{ name: "C1 controls", text: "a\u009b2Jb\u0090q\u009c\u0085c\u007f" },
	{ name: "quotes and shell", text: '\'; DROP TABLE x; -- "q" $(touch /tmp/pwned) `id` \\ %s {{x}}' },
	{ name: "line breaks and tabs", text: "one\ntwo\r\nthree\tfour\u2028five" },
	{ name: "10 kB", text: "long-".repeat(2048) },
	{ name: "CJK", text: "東京のノード三号機" },
	{ name: "10 kB of CJK", text: "東京".repeat(1707) },
	{ name: "marks and joiners", text: `e${"\u0301".repeat(300)}👩‍👩‍👧‍👦👍🏽❤️🇩🇪` },
	{ name: "bidirectional controls", text: "\u202Egnissap\u202C \u2066x\u2069 \u200F" },
	{ name: "a single blank", text: " " },
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200e\u200f]/;

const quoted = (text: string): string => `$hostile$${text}$hostile$`;
const TITLES = ["ID", "NODE", "ROLE", "STATUS", "UPSTREAM", "TIMELINE", "LSN", "LAG", "REPMGRD", "AGE"];

/** The table's cells by node id and column title, cut where the titles begin. */
function tableOf(terminal: Terminal, titles: readonly string[]): ReadonlyMap<string, Record<string, string>> {
	const heading = terminal.lines().findIndex((line) => /\bROLE\b.*\bSTATUS\b/.test(line));
	const starts = titles.map((title) => terminal.columnOf(heading, title));
	expect(starts).not.toContain(-1);
	const table = new Map<string, Record<string, string>>();
	for (let row = heading + 1; row <= heading + 4; row++) {
		const cells = titles.map(
			(title, at) => [title, terminal.cut(row, starts[at] ?? 0, starts[at + 1])] as const,
		);
		table.set((cells[0]?.[1] ?? "").trim(), Object.fromEntries(cells));
	}
	return table;
}

/** Everything that a name of node3 must not change. */
function othersOf(table: ReadonlyMap<string, Record<string, string>>): unknown {
	return [...table]
		.map(([id, { LSN: _, LAG: __, NODE: node = "", ...cells }]) => ({
			id,
			node: id === "3" ? "" : node.trim(),
			...Object.fromEntries(Object.entries(cells).map(([title, text]) => [title, text.trimEnd()])),
		}))
		.sort((a, b) => a.id.localeCompare(b.id));
}

async function printed(): Promise<Terminal> {
	const terminal = await bastion.terminal(["status", "--no-ssh", "-d", conninfoOf("node1")], {
		columns: 200,
		rows: 40,
	});
	await terminal.exit;
	await terminal.waitFor("REPMGRD");
	return terminal;
}

async function setName(text: string): Promise<void> {
	await cluster.sql("node1", `UPDATE repmgr.nodes SET node_name = ${quoted(text)} WHERE node_id = 3`);
}

async function setLocation(text: string): Promise<void> {
	await cluster.sql("node1", `UPDATE repmgr.nodes SET location = ${quoted(text)} WHERE node_id = 2`);
}

describe("a hostile node name changes nothing but its own cell", () => {
	let plain: unknown;
	beforeAll(async () => {
		// Twice the same: later ones are compared with it, so it must be complete.
		plain = await eventually(async () => {
			const [first, second] = [await printed(), await printed()].map((one) => othersOf(tableOf(one, TITLES)));
			expect(second).toEqual(first);
			return first;
		});
		return async () => {
			await setName("node3");
			await setLocation("default");
		};
	});

	test.each(HOSTILE)("$name, in text, JSON and CSV", async ({ text }) => {
		await setName(text);
		await setLocation(text);
		const terminal = await eventually(async () => {
			const terminal = await printed();
			expect(othersOf(tableOf(terminal, TITLES))).toEqual(plain);
			return terminal;
		});
		expect(terminal.raw.replaceAll("\r\n", "\n")).not.toMatch(CONTROLS);

		const state = await bastion.directory();
		const json = await bastion.run(["status", "--json", "--no-ssh", "-d", conninfoOf("node1")], { state });
		const status = JSON.parse(json.stdout) as StatusDocument;
		expect(status.nodes).toHaveLength(4);
		expect(json.stdout).not.toMatch(CONTROLS);
		for (const shown of [status.nodes[2]?.nodeName, status.nodes[1]?.registered.location]) {
			expect(shown).not.toBe("");
			expect(shown).not.toMatch(CONTROLS);
			// JSON has the whole text, however long.
			expect(shown?.length).toBeGreaterThan(text.length * 0.9);
		}
		const csv = await bastion.run(["status", "--csv", "--no-ssh", "-d", conninfoOf("node1")], { state });
		expect(csv.stdout.trimEnd().split("\n")).toHaveLength(5);
		expect(csv.stdout).not.toMatch(CONTROLS);
	});
});

describe("a hostile event takes one line of the events", () => {
	test.each(HOSTILE.map((hostile, index) => ({ ...hostile, mark: `mark_${index}_` })))(
		"$name",
		async ({ text, mark }) => {
			await cluster.sql(
				"node1",
				`INSERT INTO repmgr.events (node_id, event, successful, details)
				VALUES (3, ${quoted(text)}, true, ${quoted(text)}), (2, '${mark}', true, 'plain')`,
			);
			const print = (...more: string[]) =>
				bastion.run(["events", "--limit", "200", "-d", conninfoOf("node1"), ...more]);
			await eventually(async () => {
				const { stdout } = await print();
				expect(stdout).not.toMatch(CONTROLS);
				const lines = stdout.split("\n").slice(0, -1);
				const isEvent = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}node\d {2}/;
				expect(lines.filter((line) => !isEvent.test(line))).toEqual([]);
				expect(lines.filter((line) => line.endsWith(`  node2  ${mark}  plain`))).toHaveLength(1);
				const json = await print("--json");
				expect(json.stdout).not.toMatch(CONTROLS);
				for (const line of json.stdout.trimEnd().split("\n")) JSON.parse(line);
			});
		},
	);
});

describe.each([
	{ columns: 80, rows: 24 },
	{ columns: 160, rows: 45 },
])("on the screen of $columns×$rows", (size) => {
	const titles = ["NODE", "ROLE", "STATUS"];

	/** The table's rows, cut where ROLE and STATUS begin. */
	async function rowsOf(terminal: Terminal) {
		const heading = terminal.lines().findIndex((line) => /\bROLE\b.*\bSTATUS\b/.test(line));
		const [node = 0, role = 0, status = 0] = titles.map((title) => terminal.columnOf(heading, title));
		return Array.from({ length: 4 }, (_, at) => {
			const row = heading + 1 + at;
			const name = terminal.cut(row, node, role);
			return {
				name: /node[124]/.test(name) ? name.trim() : "hostile",
				gap: terminal.cut(row, role - 1, role),
				role: terminal.cut(row, role, status).trim(),
				status: /^\w+/.exec(terminal.cut(row, status))?.[0],
			};
		});
	}

	test("keeps every hostile name in its cell, and every hostile event on its line", async () => {
		const terminal = await bastion.terminal(["-d", conninfoOf("node1")], size);
		await terminal.waitFor(/\bROLE\b.*\bSTATUS\b/);
		// Waits for all of them: a node that is not read yet has another status.
		const expected = await eventually(async () => {
			const rows = await rowsOf(terminal);
			const statuses = rows.map(({ status }) => status);
			expect(statuses.toSorted()).toEqual(["running", "running", "streaming", "streaming"]);
			return rows;
		});
		try {
			for (const [index, { name, text }] of HOSTILE.entries()) {
				const mark = `s${size.columns}_${index}_`;
				await setName(text);
				await setLocation(text);
				await cluster.sql(
					"node1",
					`INSERT INTO repmgr.events (node_id, event, successful, details)
					VALUES (3, 'hostile', true, ${quoted(text)}), (2, '${mark}', true, 'plain')`,
				);
				await terminal.waitFor((screen) => screen.includes(mark) && !/\bnode3\b.*streaming/.test(screen));
				await eventually(async () =>
					expect({ name, rows: await rowsOf(terminal) }).toEqual({ name, rows: expected }),
				);
				expect(terminal.isAlternate, name).toBe(true);
				expect(
					terminal.lines().filter((line) => line.includes(mark)),
					name,
				).toHaveLength(1);
			}
			// No escape sequence from the database reached the terminal.
			for (const sequence of ["\u001b[31;5m", "\u001b]0;title", "\u009b", "\u0090", "\u202e"])
				expect(terminal.raw).not.toContain(sequence);
		} finally {
			await setName("node3");
			await setLocation("default");
		}
		await terminal.waitFor(/node3/);
		terminal.press("q");
		expect((await terminal.exit).exitCode).toBe(0);
	});
});
