import { createContext, useContext } from "react";
import type { Capabilities } from "../terminal/capabilities.ts";
import { type Style, styleFor } from "./palette.ts";
import { BUILT_IN_THEMES, SEMANTIC_ROLES, type SemanticRole, type ThemeRecord } from "./theme-records.ts";

export type { Style } from "./palette.ts";
export type { SemanticRole } from "./theme-records.ts";

/** Characters that are drawn; ascii-text.ts replaces them on ASCII terminals. */
export interface Glyphs {
	readonly line: string;
	readonly selected: string;
	/** Of the list that the cursor is not in. */
	readonly waiting: string;
	/** Between two columns. */
	readonly side: string;
}

export const UNICODE_GLYPHS: Glyphs = {
	line: "─",
	selected: "▸",
	waiting: "·",
	side: "│",
};

export const ASCII_GLYPHS: Glyphs = { line: "-", selected: ">", waiting: ".", side: "|" };

export type Theme = Readonly<Record<SemanticRole, Style>> & { readonly glyphs: Glyphs };

/** A theme in the colours and characters that the terminal has. */
export function themeFor(
	record: ThemeRecord,
	{ depth, isUnicode }: Pick<Capabilities, "depth" | "isUnicode">,
): Theme {
	const styles = SEMANTIC_ROLES.map((role) => [role, styleFor(record.roles[role], depth)] as const);
	return {
		...(Object.fromEntries(styles) as Record<SemanticRole, Style>),
		glyphs: isUnicode ? UNICODE_GLYPHS : ASCII_GLYPHS,
	};
}

const EVERYTHING = { depth: "rgb", isUnicode: true } as const;

/** The built-in themes on a terminal that can show everything. */
export const THEMES: ReadonlyMap<string, Theme> = new Map(
	[...BUILT_IN_THEMES].map(([name, record]) => [name, themeFor(record, EVERYTHING)]),
);

export const ThemeContext = createContext<Theme>(
	Object.fromEntries([
		...SEMANTIC_ROLES.map((role) => [role, {}]),
		["glyphs", UNICODE_GLYPHS],
	]) as unknown as Theme,
);

/** A role within a line: where the selection is inverse, each colour in it would become a background of its own. */
export function styleIn(theme: Theme, role: SemanticRole, isSelected: boolean): Style {
	return isSelected && theme.selection.inverse === true ? {} : theme[role];
}

export function useTheme(): Theme {
	return useContext(ThemeContext);
}
