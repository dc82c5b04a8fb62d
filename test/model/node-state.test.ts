import { describe, expect, test } from "vitest";
import { current, observe, repmgrdProcess, type Source, unreadNode } from "../../src/model/node-state.ts";
import { failed, good, hostReading, nodeState, primaryReading, registration } from "../support/records.ts";

const UNREAD: Source<string> = { good: null, fault: null };

describe("observe and current", () => {
	test("nothing observed is nothing current", () => {
		expect(current(UNREAD)).toBeNull();
	});

	test("a value is current until an attempt fails, and is then kept with its age", () => {
		const read = observe(UNREAD, good("a", 1000));
		expect(current(read)).toBe("a");
		const broken = observe(read, failed({ message: "gone" }, 2000));
		expect(current(broken)).toBeNull();
		expect(broken.good).toEqual({ value: "a", at: 1000 });
		expect(broken.fault).toMatchObject({ fault: { message: "gone" }, at: 2000, since: 2000 });
	});

	test("a fault that lasts keeps its beginning and shows its newest words", () => {
		const source = [failed({ message: "one" }, 1000), failed({ message: "two" }, 3000)].reduce(
			observe,
			UNREAD,
		);
		expect(source.fault).toMatchObject({ fault: { message: "two" }, at: 3000, since: 1000 });
	});

	test("a success ends the fault; the next one has a beginning of its own", () => {
		const seen = [failed({}, 1000), good("b", 2000)].reduce<Source<string>>(observe, UNREAD);
		expect(seen).toEqual({ good: { value: "b", at: 2000 }, fault: null });
		expect(observe(seen, failed({}, 3000)).fault?.since).toBe(3000);
	});

	test.each([good("late", 1500), failed({ message: "late" }, 1500)])(
		"what arrives late changes nothing: %j",
		(late) => {
			const source = observe(UNREAD, good("new", 2000));
			expect(observe(source, late)).toBe(source);
			const broken = observe(observe(UNREAD, good("old", 1000)), failed({}, 2000));
			expect(observe(broken, late)).toBe(broken);
		},
	);

	test("of two observations in one millisecond the later told counts", () => {
		expect(current([good("a", 1000), good("b", 1000)].reduce<Source<string>>(observe, UNREAD))).toBe("b");
	});
});

test("an unread node has its registration and address, and nothing else", () => {
	const node = unreadNode(registration(2), "10.0.0.2:6432");
	expect(node).toMatchObject({ nodeId: 2, registration: { nodeName: "node2" }, address: "10.0.0.2:6432" });
	expect([current(node.server), current(node.ping), current(node.host)]).toEqual([null, null, null]);
});

describe("repmgrd's process, as the host saw it", () => {
	const seen = (lookedAt: number, missedSince: number | null) =>
		repmgrdProcess(
			nodeState(registration(1), {
				server: [good(primaryReading({ repmgrdMissedSince: missedSince }), 9000)],
				host: [{ ...good(hostReading({ repmgrd: { pid: 93, state: "S" } }), lookedAt), by: "ssh" }],
			}),
		);

	test("counts while the server does not miss it, and when looked for since then", () => {
		expect(seen(1000, null)).toEqual({ pid: 93, state: "S" });
		expect(seen(6000, 5000)).toEqual({ pid: 93, state: "S" });
	});

	test("an older look proves nothing: it may have been killed meanwhile", () => {
		expect(seen(4000, 5000)).toBeNull();
	});

	test("that there is none is believed as long as it was looked at", () => {
		const state = nodeState(registration(1), {
			server: [good(primaryReading({ repmgrdMissedSince: 5000 }), 9000)],
			host: [{ ...good(hostReading({ repmgrd: false }), 4000), by: "ssh" }],
		});
		expect(repmgrdProcess(state)).toBe(false);
	});
});
