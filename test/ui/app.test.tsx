import stringWidth from "string-width";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Registration } from "../../src/model/registration.ts";
import { parseRegistration } from "../../src/probe/server/parse.ts";
import { App } from "../../src/ui/app.tsx";
import { bindingsOn } from "../../src/ui/context.ts";
import { BINDINGS } from "../../src/ui/screens/index.ts";
import { THEMES } from "../../src/ui/theme/theme.ts";
import { fakeSession } from "../support/fake-session.ts";
import { recordedServer } from "../support/fixtures.ts";
import {
	failed,
	LEFT_OPERATION,
	NOW,
	primaryReading,
	receiver,
	registration,
	repmgrd,
	standbyReading,
	witnessReading,
} from "../support/records.ts";
import { KEYS, renderAt } from "../support/render-at.tsx";

const SIZES = [
	{ columns: 80, rows: 24 },
	{ columns: 120, rows: 40 },
	{ columns: 200, rows: 50 },
] as const;

const shown: (() => void)[] = [];
afterEach(() => {
	for (const unmount of shown.splice(0)) unmount();
});

async function show(
	session: ReturnType<typeof fakeSession>,
	size: { columns: number; rows: number } = SIZES[0],
	hasBell = true,
	runProgram: () => Promise<string | null> = async () => null,
) {
	const screen = await renderAt(
		<App
			session={session}
			themes={THEMES}
			themeName="mono"
			bindings={BINDINGS}
			hasBell={hasBell}
			runProgram={runProgram}
		/>,
		size,
	);
	shown.push(screen.unmount);
	/** The line of a node, by its id, which stands before its name where there is room for it. */
	const lineWith = (text: string) => screen.lines().find((line) => line.includes(text)) ?? "";
	const selected = () => screen.lines().find((line) => line.startsWith("▸")) ?? "";
	return { ...screen, lineWith, selected };
}

/** A primary, its standbys, all read; the last one a witness. */
function cluster(...names: readonly string[]) {
	const members = names.map((nodeName, index) =>
		registration(index + 1, {
			nodeName,
			...(index > 0 && index === names.length - 1 && names.length > 3 && { type: "witness" as const }),
		}),
	);
	return clusterOf(members);
}

function clusterOf(members: readonly Registration[]) {
	const session = fakeSession(members);
	for (const { nodeId, type } of members) {
		session.sees(
			nodeId,
			type === "primary" ? primaryReading() : type === "witness" ? witnessReading() : standbyReading(),
		);
	}
	return session;
}

/** The terminal column at which a text starts in a line. */
function columnOf(line: string, pattern: RegExp): number {
	const index = line.search(pattern);
	return index < 0 ? Number.NaN : stringWidth(line.slice(0, index));
}

