import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configCheck, configInit, type ScreenChecks } from "../../src/command/config.ts";
import { thisClient } from "../../src/config/paths.ts";
import { recordOutput } from "../support/fake-session.ts";

let home = "";
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const client = () => ({ ...thisClient(), home, environment: {} });
/** Checks of the screen's settings: app/compose-screen.test.ts. */
const content: ScreenChecks = { judge: () => [], checkTheme: () => ({ problems: [], warnings: [] }) };

test("init writes a valid file, and never over an existing one", () => {
	const first = recordOutput();
	expect(configInit(undefined, client(), first.output)).toBe(0);
	const path = join(home, ".config/repmgr-console/config.yaml");
	expect(first.out).toEqual([`wrote ${path}`]);
	writeFileSync(path, `${readFileSync(path, "utf8")}\n# mine\n`);
	const written = readFileSync(path, "utf8");

	const check = recordOutput();
	expect(configCheck(undefined, client(), check.output, content)).toBe(0);
	expect(check.out[0]).toContain(`${path} is valid`);

	const second = recordOutput();
	expect(configInit(undefined, client(), second.output)).not.toBe(0);
	expect(second.err[0]).toMatch(/^repmgr-console: error: /);
	expect(readFileSync(path, "utf8")).toBe(written);
});

test("check prints every problem and exits with 78 (EX_CONFIG)", () => {
	const path = join(home, "my.yaml");
	writeFileSync(path, "clusters:\n  prod:\n    intervalSeconds: soon\n    colour: red\n");
	const { out, err, output } = recordOutput();
	expect(configCheck(path, client(), output, content)).toBe(78);
	expect(out).toEqual([]);
	expect(err.join("\n").match(/^repmgr-console: error: .*my\.yaml:\d+/gm)).toHaveLength(2);
});

test("check of a missing file is an error and does not create it", () => {
	const { err, output } = recordOutput();
	expect(configCheck(join(home, "none.yaml"), client(), output, content)).toBe(78);
	expect(err.join("\n")).toContain("No such file or directory");
	expect(existsSync(join(home, "none.yaml"))).toBe(false);
});
