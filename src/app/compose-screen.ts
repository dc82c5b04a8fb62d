import type { JudgeScreen } from "../config/clusters-file.ts";
import type { ScreenSettings } from "../config/clusters-schema.ts";
import { findTheme, isThemePath } from "../config/theme-file.ts";
import type { Configured, Problem } from "../text/message.ts";
import type { ScreenOptions } from "../ui/open-screen.tsx";
import { chosenColumns, preferenceProblems, rebind } from "../ui/preferences.ts";
import { BINDINGS } from "../ui/screens/index.ts";
import type { Capabilities } from "../ui/terminal/capabilities.ts";
import { BUILT_IN_THEMES, SEMANTIC_ROLES } from "../ui/theme/theme-records.ts";

/** Checks the configuration of the screen against the screen's own themes, keys and columns. */
const VOCABULARY = { roles: SEMANTIC_ROLES, themes: BUILT_IN_THEMES };

/** Problems of the screen's settings in the clusters file; `themeProblems` reads a theme's own file. */
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

/** Problems and poor contrasts of a theme in the clusters file. */
export function checkTheme(theme: string): {
	readonly problems: readonly Problem[];
	readonly warnings: readonly Problem[];
} {
	const { problems = [], value } = findTheme(theme, VOCABULARY, 78);
	return { problems, warnings: value?.warnings ?? [] };
}

/** The screen's options from the command line, the configuration and the terminal. */
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
	// Without colours all themes look the same.
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
			hasBell: settings.bell ?? true,
			bindings: rebind(BINDINGS, settings.keys ?? {}),
			...(columns !== undefined && { topologyColumns: columns }),
		},
	};
}
