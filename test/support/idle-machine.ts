import { vi } from "vitest";

/** Unit tests of deadlines hold however busy the machine is that they run on; those of the pace itself ask for the real one. */
vi.mock("../../src/transport/pace.ts", () => ({ slowness: () => 1 }));
