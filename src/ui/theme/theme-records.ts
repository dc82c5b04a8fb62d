import colourBlind from "../../../themes/colour-blind.json" with { type: "json" };
import dark from "../../../themes/dark.json" with { type: "json" };
import highContrast from "../../../themes/high-contrast.json" with { type: "json" };
import light from "../../../themes/light.json" with { type: "json" };
import mono from "../../../themes/mono.json" with { type: "json" };
import type { Tone } from "../../presentation/grid.ts";

/** What a text is, never how it looks. */
export type SemanticRole =
	| Tone
	| "title"
	| "border"
	| "key"
	/** The row that keys work on. */
	| "selection"
	/** A word that must not be missed, such as READ ONLY. */
	| "badge"
	/** A whole line that can't be overlooked: the console itself is cut off. */
	| "banner";

export const SEMANTIC_ROLES: readonly SemanticRole[] = Object.keys(dark.roles) as SemanticRole[];

/** How a role looks, as a theme's file says it. */
export interface RoleStyle {
	/** "#rrggbb"; without it the terminal's own. */
	readonly color?: string;
	/** "#rrggbb" behind the text; on terminals of 16 colours and none the role is drawn inverse instead. */
	readonly background?: string;
	/** The colour's name on terminals of 16 colours, e.g. "redBright"; without it the nearest one. */
	readonly ansi?: string;
	readonly bold?: boolean;
	readonly dim?: boolean;
	readonly underline?: boolean;
	readonly inverse?: boolean;
}

/** A theme's file. */
export interface ThemeRecord {
	/** The terminal's own colours that the theme is made for: it does not set them, contrast is computed with them. */
	readonly background?: string;
	readonly foreground?: string;
	readonly roles: Readonly<Record<SemanticRole, RoleStyle>>;
}

/** The themes that come with the console, by name. */
export const BUILT_IN_THEMES: ReadonlyMap<string, ThemeRecord> = new Map<string, ThemeRecord>([
	["dark", dark],
	["light", light],
	["high-contrast", highContrast],
	["colour-blind", colourBlind],
	["mono", mono],
]);
