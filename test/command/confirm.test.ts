import { expect, test } from "vitest";
import { confirm } from "../../src/command/confirm.ts";
import type { Interaction } from "../../src/command/terminal.ts";
import type { Confirmation } from "../../src/operation/plan/plan.ts";

const YES: Confirmation = { kind: "yes" };
const NAME: Confirmation = { kind: "name", name: "node2" };
const LOSS: Confirmation = { kind: "name and loss", name: "node2", lossBytes: 256 };

const said = (answer: string | null): Interaction => ({
	isInteractive: answer !== null,
	ask: () => Promise.resolve(answer),
	onInterrupt: () => () => {},
	onTerminate: () => () => {},
});

const NOTHING = { yes: false, acceptLoss: null };

test.each([
	[YES, "y", true],
	[YES, "n", false],
	[YES, "", false],
	[NAME, "node2", true],
	[NAME, "y", false],
	[NAME, "node3", false],
	[LOSS, "node2 256", true],
	[LOSS, "node2", false],
	[LOSS, "node2 0", false],
] as const)("%o is answered by %s: %s", async (confirmation, answer, isDone) => {
	expect((await confirm(confirmation, NOTHING, said(answer))) === null).toBe(isDone);
});

test("--yes answers y or n and the node, never what is lost", async () => {
	const yes = { yes: true, acceptLoss: null };
	expect(await confirm(YES, yes, said(null))).toBe(null);
	expect(await confirm(NAME, yes, said(null))).toBe(null);
	expect(await confirm(LOSS, yes, said(null))).toMatch(/--accept-loss/);
	expect(await confirm(LOSS, { yes: true, acceptLoss: 256 }, said(null))).toBe(null);
	expect(await confirm(LOSS, { yes: true, acceptLoss: 4096 }, said(null))).toBe(null);
	expect(await confirm(LOSS, { yes: true, acceptLoss: 255 }, said(null))).toMatch(/the 256 bytes/);
	expect(await confirm(LOSS, { yes: true, acceptLoss: "unknown" }, said(null))).toMatch(/the 256 bytes/);
});

test("what nobody can tell is only accepted as such", async () => {
	const unknown: Confirmation = { ...LOSS, lossBytes: null };
	expect(await confirm(unknown, { yes: true, acceptLoss: 4096 }, said(null))).toMatch(/can't be told/);
	expect(await confirm(unknown, { yes: true, acceptLoss: "unknown" }, said(null))).toBe(null);
	expect(await confirm(unknown, NOTHING, said("node2 unknown"))).toBe(null);
});

test("without --yes nobody is taken for consenting", async () => {
	expect(await confirm(YES, NOTHING, said(null))).toMatch(/--yes is needed/);
});
