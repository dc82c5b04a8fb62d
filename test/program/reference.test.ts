import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { viewpointsOf } from "../../src/assess/viewpoints.ts";
import { programOf } from "../../src/command/arguments.ts";
import { EXIT_CODE } from "../../src/command/exit-code.ts";
import { knownKeys } from "../../src/config/clusters-schema.ts";
import { thresholdShape, thresholdsSchema } from "../../src/config/thresholds-schema.ts";
import { RULES } from "../../src/lint/index.ts";
import { FINDING_CODES } from "../../src/model/finding.ts";
import { DEFAULT_THRESHOLDS } from "../../src/model/thresholds.ts";
import { OPERATIONS } from "../../src/operation/index.ts";
import { request } from "../../src/operation/request.ts";
import { beginRun } from "../../src/operation/run/run-state.ts";
import { crosscheckRecord } from "../../src/presentation/crosscheck.ts";
import { failoverRecord } from "../../src/presentation/election-report.ts";
import { statusRecord } from "../../src/presentation/status-record.ts";
import { TOPOLOGY_COLUMNS } from "../../src/presentation/topology.ts";
import { viewpointsRecord } from "../../src/presentation/viewpoints.ts";
import { BINDINGS } from "../../src/ui/screens/index.ts";
import { BUILT_IN_THEMES, SEMANTIC_ROLES } from "../../src/ui/theme/theme-records.ts";
import { crosscheckOf } from "../support/crosschecks.ts";
import { diagnose } from "../support/diagnose.ts";
import { factsOf } from "../support/facts.ts";
import { NOW, registration, repmgrd } from "../support/records.ts";
import { DOCUMENTS, keysDocument } from "../support/reference.ts";
import { foreseen, worldOf } from "../support/worlds.ts";

const REFERENCE = join(import.meta.dirname, "../../src/reference");

const read = (name: string): string => readFileSync(join(REFERENCE, name), "utf8");

test.each(Object.entries(DOCUMENTS))(
	"src/reference/%s is up to date (if not: npm run reference)",
	async (name, text) => {
		await expect(text()).toMatchFileSnapshot(`../../src/reference/${name}`);
	},
);

test("every binding has a name of its own, and is listed with its keys", () => {
	expect(new Set(BINDINGS.map(({ id }) => id)).size).toBe(BINDINGS.length);
	const keys = keysDocument(BINDINGS);
	for (const { id } of BINDINGS) expect(keys).toContain(`| \`${id}\` |`);
	expect(keys).toMatch(/\| `q` `ctrl\+c` \| [A-Z].*\. \| `quit` \|/);
});

test("a bar in a cell does not end it", () => {
	const [binding] = BINDINGS;
	if (binding === undefined) throw new Error("no binding");
	expect(keysDocument([{ ...binding, keys: ["|"], help: "a | b" }])).toContain("| `\\|` | a \\| b |");
});

/** What the first column of a document's tables has in code style. */
function firstCells(name: string): readonly string[] {
	return [...read(name).matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = ""]) => cell);
}

test("findings.md has a line for every code, in their order", () => {
	expect(firstCells("findings.md")).toEqual(FINDING_CODES);
});

test("lint.md has a line for every check, in their order", () => {
	expect(firstCells("lint.md")).toEqual(RULES.map(({ code }) => code));
});

/** The names of all fields in a value, however deep. */
function fieldsOf(value: unknown): readonly string[] {
	if (Array.isArray(value)) return value.flatMap(fieldsOf);
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
}

test("json.md names every field that commands print", () => {
	const snapshot = foreseen();
	const findings = diagnose(worldOf({ 2: { server: { repmgrd: repmgrd({ paused: true }) } } }));
	const { plan } = request({ kind: "follow", nodeId: 3, upstreamNodeId: 2 }, factsOf());
	if (plan === undefined) throw new Error("no plan");
	const documents = [
		statusRecord({ ...snapshot, findings }),
		viewpointsRecord(viewpointsOf(snapshot), snapshot),
		failoverRecord(snapshot),
		crosscheckRecord(crosscheckOf([1, 2], { silent: [2] }), [registration(1)]),
		beginRun("id", plan, "alice", NOW),
	];
	const named = [...read("json.md").matchAll(/["`](\w+)["`]/g)].map(([, name]) => name);
	const unnamed = documents.flatMap(fieldsOf).filter((field) => !named.includes(field));
	expect(unnamed).toEqual([]);
});

test("exit-codes.md has every code", () => {
	for (const code of Object.values(EXIT_CODE))
		expect(read("exit-codes.md")).toMatch(new RegExp(`\\| ${code} \\|`));
});

test("configuration.md has every key of the configuration file", () => {
	const known = [["defaults"], ["defaults", "ssh"], ["defaults", "thresholds"]].flatMap(knownKeys);
	expect(firstCells("configuration.md")).toEqual(expect.arrayContaining([...known]));
	expect(
		firstCells("configuration.md").filter((key) => /^[a-z_]+$/.test(key) && !known.includes(key)),
	).toEqual([]);
});

test("configuration.md has the default of every threshold", () => {
	const said = [...read("configuration.md").matchAll(/^\| `([a-z_]+)` \| `([\d.]+)` \|/gm)].map(
		([, key, value]) => [key, Number(value)] as const,
	);
	const given = Object.fromEntries(said.filter(([key = ""]) => Object.hasOwn(thresholdShape, key)));
	const repmgr = {
		lagWarningSeconds: 300,
		lagCriticalSeconds: 600,
		archiveReadyWarning: 16,
		archiveReadyCritical: 128,
	};
	expect(thresholdsSchema("").parse(given)).toEqual({ ...DEFAULT_THRESHOLDS, ...repmgr });
});

test("configuration.md names every theme, role of a theme and column", () => {
	const named = [...read("configuration.md").matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
	const known = [...BUILT_IN_THEMES.keys(), ...SEMANTIC_ROLES, ...TOPOLOGY_COLUMNS];
	expect(known.filter((name) => !named.includes(name))).toEqual([]);
});

test.each(["../../README.md", ...readdirSync(REFERENCE)])("the links of %s lead to files", (name) => {
	const targets = [...read(name).matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
	expect(targets.filter((path) => !existsSync(join(REFERENCE, dirname(name), path)))).toEqual([]);
});

test("the manual page is roff without warnings, and has every command and option", () => {
	const page = join(REFERENCE, "repmgr-console.1");
	const groff = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=1000n", page], {
		encoding: "utf8",
	});
	const isHere = groff.error === undefined;
	if (isHere) expect(groff).toMatchObject({ status: 0, stderr: "" });
	const text = (isHere ? groff.stdout : readFileSync(page, "utf8").replaceAll("\\-", "-")).replaceAll(
		"‐",
		"-",
	);
	const program = programOf("1", { out: () => {}, err: () => {} }, () => {});
	for (const command of [program, ...program.commands]) {
		for (const { flags } of command.options) expect(text).toContain(flags);
		expect(text).toContain(command.name());
	}
	// A line that roff would take for a request of its own.
	expect(readFileSync(page, "utf8")).not.toMatch(
		/^(?:'|\.(?!TH |SH |SS |TP$|PP$|B |BR |RI |IR |br$|\\" Generated))/m,
	);
});

test("README.md names every operation and stays short", () => {
	const readme = read("../../README.md");
	const named = [...readme.matchAll(/`(?:repmgr-console )?([a-z-]+)/g)].map(([, word]) => word);
	expect(OPERATIONS.map(({ kind }) => kind).filter((kind) => !named.includes(kind))).toEqual([]);
	expect(readme.split("\n").length).toBeLessThan(200);
});
