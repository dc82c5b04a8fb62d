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

export type Theme = Readonly<Record<SemanticRole, Style>>;

/** NO_COLOR (no-color.org): any value but the empty one asks for no colour. */
export function chooseTheme(environment: Readonly<Record<string, string | undefined>>): Theme {
	return environment.NO_COLOR ? mono : dark;
}

export const ThemeContext = createContext<Theme>(mono);

export function useTheme(): Theme {
	return useContext(ThemeContext);
}
