import type { Key } from "ink";

/** Names of keys that are not characters, as users write them in the configuration. */
const SPECIAL: readonly (readonly [keyof Key, string])[] = [
	["upArrow", "up"],
	["downArrow", "down"],
	["leftArrow", "left"],
	["rightArrow", "right"],
	["pageUp", "pageup"],
	["pageDown", "pagedown"],
	["home", "home"],
	["end", "end"],
	["return", "enter"],
	["escape", "esc"],
	["backspace", "backspace"],
	["delete", "delete"],
];

/** Several keys in one read arrive as bytes. */
const CONTROL: Readonly<Record<string, string>> = {
	"\t": "tab",
	"\r": "enter",
	"\n": "enter",
	"\b": "backspace",
	"\u007F": "backspace",
	"\u001B": "esc",
};

function controlName(character: string): string | null {
	const code = character.charCodeAt(0);
	const isControl = code < 0x20 || code === 0x7f;
	return isControl ? (CONTROL[character] ?? `ctrl+${String.fromCharCode(code + 0x60)}`) : null;
}

/** The name of a key as Ink reports it: "j", "G", "space", "up", "ctrl+c", "shift+tab"; null if it is no key. */
export function keyName(input: string, key: Key): string | null {
	if (key.tab) return key.shift ? "shift+tab" : "tab";
	for (const [flag, name] of SPECIAL) if (key[flag]) return key.ctrl ? `ctrl+${name}` : name;
	if (input === "" || [...input].length > 1) return null;
	const control = controlName(input);
	if (control !== null) return control;
	const name = input === " " ? "space" : input;
	return key.ctrl ? `ctrl+${name}` : key.meta ? `alt+${name}` : name;
}

/** Keys with a name of their own. */
export const KEY_NAMES: readonly string[] = ["space", "tab", "shift+tab", ...SPECIAL.map(([, name]) => name)];

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Why no terminal can send this key, or null. */
export function keyNameProblem(name: string): string | null {
	if (KEY_NAMES.includes(name) || isCharacter(name)) return null;
	const [, modifier, rest = ""] = /^(ctrl|alt)\+(.+)$/s.exec(name) ?? [];
	if (modifier === "alt" && isCharacter(rest)) return null;
	if (modifier === "ctrl" && SPECIAL.some(([, special]) => special === rest)) return null;
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

const KEY_LABELS: Readonly<Record<string, string>> = { up: "↑", down: "↓", left: "←", right: "→" };

/** A key's name as shown to the operator. */
export function keyLabel(key: string): string {
	return KEY_LABELS[key] ?? key;
}
