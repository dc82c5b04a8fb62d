import { defineConfig } from "vitest/config";
import { WORKERS } from "./cluster/tests/prefix.ts";

/** Which half of the incidents and elections a run takes (tests/half.ts): the same for all of its workers. */
process.env.REPMGR_CONSOLE_TEST_HALF ||= String(Math.floor(Math.random() * 2));

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export
export default defineConfig({
	test: {
		projects: [
			{
				test: {
					name: "unit",
					root: "test",
					include: ["**/*.test.ts", "**/*.test.tsx"],
					exclude: ["cluster/**"],
					setupFiles: ["support/idle-machine.ts"],
					testTimeout: 60_000,
				},
			},
			{
				// Two real clusters at a time: most of their tests is waiting, and one alone takes twice as long.
				test: {
					name: "cluster",
					root: "test/cluster",
					include: ["tests/**/*.test.ts"],
					globalSetup: ["tests/global-setup.ts"],
					testTimeout: 600_000,
					hookTimeout: 600_000,
					maxWorkers: WORKERS,
					// Four hosts on a machine that others use as well: what fails once is tried once more, and said so.
					retry: 1,
				},
			},
			{
				// What only a quiet machine of its own can show, one file at a time: `npm run test:stress`. Not part of `npm test`.
				test: {
					name: "stress",
					root: "test/cluster",
					include: ["stress/**/*.test.ts"],
					globalSetup: ["tests/global-setup.ts"],
					testTimeout: 600_000,
					hookTimeout: 600_000,
					maxWorkers: 1,
				},
			},
		],
	},
});
