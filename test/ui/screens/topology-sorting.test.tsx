import stringWidth from "string-width";
import { afterEach, describe, expect, test } from "vitest";
import { App } from "../../../src/ui/app.tsx";
import { BINDINGS } from "../../../src/ui/screens/index.ts";
import { THEMES } from "../../../src/ui/theme/theme.ts";
import { fakeSession } from "../../support/fake-session.ts";
import { primaryReading, registration, standbyReading, witnessReading } from "../../support/records.ts";
import { renderAt } from "../../support/render-at.tsx";

const shown: (() => void)[] = [];
afterEach(() => {
	for (const unmount of shown.splice(0)) unmount();
});

/** node1 writes at 0/10000000; the others' positions are in another order as texts than as numbers. */
async function show(columns: number) {
	const names = ["node1", "node2", "node3", "node10", "witness"];
	const session = fakeSession(
		names.map((nodeName, index) =>
			registration(index + 1, { nodeName, ...(nodeName === "witness" && { type: "witness" as const }) }),
		),
	);
	const at = (lsn: string) => standbyReading({ receiveLsn: lsn, replayLsn: lsn });
	session.sees(1, primaryReading({ currentLsn: "0/10000000" }));
	session.sees(2, at("0/FFFFFF0"));
	session.sees(3, at("0/9000000"));
	session.sees(4, { ...at("0/A000000"), walReceiver: null });
	session.sees(5, witnessReading());
	const screen = await renderAt(
		<App session={session} themes={THEMES} themeName="mono" bindings={BINDINGS} />,
		{ columns, rows: 24 },
	);
	shown.push(screen.unmount);
	const order = () =>
		screen.lines().flatMap((line) => /^[▸ ] (?:\d+ +)?(node\d+|witness) /.exec(line)?.[1] ?? []);
	const note = () =>
		screen
			.lines()
			.find((line) => line.includes("sorted by"))
			?.match(/sorted by (\w+)/)?.[1];
	const command = async (text: string): Promise<void> => {
		for (const key of [":", text, "\r"]) await screen.press(key);
	};
	return { ...screen, order, note, command };
}

describe("sorting the nodes", () => {
	test.each([
		["lsn", ["node3", "node10", "node2", "node1", "witness"]],
		// The lag of a detached standby is unknown, which sorts first.
		["lag", ["node10", "node3", "node2", "node1", "witness"]],
		["node", ["node1", "node2", "node3", "node10", "witness"]],
	])("by %s has the worst value first", async (column, order) => {
		const screen = await show(160);
		await screen.command(`sort ${column}`);
		await screen.until(() => expect([screen.note(), screen.order()]).toEqual([column, order]));
	});

	test("is reversed by D or by the command", async () => {
		const screen = await show(160);
		await screen.command("sort lag reverse");
		const order = ["witness", "node1", "node2", "node3", "node10"];
		await screen.until(() => expect(screen.order()).toEqual(order));
		await screen.press("D");
		await screen.until(() => expect(screen.order()).toEqual(order.toReversed()));
	});

	test("goes through the shown columns by S, and back to the tree", async () => {
		const screen = await show(80);
		const heading = screen.lines().find((line) => line.includes("STATUS")) ?? "";
		expect(heading).not.toContain("LOCATION");
		const seen: (string | undefined)[] = [];
		do {
			const before = screen.note();
			await screen.press("S");
			await screen.until(() => expect(screen.note()).not.toBe(before));
			seen.push(screen.note());
		} while (seen.at(-1) !== undefined && seen.length < 20);
		const titles = heading.toLowerCase().replace("tl", "timeline").trim().split(/ +/);
		expect(seen).toEqual([...titles, undefined]);
	});

	test("is not possible by the lag history", async () => {
		const screen = await show(160);
		await screen.command("sort trend");
		await screen.until(() => expect(screen.lines().at(-1)).toContain(`can't be sorted by "trend"`));
		expect(screen.note()).toBeUndefined();
	});
});

test("keeps the typed text visible beside a long note", async () => {
	const screen = await show(80);
	await screen.press(":");
	await screen.press("\t");
	await screen.until(() => expect(screen.lines().at(-1)).toMatch(/^: {4}\w+.*…$/));
	expect(stringWidth(screen.lines().at(-1) ?? "")).toBe(80);
});
