import { expect, test } from "vitest";
import { ConnectionLimiter } from "../../src/probe/connection-limiter.ts";

/** Callers of a limiter with two places, and those let in so far. */
function visitors() {
	const limiter = new ConnectionLimiter(2);
	const entered: string[] = [];
	const visit = async (name: string, hasFailedBefore = false): Promise<() => void> => {
		const leave = await limiter.enter(hasFailedBefore);
		entered.push(name);
		return leave;
	};
	return { entered, visit };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("lets the first in at once, and each next one in order when another leaves", async () => {
	const { entered, visit } = visitors();
	const [a, b, c] = [visit("a"), visit("b"), visit("c")];
	void visit("d");
	await settled();
	expect(entered).toEqual(["a", "b"]);
	(await b)();
	await settled();
	expect(entered).toEqual(["a", "b", "c"]);
	(await c)();
	(await a)();
	await settled();
	expect(entered).toEqual(["a", "b", "c", "d"]);
	void visit("e");
	await settled();
	expect(entered.at(-1)).toBe("e");
});

test("keeps nodes that failed before from blocking others", async () => {
	const { entered, visit } = visitors();
	for (const name of ["dead 1", "dead 2", "dead 3"]) void visit(name, true);
	void visit("alive");
	await settled();
	expect(entered).toEqual(["dead 1", "dead 2", "alive"]);
});
