import { existsSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ComposedPractice, composePractice } from "../../src/app/practice.ts";
import { openFirstSetUp } from "../../src/app/practice-set-up.ts";
import type { NewCluster } from "../../src/session/new-cluster.ts";
import { NewClusterApp } from "../../src/ui/new-cluster/app.tsx";
import { THEMES } from "../../src/ui/theme/theme.ts";
import { renderAt } from "../support/render-at.tsx";

const [ENTER, TAB] = ["\r", "\t"];

let composed: ComposedPractice;
let cluster: NewCluster;
let screen: Awaited<ReturnType<typeof renderAt>>;
beforeEach(async () => {
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { value } = composePractice(client, "first-set-up", 20);
	const theme = THEMES.get("dark");
	if (value === undefined || theme === undefined) throw new Error("no scenario, or no theme");
	composed = value;
	cluster = openFirstSetUp(composed);
	screen = await renderAt(
		<NewClusterApp {...{ cluster, theme, practice: composed.practice }} watch={() => undefined} />,
		{ columns: 80, rows: 24 },
	);
});
afterEach(() => {
	screen.unmount();
	cluster.close();
	composed.close();
});

const shows = (text: string) => screen.until(() => expect(screen.text()).toContain(text));

test("! shows the task over every question, also while an answer is typed; ? there shows a hint", async () => {
	await shows("PRACTICE: The first set-up, 20×   !: task, hints");
	await screen.press(ENTER, "pg1 pg2", "!");
	await shows("A good end:");
	await screen.press("?", "?");
	await shows("Hint 2: ");
	expect(screen.text()).not.toContain("Hint 3: ");
	await screen.press("?", "?");
	await shows("Hint 3: ");
	await screen.press("x");
	await shows("> pg1 pg2");
	expect(screen.text()).not.toContain("pg2x");
});

test("what the simulated hosts can't become is refused before anything is changed, with the question that it is about", async () => {
	await screen.press(ENTER, "pg1 pg2 pg3 witness", TAB);
	for (const [key, answer] of [
		["postgresql.port", "5433"],
		["postgresql.data_directory", "/srv/data"],
		["synchronous", "on"],
		["slots", "false"],
		["archive.directory", "/mnt/wal"],
	] as const)
		expect(cluster.answer(key, answer)).toBeNull();
	await shows("ALL ANSWERS");
	await screen.press(ENTER);
	await shows("not part of practice yet: a WAL archive");
	const { work } = cluster.store.getState();
	expect(work.state === "refused" && work.refusals).toMatchObject([
		{ key: "postgresql.port" },
		{ key: "postgresql.data_directory" },
		{ key: "synchronous" },
		{ key: "slots" },
		{ key: "archive.directory" },
	]);
	await screen.press("e");
	await shows("Which port?");
	expect(composed.cluster.nodes.every(({ etc }) => etc.size === 0)).toBe(true);
});

test("the inventory is written into the directory of the practice, and goes with it", async () => {
	await screen.press(ENTER, "pg1 pg2 pg3 witness", TAB);
	await shows("ALL ANSWERS");
	await screen.press(ENTER);
	await shows("THE PLAN");
	expect(readdirSync(composed.directory)).toEqual(["inventory.yaml"]);
	composed.close();
	expect(existsSync(composed.directory)).toBe(false);
});
