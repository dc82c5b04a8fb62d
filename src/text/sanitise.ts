/**
 * Control characters (C0, DEL, C1), line and paragraph separators, and the marks that turn the
 * direction of text: none may reach a terminal from a database, a log or a host.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu;

/**
 * What joins emoji into one picture (a family, a skin tone). Terminals disagree whether that takes two columns or eight,
 * and a line that is too long destroys the screen; separate emoji have the same width everywhere.
 */
const JOINING = /\uFE0F|(?<=\p{Extended_Pictographic}\uFE0F?)[\u200D\p{Emoji_Modifier}]+/gu;

/** The text with every unsafe character made visible as U+FFFD; line breaks and tabs become spaces. */
export function sanitiseText(text: string): string {
	return text
		.replace(UNSAFE, (character) => (/[\t\n\r]/.test(character) ? " " : "\uFFFD"))
		.replace(JOINING, "");
}

/** A copy of a plain value (records, arrays) in which every text, keys included, is sanitised. */
export function sanitise<T>(value: T): T {
	if (typeof value === "string") return sanitiseText(value) as T;
	if (Array.isArray(value)) return value.map(sanitise) as T;
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [sanitiseText(key), sanitise(item)]),
	) as T;
}
