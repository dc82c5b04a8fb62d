import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseClustersFile } from "../../src/config/clusters-file.ts";
import { knownKeys } from "../../src/config/clusters-schema.ts";
import { clustersFileTemplate, writeTemplate } from "../../src/config/template.ts";
import { DEFAULT_THRESHOLDS } from "../../src/model/thresholds.ts";
import { temporaryDirectory } from "./directory.ts";

/** Removes every "#" that does not start an explanation, as an operator would. */
const uncommented = clustersFileTemplate.replace(/^#(?!#)/gm, "");

test("is valid as written, without clusters", () => {
	expect(parseClustersFile(clustersFileTemplate, "t", "/h").value?.clusters.size).toBe(0);
});

test("is valid with everything uncommented", () => {
	const { value, problems } = parseClustersFile(uncommented, "t", "/h");
	expect(problems).toBeUndefined();
	expect(value?.clusters.get("prod")).toMatchObject({
		repmgrConf: "/etc/repmgr.conf",
		theme: "high-contrast",
		keys: { quit: ["q", "ctrl+q"], "filter.open": ["/", "ctrl+f"] },
		intervalSeconds: 1,
		// The template shows the defaults; repmgr's own limits are null there.
		thresholds: {
			...DEFAULT_THRESHOLDS,
			lagWarningSeconds: 300,
			lagCriticalSeconds: 600,
			archiveReadyWarning: 16,
			archiveReadyCritical: 128,
		},
		ssh: { user: "admin", via: "auto", acceptNewHostKeys: false },
		nodes: { pg1: { port: 15432 }, 2: { hostaddr: "203.0.113.12" } },
	});
});

test.each([
	[[]],
	[["defaults"]],
	[["defaults", "ssh"]],
	[["clusters", "a", "nodes", "n"]],
	[["defaults", "thresholds"]],
])("shows every key of %j", (path) => {
	for (const key of knownKeys(path)) expect(uncommented).toMatch(new RegExp(`\\b${key}:`));
});

test("is written for its owner only, with missing directories", () => {
	const path = join(temporaryDirectory(), "deep/er/config.yaml");
	expect(writeTemplate(path)).toEqual({ value: path });
	expect(readFileSync(path, "utf8")).toBe(clustersFileTemplate);
	expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("does not overwrite an existing file", () => {
	const path = join(temporaryDirectory({ "config.yaml": "mine" }), "config.yaml");
	expect(writeTemplate(path).problems).toMatchObject([
		{
			message: `configuration file "${path}" already exists`,
			hint: expect.stringContaining("--config"),
			exitCode: 64,
		},
	]);
	expect(readFileSync(path, "utf8")).toBe("mine");
});

test("reports a path that can't be written", () => {
	const directory = temporaryDirectory();
	writeFileSync(join(directory, "file"), "");
	expect(writeTemplate(join(directory, "file/config.yaml")).problems?.[0]).toMatchObject({
		message: expect.stringMatching(/^could not write configuration file ".*": File already exists$/),
		exitCode: 78,
	});
});
