import type { ColourDepth } from "../terminal/capabilities.ts";
import type { RoleStyle } from "./theme-records.ts";

/** Ink's text properties for one role, in colours that the terminal has. */
export interface Style {
	readonly color?: string;
	readonly backgroundColor?: string;
	readonly bold?: boolean;
	readonly dimColor?: boolean;
	readonly underline?: boolean;
	readonly inverse?: boolean;
}

/** A role as a terminal of this depth can show it. */
export function styleFor(role: RoleStyle, depth: ColourDepth): Style {
	const { color, background, ansi, bold, dim, underline, inverse } = role;
	const isInverse = inverse === true || (background !== undefined && (depth === "16" || depth === "none"));
	const shownColor = colorFor(color, ansi, depth);
	return {
		...(shownColor !== undefined && { color: shownColor }),
		...(background !== undefined && !isInverse && { backgroundColor: exactColour(background, depth) }),
		...(bold && { bold }),
		...(dim && { dimColor: dim }),
		...(underline && { underline }),
		...(isInverse && { inverse: isInverse }),
	};
}

function colorFor(
	color: string | undefined,
	ansi: string | undefined,
	depth: ColourDepth,
): string | undefined {
	switch (depth) {
		case "none":
			return undefined;
		case "16":
			return ansi ?? (color === undefined ? undefined : nearest16(color));
		case "256":
		case "rgb":
			return color === undefined ? undefined : exactColour(color, depth);
	}
}

function exactColour(hex: string, depth: ColourDepth): string {
	return depth === "rgb" ? hex : `ansi256(${nearest256(hex)})`;
}

/** The levels of red, green and blue in xterm's cube of 216 colours, the numbers 16 to 231. */
const CUBE = [0, 95, 135, 175, 215, 255];

/** The colours 16 to 255 as every terminal has them: the cube, then 24 greys. Users change the first 16. */
const PALETTE_256: readonly (readonly number[])[] = [
	...CUBE.flatMap((red) => CUBE.flatMap((green) => CUBE.map((blue) => [red, green, blue]))),
	...Array.from({ length: 24 }, (_, step) => [8 + 10 * step, 8 + 10 * step, 8 + 10 * step]),
];

/** The 16 colours by Ink's names, as the Linux console and VGA have them. */
export const PALETTE_16: Readonly<Record<string, string>> = {
	black: "#000000",
	red: "#aa0000",
	green: "#00aa00",
	yellow: "#aa5500",
	blue: "#0000aa",
	magenta: "#aa00aa",
	cyan: "#00aaaa",
	white: "#aaaaaa",
	blackBright: "#555555",
	redBright: "#ff5555",
	greenBright: "#55ff55",
	yellowBright: "#ffff55",
	blueBright: "#5555ff",
	magentaBright: "#ff55ff",
	cyanBright: "#55ffff",
	whiteBright: "#ffffff",
};

/**
 * The number of the nearest of the 256 colours. chalk's own conversion assumes evenly spaced levels, and makes dark
 * colours too light.
 */
export function nearest256(hex: string): number {
	return 16 + nearestIndex(hex, PALETTE_256);
}

/** What colour a number of the 256 is. */
export function colour256(number: number): string {
	const parts = PALETTE_256[number - 16] ?? [0, 0, 0];
	return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function nearest16(hex: string): string | undefined {
	const names = Object.keys(PALETTE_16);
	return names[nearestIndex(hex, Object.values(PALETTE_16).map(channelsOf))];
}

function nearestIndex(hex: string, palette: readonly (readonly number[])[]): number {
	const wanted = channelsOf(hex);
	const distances = palette.map((colour) =>
		colour.reduce((sum, part, channel) => sum + (part - (wanted[channel] ?? 0)) ** 2, 0),
	);
	return distances.indexOf(Math.min(...distances));
}

function channelsOf(hex: string): readonly number[] {
	return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
}
