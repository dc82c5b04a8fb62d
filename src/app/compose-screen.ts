import type { JudgeScreen } from "../config/clusters-file.ts";
import type { ScreenSettings } from "../config/clusters-schema.ts";
import { findTheme, isThemePath } from "../config/theme-file.ts";
import type { Configured, Problem } from "../text/message.ts";
import type { ScreenOptions } from "../ui/open-screen.tsx";
import { chosenColumns, preferenceProblems, rebind } from "../ui/preferences.ts";
import { BINDINGS } from "../ui/screens/index.ts";
import type { Capabilities } from "../ui/terminal/capabilities.ts";
import { BUILT_IN_THEMES, SEMANTIC_ROLES } from "../ui/theme/theme-records.ts";

/** What a configuration may say of the screen, put together with the screen's own words. No React in here. */
const VOCABULARY = { roles: SEMANTIC_ROLES, themes: BUILT_IN_THEMES };

/** Finds the screen's words that are wrong in the clusters file; a theme's own file is read by `themeProblems`. */
export const judgeScreen: JudgeScreen = (settings) => {
	const { theme } = settings;
	const isUnknown = theme !== undefined && !isThemePath(theme) && !BUILT_IN_THEMES.has(theme);
	const names = [...BUILT_IN_THEMES.keys()];
	return [
		...(isUnknown
			? [
					{
						path: ["theme"],
						message: `there is no theme "${theme}"`,
						detail: `The themes are ${names.join(", ")}; a file of your own is given by its path.`,
						near: { word: theme, known: names },
					},
				]
			: []),
		...preferenceProblems(settings, BINDINGS),
	];
};

/** What is wrong with a theme of the clusters file, and what makes it hard to read. */
export function checkTheme(theme: string): {
	readonly problems: readonly Problem[];
	readonly warnings: readonly Problem[];
} {
	const { problems = [], value } = findTheme(theme, VOCABULARY, 78);
	return { problems, warnings: value?.warnings ?? [] };
}

/** The screen as the command line, the configuration and the terminal will have it. */
export function composeScreen(
	settings: ScreenSettings,
	option: string | undefined,
	capabilities: Capabilities,
	warn: (problem: Problem) => void,
): Configured<ScreenOptions> {
	const wanted = option ?? settings.theme ?? (capabilities.isLight ? "light" : "dark");
	const found = findTheme(wanted, VOCABULARY, option === undefined ? 78 : 64);
	if (found.problems !== undefined) return found;
	for (const warning of found.value.warnings) warn(warning);
	// Without colours all themes are one.
	const isMono = capabilities.depth === "none";
	const { name, content } = found.value;
	const columns = chosenColumns(settings);
	return {
		value: {
			capabilities,
			themes: isMono
				? new Map([...BUILT_IN_THEMES].filter(([key]) => key === "mono"))
				: new Map([...BUILT_IN_THEMES, [name, content]]),
			themeName: isMono ? "mono" : name,
			hasMouse: settings.mouse ?? false,
			bindings: rebind(BINDINGS, settings.keys ?? {}),
			...(columns !== undefined && { topologyColumns: columns }),
		},
	};
}
