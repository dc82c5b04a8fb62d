import { expect } from "vitest";
import { sanitiseText } from "../../src/text/sanitise.ts";

/** The latest valid time, in ms (ECMA-262, 21.4.1.1). */
const LATEST_TIME = 8.64e15;

/**
 * Expects that parsed values can be displayed and computed with: texts are safe for a terminal, numbers finite, times valid, and
 * the total is not much larger than the input.
 */
export function expectSound(read: unknown, from: string): void {
	let size = 0;
	const look = (value: unknown, path: string): void => {
		if (typeof value === "string") {
			size += value.length;
			if (value.split("\n").some((line) => sanitiseText(line) !== line)) unsound(path, value);
		} else if (typeof value === "number") {
			size += 8;
			const isTime = /(At|Time|since)$/.test(path);
			if (!Number.isFinite(value) || (isTime && Math.abs(value) > LATEST_TIME)) unsound(path, value);
		} else if (value instanceof Map) {
			for (const [key, item] of value) {
				look(key, `${path} key`);
				look(item, `${path}.${key}`);
			}
		} else if (typeof value === "object" && value !== null) {
			for (const [key, item] of Object.entries(value)) look(item, `${path}.${key}`);
		}
	};
	look(read, "");
	expect(size).toBeLessThan(4 * from.length + 100_000);
}

function unsound(path: string, value: unknown): never {
	throw new Error(`${path.slice(0, 200)} is ${JSON.stringify(value)?.slice(0, 200)}`);
}