describe.each(SIZES)("at $columns×$rows", (size) => {
	const isFull = (lines: readonly string[]) => {
		expect(lines).toHaveLength(size.rows);
		for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(size.columns);
	};

	test("shows the verdict, every node and the keys of a healthy cluster", async () => {
		const screen = await show(cluster("node1", "node2", "node3", "node4"), size);
		isFull(screen.lines());
		expect(screen.lines()[0]).toMatch(/^cluster prod .*primary node1.*04:41:12 UTC/);
		expect(screen.lines()[1]).toMatch(/^OK {2}primary node1; 2 of 2 standbys stream/);
		expect(screen.lineWith("├─ node2")).toMatch(/standby +streaming/);
		expect(screen.lineWith("└─ node3")).toMatch(/0 B.* +running.* +now/);
		expect(screen.lineWith("node4")).toMatch(/witness +running/);
		expect(screen.lines().at(-1)).toMatch(/help .*quit/);
	});

	test.each([
		["CJK", ["東京プライマリ", "データベース二号機", "한국어노드", "証人"]],
		["emoji", ["🐘", "👩‍👩‍👧 family", "flag 🇯🇵", "é combined e\u0301"]],
		["long", ["x".repeat(300), "東".repeat(100), "🐘".repeat(50), "w"]],
		["right to left", ["עברית", "العربية", "node3", "node4"]],
	])("keeps columns in line with names that are %s", async (_, names) => {
		const screen = await show(cluster(...names), size);
		isFull(screen.lines());
		const heading = screen.lineWith("STATUS");
		const rows = screen.lines().filter((line) => /(primary|standby|witness) +(running|streaming)/.test(line));
		expect(rows).toHaveLength(4);
		for (const [title, cell] of [
			["ROLE", /(primary|standby|witness) +(?=running|streaming)/],
			["STATUS", /(?<=(primary|standby|witness) +)(running|streaming)/],
			["AGE", /now *(?:│.*)?$/],
		] as const) {
			const at = columnOf(heading, new RegExp(title));
			for (const row of rows) expect([title, row, columnOf(row, cell)]).toEqual([title, row, at]);
		}
	});

	test("shows escape sequences in a name as text", async () => {
		const [, row] = recordedServer("primary").answer.nodes?.rows ?? [];
		if (row === undefined) throw new Error("the fixture has no standby");
		const hostile = parseRegistration({ ...row, node_name: "a\u001B[2J\u001B]0;owned\u0007\nb\u202Ec" });
		const screen = await show(clusterOf([registration(1), hostile]), size);
		isFull(screen.lines());
		// Ink's own are for colours, and end in "m".
		const withoutColours = screen.raw().replaceAll(/\p{Cc}\[[\d;]*m/gu, "");
		expect(withoutColours.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
		expect(screen.text()).toContain("owned");
	});

	test("shows no node, one node and a hundred nodes", async () => {
		isFull((await show(fakeSession([]), size)).lines());
		isFull((await show(cluster("alone"), size)).lines());
		const many = Array.from({ length: 100 }, (_, index) => `node${index + 1}`);
		const screen = await show(cluster(...many), size);
		isFull(screen.lines());
		expect(screen.lines().at(-1)).toMatch(/quit/);
		await screen.press("G");
		await screen.until(() => expect(screen.selected()).toContain("node100"));
		isFull(screen.lines());
	});
});

describe("a terminal that is too small", () => {
	test.each([
		[59, 12],
		[60, 11],
		[20, 5],
	])("%i×%i: says how large it must be", async (columns, rows) => {
		const { text } = await show(cluster("node1"), { columns, rows });
		expect(text().replaceAll(/\s+/g, " ")).toContain(`This terminal has ${columns}×${rows}`);
		expect(text().replaceAll(/\s+/g, " ")).toContain("60×12");
		expect(text()).not.toContain("STATUS");
	});

	test("shows the screen again when it grows, with the same node selected", async () => {
		const screen = await show(cluster("node1", "node2", "node3", "node4"), SIZES[1]);
		await screen.press("j", "j");
		await screen.until(() => expect(screen.selected()).toContain("node3"));
		screen.resize(50, 20);
		await screen.until(() => expect(screen.text()).toContain("50×20"));
		screen.resize(120, 40);
		await screen.until(() => expect(screen.selected()).toContain("node3"));
	});

	test("can be quit", async () => {
		const screen = await show(cluster("node1"), { columns: 40, rows: 10 });
		await screen.press("q");
		await screen.exited();
	});
});

describe("selection", () => {
	test("starts at the first node, moves by keys, and stays within the list", async () => {
		const screen = await show(cluster("node1", "node2", "node3", "node4"));
		expect(screen.selected()).toContain("node1");
		const steps: readonly [string, string][] = [
			[KEYS.down, "node2"],
			["j", "node3"],
			[KEYS.up, "node2"],
			["k", "node1"],
			["k", "node1"],
			["G", "node4"],
			["j", "node4"],
			["g", "node1"],
		];
		for (const [key, node] of steps) {
			await screen.press(key);
			await screen.until(() => expect(screen.selected()).toContain(node));
		}
	});

	test("handles two keys that arrive in one read", async () => {
		const screen = await show(cluster("node1", "node2", "node3", "node4"));
		await screen.press("jj");
		await screen.until(() => expect(screen.selected()).toContain("node3"));
	});

	test("stays on its node when rows move", async () => {
		const session = cluster("node1", "node2", "node3", "node4");
		const screen = await show(session);
		await screen.press("j", "j");
		await screen.until(() => expect(screen.selected()).toContain("node3"));
		const before = screen.lines().indexOf(screen.selected());
		// node3 is promoted; the others follow it.
		session.sees(3, primaryReading({ timeline: 2 }), 1000);
		session.store.receive([{ nodeId: 1, of: "server", observation: failed({}, NOW + 1000) }]);
		session.sees(2, standbyReading({ walReceiver: receiver({ senderHost: "node3" }) }), 1000);
		await screen.until(() => expect(screen.selected()).toMatch(/node3.*primary ≠ standby/));
		expect(screen.lines().indexOf(screen.selected())).not.toBe(before);
	});

	test("moves to another node when its node is gone", async () => {
		const session = cluster("node1", "node2", "node3");
		const screen = await show(session);
		await screen.press("G");
		await screen.until(() => expect(screen.selected()).toContain("node3"));
		session.sees(1, primaryReading({ registrations: [registration(1), registration(2)] }), 1000);
		await screen.until(() => expect(screen.text()).not.toMatch(/└─ node3/));
		expect(screen.selected()).toMatch(/node[12]/);
	});

	test("scrolls the table", async () => {
		const many = Array.from({ length: 60 }, (_, index) => `node${index + 1}`);
		const screen = await show(cluster(...many));
		expect(screen.text()).not.toContain("node40");
		await screen.press(...Array.from({ length: 39 }, () => "j"));
		await screen.until(() => expect(screen.selected()).toContain("node40"));
	});
});

describe("footer", () => {
	const listed = bindingsOn(BINDINGS, "topology").filter(
		({ isQuiet, isOccasional, keys }) => !isQuiet && !isOccasional && keys.length > 0,
	);

	test("lists the bindings of the screen", async () => {
		const screen = await show(cluster("node1", "node2"), SIZES[2]);
		const footer = screen.lines().at(-1) ?? "";
		expect(listed.length).toBeGreaterThan(3);
		for (const { label } of listed) expect(footer).toContain(label);
	});

	test("shows as many as fit into 80 columns, always with help and quit", async () => {
		const screen = await show(cluster("node1", "node2"));
		const footer = screen.lines().at(-1) ?? "";
		expect(footer).toMatch(/help/);
		expect(footer).toMatch(/quit/);
		expect(footer).not.toContain("…");
	});

	test("shows disabled keys in brackets, and their keys say why", async () => {
		const screen = await show(fakeSession([]));
		expect(screen.lines().at(-1)).toContain("(open)");
		await screen.press("l");
		await screen.until(() => expect(screen.lines().at(-1)).toBe(" open: no node is selected"));
	});
});

describe("trouble", () => {
	test("shows a silent node with its status, its last values in brackets, their age and the reason", async () => {
		const session = cluster("node1", "node2", "node3");
		session.store.receive([
			{
				nodeId: 2,
				of: "server",
				observation: failed({ message: "no answer from node2:5432" }, NOW + 9000),
			},
		]);
		const screen = await show(session, SIZES[1]);
		const row = screen.lineWith("node2  ");
		expect(row).toMatch(/\(standby\) +unreachable/);
		expect(row).toContain("(0/5000000)");
		expect(row).toMatch(/9 s *$/);
		expect(screen.text()).toContain("  node2: no answer from node2:5432");
		// It may merely restart.
		expect(screen.lines()[1]).toMatch(
			/^SETTLING {2}0 of 10 s; primary node1; node2 unreachable; 1 of 2 standbys stream/,
		);
	});

	test("draws a change at once", async () => {
		const session = cluster("node1", "node2");
		const screen = await show(session);
		session.sees(2, standbyReading({ walReceiver: null }), 1000);
		await screen.until(() => expect(screen.lines()[1]).toMatch(/^SETTLING.*node2 detached/));
		session.store.tick(NOW + 12_000);
		await screen.until(() => expect(screen.lines()[1]).toMatch(/^WARNING {2}primary node1; node2 detached/));
		expect(screen.lines()[2]).toMatch(/^▸ ! .*NO_REDUNDANCY/);
		await screen.until(() => expect(screen.text()).toContain("streaming → detached"));
	});

	test("reports two primaries in the verdict", async () => {
		const session = cluster("node1", "node2");
		session.sees(2, primaryReading({ timeline: 2 }), 1000);
		const screen = await show(session);
		expect(screen.lines()[1]).toMatch(/^CRITICAL {2}2 primaries: node1 \(timeline 1\), node2 \(timeline 2\)/);
		expect(screen.lines()[2]).toMatch(/^▸ !! "node1" and "node2" are both out of recovery/);
		await screen.press("e");
		await screen.until(() =>
			expect(screen.lines()[1]).toMatch(
				/^CRITICAL {2}"node1" and "node2" are both out of recovery and accept writes /,
			),
		);
	});
});

test.each(["q", KEYS.ctrlC])("%j quits", async (key) => {
	const screen = await show(cluster("node1"));
	await screen.press(key);
	await screen.exited();
});

test("a message gives way to the keys after some seconds", async () => {
	const screen = await show(cluster("node1"));
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
	try {
		await screen.press("h");
		await screen.until(() => expect(screen.lines().at(-1)).toMatch(/this is the first screen/));
		await vi.advanceTimersByTimeAsync(5000);
		expect(screen.lines().at(-1)).toMatch(/this is the first screen/);
		await vi.advanceTimersByTimeAsync(3100);
		await screen.until(() => expect(screen.lines().at(-1)).toMatch(/help .*quit/));
	} finally {
		vi.useRealTimers();
	}
});

test("q goes back, and quits on the first screen", async () => {
	const screen = await show(cluster("node1"));
	await screen.press("?");
	await screen.until(() => expect(screen.text()).toContain("─ HELP"));
	await screen.press("q");
	await screen.until(() => expect(screen.text()).toContain("─ EVENTS"));
	await screen.press("q");
	await screen.exited();
});

test.each([
	[60, 12],
	[80, 23],
])("%i×%i has the verdict, every node and the worst finding", async (columns, rows) => {
	const session = cluster("node1", "node2", "node3", "node4");
	session.sees(2, primaryReading({ timeline: 2 }), 1000);
	const screen = await show(session, { columns, rows });
	expect(screen.lines()).toHaveLength(rows);
	expect(screen.lines()[1]).toMatch(/^CRITICAL {2}2 primaries/);
	for (const name of ["node1", "node2", "node3", "node4"]) expect(screen.text()).toContain(` ${name} `);
	expect(screen.text()).toMatch(/!! "node1" and "node2" are both out of recovery[\s\S]*SPLIT_BRAIN/);
	expect(screen.lines().at(-1)).toMatch(/help .*quit/);
	await screen.press("\t", "G");
	await screen.until(() => expect(screen.selected()).toContain("node4"));
});

test("r polls now", async () => {
	const session = cluster("node1");
	const screen = await show(session);
	await screen.press("r");
	await screen.until(() => expect(session.refreshes).toBe(1));
});

test.each([["PP"], ["Pq"], ["P\u001A"], ["HA"]])(
	"keys read together with one that opens a program do nothing: %j",
	async (keys) => {
		const program = Promise.withResolvers<null>();
		const runProgram = vi.fn(() => program.promise);
		const session = cluster("node1");
		const screen = await show(session, SIZES[0], true, runProgram);
		await screen.press(keys);
		program.resolve(null);
		await screen.until(() => expect(runProgram).toHaveBeenCalledTimes(1));
		// The keys are the console's again.
		await screen.until(() => {
			void screen.press("r");
			expect(session.refreshes).toBeGreaterThan(0);
		});
	},
);

test("a program that can't be run says why", async () => {
	const session = cluster("node1");
	const screen = await show(session, SIZES[0], true, () => Promise.reject(new Error("no such terminal")));
	await screen.press("P");
	await screen.until(() => expect(screen.text()).toContain("could not be run: No such terminal"));
});

describe("an interrupted operation", () => {
	const QUESTION = 'switchover to "node2" was interrupted. Resume it now? (y/N)';

	async function come(change: { readonly isAlive?: boolean | null } = {}) {
		const session = cluster("node1", "node2");
		const resumed: string[] = [];
		session.operationStore.resume = (operationId) => resumed.push(operationId);
		const screen = await show(session);
		session.operationStore.store.setState({ runs: [{ ...LEFT_OPERATION, ...change }] });
		await screen.until(() => expect(screen.text()).toContain('switchover to "node2"'));
		return { ...screen, resumed };
	}

	test("is resumed by y and Enter, not by one key that was meant for the screen", async () => {
		const { until, text, press, resumed } = await come();
		await until(() => expect(text()).toContain(QUESTION));
		await press("y");
		await until(() => expect(text()).toContain(`${QUESTION} y`));
		expect(resumed).toEqual([]);
		await press("\r");
		await until(() => expect(resumed).toEqual(["one"]));
		expect(text()).not.toContain(QUESTION);
	});

	test.each(["\r", "n\r", "\u001B"])("is left alone by %j, and not asked about again", async (answer) => {
		const { until, text, press, resumed } = await come();
		await until(() => expect(text()).toContain(QUESTION));
		await press(...answer);
		await until(() => expect(text()).not.toContain(QUESTION));
		expect(resumed).toEqual([]);
		expect(text()).toContain("Press R, then r to resume it.");
	});

	test.each([true, null])("is not asked about if it may still be running (isAlive %j)", async (isAlive) => {
		const { text } = await come({ isAlive });
		expect(text()).not.toContain(QUESTION);
	});
});

test.each([true, false])("a new critical finding rings once, unless the bell is off: %s", async (hasBell) => {
	const session = cluster("node1", "node2");
	session.sees(1, primaryReading());
	session.sees(2, standbyReading());
	const screen = await show(session, SIZES[0], hasBell);
	await screen.until(() => expect(screen.text()).toContain("node2"));
	expect(screen.bells()).toBe(0);
	session.sees(2, primaryReading(), 1000);
	await screen.until(() => expect(screen.text()).toContain("SPLIT_BRAIN"));
	session.sees(2, primaryReading(), 2000);
	await screen.press("?");
	await screen.until(() => expect(screen.text()).toContain("HELP"));
	expect(screen.bells()).toBe(hasBell ? 1 : 0);
});

test("at 60x12 a banner is one line, and leaves room for the rest", async () => {
	const session = cluster("node1", "node2", "node3", "node4");
	const paused = { repmgrd: repmgrd({ paused: true }) };
	session.sees(1, primaryReading(paused));
	for (const nodeId of [2, 3]) session.sees(nodeId, standbyReading(paused));
	session.sees(4, witnessReading(paused));
	const screen = await show(session, { columns: 60, rows: 12 });
	await screen.until(() => {
		expect(screen.text()).toMatch(/repmgrd paused everywhere/);
		expect(screen.text()).not.toContain("promote by hand");
		for (const node of ["node1", "node2", "node3", "node4"]) expect(screen.text()).toContain(node);
	});
});
