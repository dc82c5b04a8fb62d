import { beforeAll, expect, test, vi } from "vitest";

const { slownessOf } = await vi.importActual<typeof import("../../src/transport/pace.ts")>(
	"../../src/transport/pace.ts",
);

/** What /proc/self/schedstat says, in ms. */
const share = { ran: 0, waited: 0 };
const slowness = slownessOf(() => `${share.ran * 1e6} ${share.waited * 1e6} 4\n`);

beforeAll(() => {
	vi.useFakeTimers();
});

/** `ms` pass in which the process runs for `ran` ms and waits for a CPU for `waited` ms. */
function pass(ms: number, ran: number, waited: number): number {
	share.ran += ran;
	share.waited += waited;
	vi.advanceTimersByTime(ms);
	return slowness();
}

test("is how many times longer the process's recent work took than on an idle machine", () => {
	expect(pass(1000, 200, 0)).toBe(1);
	expect(pass(1000, 100, 900)).toBeGreaterThan(3);
	for (let second = 0; second < 6; second++) pass(1000, 100, 900);
	expect(slowness()).toBeCloseTo(10, 0);
	for (let second = 0; second < 6; second++) pass(1000, 100, 0);
	expect(slowness()).toBe(1);
});

test("is 1 for a process that hardly wanted the CPU", () => {
	for (let second = 0; second < 10; second++) pass(1000, 0.1, 1);
	expect(slowness()).toBe(1);
});
