import { afterAll, vi } from "vitest";
import { machine } from "./patience.ts";

vi.mock("../../src/transport/pace.ts", () => ({ slowness: () => machine.slowness }));

// Test files share a process: what one sets must not reach the next.
afterAll(() => {
	vi.useRealTimers();
	machine.slowness = 1;
});
