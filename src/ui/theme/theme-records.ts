import colourBlind from "../../../themes/colour-blind.json" with { type: "json" };
import dark from "../../../themes/dark.json" with { type: "json" };
import highContrast from "../../../themes/high-contrast.json" with { type: "json" };
import light from "../../../themes/light.json" with { type: "json" };
import mono from "../../../themes/mono.json" with { type: "json" };
import type { Tone } from "../../presentation/grid.ts";

/** The meaning of a text, not its look. */
export type SemanticRole =
	| Tone
	| "title"
	| "border"
	| "key"
	/** The row that keys work on. */
	| "selection"
	/** A word that must be noticed, such as READ ONLY. */
	| "badge"
	/** A whole line that must be noticed: the console is cut off. */
	| "banner";

export const SEMANTIC_ROLES: readonly SemanticRole[] = Object.keys(dark.roles) as SemanticRole[];

/** The look of a role in a theme's file. */
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
	/** The terminal colours that the theme is made for, used to compute contrast only. */
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
