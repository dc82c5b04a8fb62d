import { expect, test } from "vitest";
import type { Poller } from "../../src/probe/poller.ts";
import { crosschecks } from "../../src/session/crosschecks.ts";
import { createConsoleStore } from "../../src/store/console-store.ts";

test("crosscheckFrom() has one host try its connections, and leaves the screen's crosscheck alone", async () => {
	const store = createConsoleStore({ name: "prod", sshOff: null, now: 0, known: [] });
	const asked: number[][] = [];
	const poller: Pick<Poller, "crosscheck"> = {
		crosscheck(nodeIds, _, { report }) {
			asked.push([...nodeIds]);
			report([{ fromNodeId: 2, asked: { state: "done" } }]);
			return Promise.resolve();
		},
	};
	const found = await crosschecks(store, poller).crosscheckFrom(2);
	expect(asked).toEqual([[2]]);
	expect(found).toMatchObject({
		endedAt: expect.any(Number),
		rows: [{ fromNodeId: 2, asked: { state: "done" } }],
	});
	expect(store.getState().crosscheck).toBeNull();
});
