import { expect, test } from "vitest";
import { confirm } from "../../src/command/confirm.ts";
import type { Interaction } from "../../src/command/terminal.ts";
import type { Confirmation } from "../../src/operation/plan/plan.ts";

const YES: Confirmation = { kind: "yes" };
const NAME: Confirmation = { kind: "name", name: "node2" };
const LOSS: Confirmation = { kind: "name and loss", name: "node2", lossBytes: 256 };

const answering = (answer: string | null): Interaction => ({
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
] as const)("%o, answered with %s: confirmed is %s", async (confirmation, answer, isConfirmed) => {
	expect((await confirm(confirmation, NOTHING, answering(answer))) === null).toBe(isConfirmed);
});

test("--yes confirms all but data loss", async () => {
	const yes = { yes: true, acceptLoss: null };
	expect(await confirm(YES, yes, answering(null))).toBe(null);
	expect(await confirm(NAME, yes, answering(null))).toBe(null);
	expect(await confirm(LOSS, yes, answering(null))).toBe("not a terminal; pass --yes and --accept-loss 256");
	expect(await confirm(LOSS, { yes: true, acceptLoss: 256 }, answering(null))).toBe(null);
	expect(await confirm(LOSS, { yes: true, acceptLoss: 4096 }, answering(null))).toBe(null);
	expect(await confirm(LOSS, { yes: true, acceptLoss: 255 }, answering(null))).toBe(
		"256 bytes may be lost; pass --accept-loss 256",
	);
	expect(await confirm(LOSS, { yes: true, acceptLoss: "unknown" }, answering(null))).toBe(
		"256 bytes may be lost; pass --accept-loss 256",
	);
});

test("an unknown loss is accepted only as unknown", async () => {
	const unknown: Confirmation = { ...LOSS, lossBytes: null };
	expect(await confirm(unknown, { yes: true, acceptLoss: 4096 }, answering(null))).toBe(
		"possible data loss is unknown; pass --accept-loss unknown",
	);
	expect(await confirm(unknown, { yes: true, acceptLoss: "unknown" }, answering(null))).toBe(null);
	expect(await confirm(unknown, NOTHING, answering("node2 unknown"))).toBe(null);
});

test("without a terminal --yes is required", async () => {
	expect(await confirm(YES, NOTHING, answering(null))).toBe("not a terminal; pass --yes");
});
