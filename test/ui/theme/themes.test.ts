import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { colourPairs, contrastRatio } from "../../../src/config/contrast.ts";
import { parseThemeFile } from "../../../src/config/theme-file.ts";
import { colour256, nearest256, PALETTE_16 } from "../../../src/ui/theme/palette.ts";
import { BUILT_IN_THEMES, SEMANTIC_ROLES, type ThemeRecord } from "../../../src/ui/theme/theme-records.ts";
import { COLOUR_BLINDNESS, difference } from "../../support/colours.ts";

const AA = 4.5;
const AAA = 7;

const COLOURED = [...BUILT_IN_THEMES].filter(([name]) => name !== "mono");

function theme(name: string): ThemeRecord {
	const record = BUILT_IN_THEMES.get(name);
	if (record === undefined) throw new Error(`no theme ${name}`);
	return record;
}

/** "muted 3.9", for each pair with less contrast than `least`. */
function faint(record: ThemeRecord, least: number): readonly string[] {
	return colourPairs(record)
		.map(({ name, color, background }) => ({ name, ratio: contrastRatio(color, background) }))
		.filter(({ ratio }) => ratio < least)
		.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`);
}

/** As a terminal of 256 colours shows it. The terminal's own background and text stay what they are. */
function in256(record: ThemeRecord): ThemeRecord {
	const shown = (hex: string): string => colour256(nearest256(hex));
	const roles = Object.entries(record.roles).map(([role, { color, background, ...rest }]) => [
		role,
		{
			...rest,
			...(color !== undefined && { color: shown(color) }),
			...(background !== undefined && { background: shown(background) }),
		},
	]);
	return { ...record, roles: Object.fromEntries(roles) };
}

/** As a terminal of 16 colours shows it: by names, blocks inverse. */
function in16(record: ThemeRecord): ThemeRecord {
	const { background: own = "" } = record;
	const roles = Object.entries(record.roles).map(([role, { ansi, background }]) => {
		const color = ansi === undefined ? undefined : PALETTE_16[ansi];
		if (color === undefined) return [role, {}];
		return [role, background === undefined ? { color } : { color: own, background: color }];
	});
	return { ...record, roles: Object.fromEntries(roles) };
}

describe("contrast", () => {
	test.each([
		["dark", AA],
		["light", AA],
		["colour-blind", AA],
		["high-contrast", AAA],
	])("%s has at least %d:1", (name, least) => {
		expect(colourPairs(theme(name)).length).toBeGreaterThan(SEMANTIC_ROLES.length);
		expect(faint(theme(name), least)).toEqual([]);
		expect(faint(in256(theme(name)), least)).toEqual([]);
	});

	test.each(COLOURED)("%s is readable in 16 colours", (_, record) => {
		expect(faint(in16(record), AA)).toEqual([]);
	});

	test.each(COLOURED)("%s has a visible selection", (_, record) => {
		const { background = "" } = record.roles.selection;
		expect(difference(background, record.background ?? "")).toBeGreaterThan(5);
	});
});

describe("states look different", () => {
	const states = ["ok", "warning", "critical"] as const;
	const pairs = states.flatMap((one, position) =>
		states.slice(position + 1).map((other) => [one, other] as const),
	);
	/** Far more than noticeable: told apart at a glance. */
	const CLEAR = 25;

	test.each(COLOURED)("%s, with normal vision", (_, { roles }) => {
		for (const [one, other] of pairs)
			expect(difference(roles[one].color ?? "", roles[other].color ?? "")).toBeGreaterThan(CLEAR);
	});

	test.each(Object.entries(COLOUR_BLINDNESS))("colour-blind theme, with %s", (_, sight) => {
		for (const record of [theme("colour-blind"), in256(theme("colour-blind"))]) {
			for (const [one, other] of pairs) {
				const { [one]: left, [other]: right } = record.roles;
				expect(difference(left.color ?? "", right.color ?? "", sight), `${one} and ${other}`).toBeGreaterThan(
					CLEAR,
				);
			}
		}
	});

	test("the simulation moves ok and warning of the dark theme closer together", () => {
		const { ok, warning } = theme("dark").roles;
		const seen = difference(ok.color ?? "", warning.color ?? "", COLOUR_BLINDNESS.protanopia);
		expect(seen).toBeLessThan(CLEAR);
	});
});

describe("the files", () => {
	test("builds in every file of themes/", () => {
		const files = readdirSync(new URL("../../../themes", import.meta.url));
		expect(files.toSorted()).toEqual([...BUILT_IN_THEMES.keys()].map((name) => `${name}.json`).toSorted());
	});

	const vocabulary = { roles: SEMANTIC_ROLES, themes: BUILT_IN_THEMES };

	test.each([...BUILT_IN_THEMES])("%s is also valid as a user's theme, without a warning", (name, record) => {
		const { value, problems } = parseThemeFile(JSON.stringify(record), "own.json", vocabulary);
		expect(problems).toBeUndefined();
		expect(value).toEqual({ name: "own", content: record, warnings: [] });
		expect(Object.keys(record.roles), name).toEqual(SEMANTIC_ROLES);
	});

	test("mono has no colours and nothing dim, whose contrast is unknown", () => {
		expect(JSON.stringify(theme("mono"))).not.toMatch(/#|ansi/);
		for (const { roles } of BUILT_IN_THEMES.values())
			for (const role of Object.values(roles)) expect(role).not.toHaveProperty("dim");
	});
});
