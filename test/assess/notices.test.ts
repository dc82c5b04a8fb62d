import { expect, test } from "vitest";
import { noticesOf } from "../../src/assess/notices.ts";
import { NOT_IN_TIME } from "../../src/model/fault.ts";
import { failed, good, nodeState, primaryReading, registration, standbyReading } from "../support/records.ts";

const node = (nodeId: number, missingRights: readonly string[], sshProblem?: string) =>
	nodeState(registration(nodeId), {
		server: [good(nodeId === 1 ? primaryReading({ missingRights }) : standbyReading({ missingRights }))],
		...(sshProblem !== undefined && { host: [failed({ message: sshProblem })] }),
	});

test("has no notices when everything could be read", () => {
	expect(noticesOf([node(1, []), node(2, [])], null)).toEqual([]);
});

test("reports what concerns all nodes once, and names the nodes otherwise", () => {
	const nodes = [
		node(1, ["some settings"]),
		node(2, ["some settings", "repmgr.events"], "publickey rejected"),
		node(3, ["some settings", "repmgr.events"]),
	];
	expect(noticesOf(nodes, null)).toEqual([
		"all nodes: may not read some settings",
		"node2, node3: may not read repmgr.events",
		"node2: host not read: publickey rejected",
	]);
});

test("reports a table of events that is too big, and how to shrink it", () => {
	const big = [1, 2].map((nodeId) =>
		nodeState(registration(nodeId), {
			events: [good({ events: [], tableBytes: 85 * 2 ** 20, isWhole: false })],
		}),
	);
	expect(noticesOf(big, null)).toEqual([
		expect.stringMatching(
			/^all nodes: repmgr\.events has 85 MB: only its end is read.*VACUUM FULL repmgr\.events$/,
		),
	]);
	const small = nodeState(registration(1), {
		events: [good({ events: [], tableBytes: 8192, isWhole: true })],
	});
	expect(noticesOf([small], null)).toEqual([]);
});

test('puts "SSH is off" first', () => {
	expect(noticesOf([node(1, ["some settings"])], "SSH is off")).toEqual([
		"SSH is off",
		"all nodes: may not read some settings",
	]);
});

test("keeps missing privileges of a server that no longer answers", () => {
	const silent = nodeState(registration(2), {
		server: [good(standbyReading({ missingRights: ["repmgr.nodes"] }), 1), failed({}, 2)],
	});
	expect(noticesOf([node(1, []), silent], null)).toEqual(["node2: may not read repmgr.nodes"]);
});

test("has no notice about a host that can be read again", () => {
	const healed = nodeState(registration(1), { host: [failed({}, 1), good({} as never, 2)] });
	expect(noticesOf([healed], null)).toEqual([]);
});

test("names hosts that were not read in time", () => {
	const late = (nodeId: number) =>
		nodeState(registration(nodeId), { host: [failed({ kind: "timeout", code: NOT_IN_TIME })] });
	expect(noticesOf([node(1, []), late(2)], null)).toEqual(["node2: its host was not read in time"]);
	expect(noticesOf([late(1), late(2)], null)).toEqual(["node1, node2: their hosts were not read in time"]);
});
