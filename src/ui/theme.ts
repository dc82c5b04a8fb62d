import { createContext, useContext } from "react";
import dark from "../../themes/dark.json" with { type: "json" };
import mono from "../../themes/mono.json" with { type: "json" };
import type { Tone } from "../store/topology.ts";

/** What a text is, never how it looks. */
export type SemanticRole = Tone | "title" | "border" | "key";

/** Ink's text properties for one role. */
export interface Style {
	readonly color?: string;
	readonly bold?: boolean;
}

/** Characters for lines and marks; ASCII where the terminal can't show others. */
export interface Glyphs {
	readonly line: string;
	readonly selected: string;
}

export const UNICODE_GLYPHS: Glyphs = { line: "─", selected: "▸" };

export type Theme = Readonly<Record<SemanticRole, Style>> & { readonly glyphs: Glyphs };

export const THEMES: ReadonlyMap<string, Theme> = new Map([
	["dark", { ...dark, glyphs: UNICODE_GLYPHS }],
	["mono", { ...mono, glyphs: UNICODE_GLYPHS }],
]);

export const ThemeContext = createContext<Theme>({ ...mono, glyphs: UNICODE_GLYPHS });

export function useTheme(): Theme {
	return useContext(ThemeContext);
}
