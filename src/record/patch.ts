/**
 * What has to be changed in a plain value to get another one:
 *
 * - a number: is added (both values are whole numbers)
 * - a text: is appended
 * - null: the key goes
 * - [value]: takes its place
 * - a record of patches, by key or index: changes parts of it
 */
export type Patch = number | string | null | readonly [unknown] | { readonly [key: string]: Patch };

type Parts = Readonly<Record<string, unknown>>;

/**
 * The patch from one plain value to another; undefined: they are the same.
 *
 * @param appends Texts that grew are appended to. Half a secret is not recognised: only for texts without secrets.
 */
export function diff(before: unknown, after: unknown, appends = false): Patch | undefined {
	if (Object.is(before, after)) return undefined;
	if (typeof before === "number" && typeof after === "number") {
		const difference = after - before;
		return Number.isSafeInteger(before) && Number.isSafeInteger(after) && Number.isSafeInteger(difference)
			? difference
			: [after];
	}
	if (typeof before === "string" && typeof after === "string" && appends && after.startsWith(before))
		return after.slice(before.length);
	if (!isParts(before) || !isParts(after) || Array.isArray(before) !== Array.isArray(after)) return [after];
	if (Array.isArray(before) && Array.isArray(after) && before.length !== after.length) return [after];
	const changes: [string, Patch][] = [];
	for (const [key, value] of Object.entries(after)) {
		if (value === undefined) continue;
		const was = Object.hasOwn(before, key) ? before[key] : undefined;
		const change = was === undefined ? [value] : diff(was, value, appends);
		if (change !== undefined) changes.push([key, change as Patch]);
	}
	for (const [key, value] of Object.entries(before)) {
		const isGone = value !== undefined && (!Object.hasOwn(after, key) || after[key] === undefined);
		if (isGone) changes.push([key, null]);
	}
	return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** The value after a patch; what the patch does not name is the same object as before. Throws if it does not fit. */
export function patched(before: unknown, patch: Patch | undefined): unknown {
	if (patch === undefined) return before;
	if (Array.isArray(patch)) return patch[0];
	if (typeof patch === "number" && typeof before === "number") return before + patch;
	if (typeof patch === "string" && typeof before === "string") return before + patch;
	if (!isParts(before) || !isParts(patch)) throw new Error("a change does not fit");
	if (Array.isArray(before)) {
		return before.map((item, index) => {
			const change = (patch as Parts)[index];
			return change === undefined ? item : patched(item, change as Patch);
		});
	}
	const next = new Map(Object.entries(before));
	for (const [key, change] of Object.entries(patch as Parts)) {
		if (change === null) next.delete(key);
		else next.set(key, patched(next.get(key), change as Patch));
	}
	return Object.fromEntries(next);
}

function isParts(value: unknown): value is Parts {
	return typeof value === "object" && value !== null;
}
