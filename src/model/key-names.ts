/** Names of keys that are not characters and that ctrl changes, as users write them. */
const SPECIAL = [
	"up",
	"down",
	"left",
	"right",
	"pageup",
	"pagedown",
	"home",
	"end",
	"enter",
	"esc",
	"backspace",
	"delete",
] as const;

export type SpecialKey = (typeof SPECIAL)[number];

/** Keys with a name of their own. */
export const KEY_NAMES: readonly string[] = ["space", "tab", "shift+tab", ...SPECIAL];

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Why no terminal can send this key, or null. */
export function keyNameProblem(name: string): string | null {
	if (KEY_NAMES.includes(name) || isCharacter(name)) return null;
	const [, modifier, rest = ""] = /^(ctrl|alt)\+(.+)$/s.exec(name) ?? [];
	if (modifier === "alt" && isCharacter(rest)) return null;
	if (modifier === "ctrl" && SPECIAL.some((special) => special === rest)) return null;
	if (modifier === "ctrl" && /^[a-z]$/.test(rest)) {
		const same = SAME_AS_CONTROL[rest];
		return same === undefined ? null : `Terminals send the same for it as for "${same}".`;
	}
	return `It must be a character, one of ${KEY_NAMES.join(", ")}, or "ctrl+" or "alt+" and a character.`;
}

/** Ctrl with these letters sends the same byte as another key. */
const SAME_AS_CONTROL: Readonly<Record<string, string>> = {
	h: "backspace",
	i: "tab",
	j: "enter",
	m: "enter",
};

function isCharacter(text: string): boolean {
	return [...graphemes.segment(text)].length === 1 && !/[\p{C}\p{Z}]/u.test(text);
}
