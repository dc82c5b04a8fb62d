import type { Key } from "ink";
import type { SpecialKey } from "../model/key-names.ts";

/** Ink's flags of the keys that are not characters. */
const SPECIAL: readonly (readonly [keyof Key, SpecialKey])[] = [
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

const KEY_LABELS: Readonly<Record<string, string>> = { up: "↑", down: "↓", left: "←", right: "→" };

/** A key's name as shown to the operator. */
export function keyLabel(key: string): string {
	return KEY_LABELS[key] ?? key;
}
