import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Player } from "../../src/practice/player.ts";
import { playScenario } from "../support/played.tsx";
import { NOW } from "../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

/** Turns, 100 ms apart, until a key is pressed. */
function nextKey(player: Player, screen: string, most = 200) {
	for (let turn = 0; turn < most; turn++) {
		const key = player.turn(screen);
		if (key !== null) return { key, ms: 100 * turn };
		vi.advanceTimersByTime(100);
	}
	return null;
}

describe("a player", () => {
	const KEYS = [
		{ wait: ["SPLIT_BRAIN", "accept writes"], press: "enter", why: "w".repeat(50) },
		{ wait: [], type: "n2", press: "enter", why: "w" },
		{ wait: ["to proceed:"], type: "{answer}", why: "w" },
	];

	test("waits until the screen shows all, however it is broken into lines, then for a reader", () => {
		const player = new Player(KEYS, () => 1);
		expect(nextKey(player, "SPLIT_BRAIN")).toBeNull();
		expect(player.state()).toMatchObject({ step: 1, steps: 3, waitsFor: "accept writes" });
		expect(nextKey(new Player(KEYS, () => 1), "SPLIT_BRAIN both accept\n   writes")).toEqual({
			key: { name: "enter", input: "" },
			ms: 3500,
		});
		expect(nextKey(new Player(KEYS, () => 5), "SPLIT_BRAIN accept writes")?.ms).toBe(700);
	});

	test("types letter by letter, then presses; an answer is what the confirmation asks for", () => {
		const player = new Player(KEYS, () => 1);
		const typed = (screen: string) => nextKey(player, screen)?.key.name;
		typed("SPLIT_BRAIN accept writes");
		expect([typed(""), typed(""), typed("")]).toEqual(["n", "2", "enter"]);
		expect(player.state()).toMatchObject({ type: "(what is asked)", status: "playing" });
		const asked = 'Type "n2 30" (30 transactions lost) to proceed:';
		expect([1, 2, 3, 4, 5].map(() => typed(asked))).toEqual(["n", "2", "space", "3", "0"]);
		expect(player.state()).toMatchObject({ step: 3, status: "over" });
	});

	test("space pauses it and goes on, any other key ends it, and after its end keys are the operator's", () => {
		const player = new Player(KEYS, () => 1);
		expect(player.interrupt("space")).toContain("paused");
		expect(nextKey(player, "SPLIT_BRAIN accept writes")).toBeNull();
		expect(player.interrupt("space")).toContain("goes on");
		expect(nextKey(player, "SPLIT_BRAIN accept writes")?.key.name).toBe("enter");
		expect(player.interrupt("j")).toContain("yours");
		expect(player.interrupt("j")).toBeNull();
		expect(nextKey(player, "to proceed:")).toBeNull();
		expect(new Player(KEYS, () => 1).interrupt("ctrl+c")).toBeNull();
	});
});

describe("the screen of a practice that solves itself", () => {
	test("says which key comes next and why; a key of the operator's ends it and does nothing else", async () => {
		const { screen, practice, play, pass, close } = await playScenario(
			"forgotten-pause",
			{ columns: 80, rows: 24 },
			1,
		);
		try {
			await pass(1000);
			const bar = (): readonly string[] => screen.lines().slice(-4, -1);
			expect(bar()[0]).toMatch(
				/^ PLAY {2}1 of 7 {2}waits for "REPM\S*", then enter {2}space: pause {2}other keys: end/,
			);
			expect(bar().slice(1).join("")).toContain("Enter opens it, with its evidence.");
			screen.type(" ");
			await pass(500);
			expect(bar()[0]).toContain("paused  space: go on");
			screen.type(" ");
			await pass(100);
			screen.type("o");
			await pass(500);
			expect(play.state().status).toBe("ended");
			expect(screen.text()).not.toContain(" PLAY ");
			expect(screen.text()).not.toContain("OPERATIONS");
			expect(screen.lines().at(-1)).toContain("the keys are yours");
			screen.type("o");
			await pass(500);
			expect(screen.text()).toContain("OPERATIONS");
			expect(practice.state().isSolved).toBe(false);
		} finally {
			close();
		}
	});
});
