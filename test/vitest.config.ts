import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** These files on the real cluster take turns, as do many long tests in others (cluster/tests/turns.ts). */
const TURNS = [
	["bootstrap", "hostile", "timelines"],
	["bootstrap-failover", "crosscheck", "report"],
	["bootstrap-undo", "clone"],
	["bootstrap-screen", "clone-barman"],
	["change", "fence", "rejoin-saves"],
];

// The same for all workers of a run.
if (process.env.REPMGR_CONSOLE_TEST_TURN === "random")
	process.env.REPMGR_CONSOLE_TEST_TURN = String(Math.floor(Math.random() * TURNS.length));
/** Without a choice all is run. */
const turn = Number(process.env.REPMGR_CONSOLE_TEST_TURN || "all");
const leftOut = Number.isNaN(turn) ? [] : TURNS.filter((_, index) => index !== turn).flat();
process.env.REPMGR_CONSOLE_TEST_LEFT_OUT = leftOut.join(", ");

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export
export default defineConfig({
	test: {
		projects: [
			{
				oxc: { jsx: { development: false } },
				test: {
					name: "unit",
					root: "test",
					include: ["**/*.test.ts", "**/*.test.tsx"],
					exclude: ["cluster/**"],
					setupFiles: ["support/idle-machine.ts"],
					// A process per file costs more than most files' tests: files share one, and leave nothing behind (idle-machine.ts).
					isolate: false,
					fsModuleCache: true,
					// React and Ink as in the bundle.
					env: { NODE_ENV: "production" },
					execArgv: ["--import", new URL("../.build/ink-cache/register.ts", import.meta.url).href],
					// Two for each CPU: many tests wait for a program, a timer or a deadline.
					maxWorkers: 2 * availableParallelism(),
					testTimeout: 60_000,
				},
			},
			{
				// One real cluster at a time. Starting processes is most of what hosts do, and under software paging two cores start no more of
				// them than one: with two clusters each test took three times as long, and deadlines passed (measured: 26 s alone, 91 s beside).
				test: {
					name: "cluster",
					root: "test/cluster",
					include: ["tests/**/*.test.ts"],
					exclude: leftOut.map((name) => `tests/${name}.test.ts`),
					globalSetup: ["tests/global-setup.ts"],
					testTimeout: 600_000,
					hookTimeout: 600_000,
					maxWorkers: 1,
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
