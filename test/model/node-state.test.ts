import { describe, expect, test } from "vitest";
import { current, observe, repmgrdProcess, type Source, unreadNode } from "../../src/model/node-state.ts";
import { failed, good, hostReading, nodeState, primaryReading, registration } from "../support/records.ts";

const UNREAD: Source<string> = { good: null, fault: null };

describe("observe and current", () => {
	test("has no current value before the first observation", () => {
		expect(current(UNREAD)).toBeNull();
	});

	test("keeps the last good value with its age when an attempt fails", () => {
		const read = observe(UNREAD, good("a", 1000));
		expect(current(read)).toBe("a");
		const broken = observe(read, failed({ message: "gone" }, 2000));
		expect(current(broken)).toBeNull();
		expect(broken.good).toEqual({ value: "a", at: 1000 });
		expect(broken.fault).toMatchObject({ fault: { message: "gone" }, at: 2000, since: 2000 });
	});

	test("keeps a fault's beginning and shows the newest message", () => {
		const source = [failed({ message: "one" }, 1000), failed({ message: "two" }, 3000)].reduce(
			observe,
			UNREAD,
		);
		expect(source.fault).toMatchObject({ fault: { message: "two" }, at: 3000, since: 1000 });
	});

	test("ends a fault with a success; the next one has its own beginning", () => {
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

	test("prefers the later of two observations in one millisecond", () => {
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

	test("counts while the server knows it, and when the host was read since then", () => {
		expect(seen(1000, null)).toEqual({ pid: 93, state: "S" });
		expect(seen(6000, 5000)).toEqual({ pid: 93, state: "S" });
	});

	test("is unknown after an older reading: it may have been killed meanwhile", () => {
		expect(seen(4000, 5000)).toBeNull();
	});

	test("is absent as long as the host was read", () => {
		const state = nodeState(registration(1), {
			server: [good(primaryReading({ repmgrdMissedSince: 5000 }), 9000)],
			host: [{ ...good(hostReading({ repmgrd: false }), 4000), by: "ssh" }],
		});
		expect(repmgrdProcess(state)).toBe(false);
	});
});
