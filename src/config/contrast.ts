/** The colours of a theme that matter for contrast; every colour is "#rrggbb". */
export interface ColouredRoles {
	readonly background?: string;
	readonly foreground?: string;
	readonly roles: Readonly<Record<string, { readonly color?: string; readonly background?: string }>>;
}

/** Two colours that meet on the screen. */
export interface ColourPair {
	/** "muted", or "muted on selection". */
	readonly name: string;
	readonly color: string;
	readonly background: string;
}

/** The role whose background other roles' texts are drawn on. */
const SELECTION = "selection";

/** Every pair of text and background that a theme can show; none where it names no background. */
export function colourPairs({ background: own, foreground, roles }: ColouredRoles): readonly ColourPair[] {
	if (own === undefined) return [];
	const selected = roles[SELECTION]?.background;
	return Object.entries(roles).flatMap(([name, { color = foreground, background }]): ColourPair[] => {
		if (color === undefined) return [];
		if (background !== undefined) return [{ name, color, background }];
		return [
			{ name, color, background: own },
			...(selected === undefined ? [] : [{ name: `${name} on ${SELECTION}`, color, background: selected }]),
		];
	});
}

/** WCAG 2.2, "contrast ratio": from 1 to 21, whichever of the two is the background. */
export function contrastRatio(one: string, other: string): number {
	const [darker = 0, lighter = 0] = [relativeLuminance(one), relativeLuminance(other)].sort((a, b) => a - b);
	return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, "relative luminance": 0 for black, 1 for white. */
function relativeLuminance(colour: string): number {
	const [red = 0, green = 0, blue = 0] = linearChannels(colour);
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Red, green and blue as amounts of light, 0 to 1 (IEC 61966-2-1, sRGB). */
export function linearChannels(colour: string): readonly number[] {
	return [1, 3, 5]
		.map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
		.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
}
