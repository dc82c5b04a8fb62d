import { expect, test } from "vitest";
import { Footer } from "../../src/ui/components/footer.tsx";
import type { UiContext } from "../../src/ui/context.ts";
import { BUILT_IN_THEMES } from "../../src/ui/theme/theme-records.ts";
import { drawnLines, press, uiContext } from "../support/ui-context.tsx";

const start: UiContext = { ...uiContext().context, themeNames: [...BUILT_IN_THEMES.keys()] };
const footer = (context: UiContext) => drawnLines(context, <Footer context={context} />);

test("shows all themes in 80 columns, and marks the current one by more than colour", () => {
	expect(footer(press(start, "t", "right"))).toEqual([
		" theme ←→  dark [light] high-contrast  colour-blind  mono   enter keep  esc back",
	]);
});

test.each([
	[["t", "right"], "light"],
	[["t", "l", "j", "tab"], "colour-blind"],
	[["t", "left"], "mono"],
	[["t", "h", "k", "up"], "high-contrast"],
	[["t", "t", "enter"], "light"],
	[["t", "right", "esc"], "dark"],
	[["t", "right", "q"], "dark"],
	[["t", "right", "enter", "t", "right", "esc"], "light"],
])("%j shows %s", (keys, name) => {
	expect(press(start, ...keys).ui.themeName).toBe(name);
});

test("says why the key is disabled if there is one theme", () => {
	const { message, themeBefore } = press({ ...start, themeNames: ["mono"] }, "t").ui;
	expect(themeBefore).toBeNull();
	expect(message).toMatchObject({ isProblem: true, text: expect.stringContaining("one theme") });
});
