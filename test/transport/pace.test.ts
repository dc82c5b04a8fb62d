import { expect, test, vi } from "vitest";

const { slowness } = await vi.importActual<typeof import("../../src/transport/pace.ts")>(
	"../../src/transport/pace.ts",
);

/** What proc(5) says of this process, in ms. */
const share = { ran: 0, waited: 0 };
vi.mock("node:fs", async (importOriginal) => ({
	...(await importOriginal<typeof import("node:fs")>()),
	readFileSync: () => `${share.ran * 1e6} ${share.waited * 1e6} 4\n`,
}));
vi.useFakeTimers();

/** So many ms pass, in which the process gets and waits for the CPU. */
function pass(ms: number, ran: number, waited: number): number {
	share.ran += ran;
	share.waited += waited;
	vi.advanceTimersByTime(ms);
	return slowness();
}

test("is how many times longer than alone the process took for its work, lately", () => {
	expect(pass(1000, 200, 0)).toBe(1);
	expect(pass(1000, 100, 900)).toBeGreaterThan(3);
	for (let second = 0; second < 6; second++) pass(1000, 100, 900);
	expect(slowness()).toBeCloseTo(10, 0);
	for (let second = 0; second < 6; second++) pass(1000, 100, 0);
	expect(slowness()).toBe(1);
});

test("a process that hardly wanted the CPU can't tell", () => {
	for (let second = 0; second < 10; second++) pass(1000, 0.1, 1);
	expect(slowness()).toBe(1);
});
