import {
	styledCharsFromTokens as charsOf,
	type StyledChar,
	type Token,
	tokenize as tokensOf,
} from "@alcalzone/ansi-tokenize";
import { remember } from "./remember.ts";

export * from "@alcalzone/ansi-tokenize";

const known = remember((text) => tokensOf(text));
const chars = new WeakMap<readonly Token[], StyledChar[]>();

export function tokenize(text: string, endChar?: number): Token[] {
	return endChar === undefined ? known(text) : tokensOf(text, endChar);
}

export function styledCharsFromTokens(tokens: Token[]): StyledChar[] {
	const result = chars.get(tokens) ?? charsOf(tokens);
	chars.set(tokens, result);
	return result;
}
