import { defineConfig } from "vitest/config";

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
					testTimeout: 20_000,
				},
			},
			{
				// One real cluster after the other: the machine has to carry four hosts with systemd.
				test: {
					name: "cluster",
					root: "test/cluster",
					include: ["tests/**/*.test.ts"],
					globalSetup: ["tests/global-setup.ts"],
					testTimeout: 120_000,
					hookTimeout: 600_000,
					fileParallelism: false,
					// Four hosts on a machine that others use as well: what fails once is tried once more, and said so.
					retry: 1,
				},
			},
		],
	},
});
