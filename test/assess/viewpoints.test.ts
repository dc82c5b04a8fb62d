import { describe, expect, test } from "vitest";
import { viewpointsOf } from "../../src/assess/viewpoints.ts";
import type { Registration } from "../../src/model/registration.ts";
import { type Attribute, disagreeingViews, type Viewpoints } from "../../src/model/viewpoint.ts";
import { NOW, repmgrd } from "../support/records.ts";
import { type Changes, type Circumstances, confOfNode, worldOf } from "../support/worlds.ts";

const viewpoints = (changes: Changes = {}, circumstances: Circumstances = {}): Viewpoints =>
	viewpointsOf(worldOf(changes, circumstances).snapshot);

function ask({ comparisons }: Viewpoints, attribute: Attribute, about: number | null = null) {
	const found = comparisons.find(
		(comparison) => comparison.attribute === attribute && comparison.about === about,
	);
	if (found === undefined) throw new Error(`nobody asks for ${attribute} of ${about}`);
	return {
		observed: found.observed,
		answers: found.answers.map(({ answer }) => answer),
		/** Node ids of those who say otherwise. */
		differing: found.answers.flatMap(({ differs }, position) => (differs ? [position + 1] : [])),
	};
}

/** Every difference in the matrix, as "attribute of node, by node". */
const differences = ({ comparisons }: Viewpoints): readonly string[] =>
	comparisons.flatMap(({ attribute, about, answers }) =>
		answers.flatMap(({ differs }, position) =>
			differs ? [`${attribute} of ${about}, by ${position + 1}`] : [],
		),
	);

describe("a healthy cluster", () => {
	const healthy = viewpoints();

	test("nobody differs from what is seen", () => {
		expect(differences(healthy)).toEqual([]);
		expect(disagreeingViews(healthy)).toEqual([]);
	});

	test("what is asked: of the cluster, of each node itself, of every node about every node", () => {
		expect(healthy.comparisons.map(({ attribute, about }) => `${attribute} ${about ?? ""}`.trim())).toEqual([
			"primary",
			"ownUpstream",
			"repmgrdUpstream",
			"repmgrdLastSeen",
			...[1, 2, 3, 4].flatMap((id) =>
				["type", "active", "upstream", "priority"].map((word) => `${word} ${id}`),
			),
		]);
	});

	test("what is seen stands beside it", () => {
		expect(ask(healthy, "primary")).toMatchObject({ observed: [1], answers: [[1], [1], [1], [1]] });
		expect(ask(healthy, "type", 4)).toMatchObject({ observed: "witness", answers: Array(4).fill("witness") });
		expect(ask(healthy, "upstream", 3)).toMatchObject({ observed: 1, answers: [1, 1, 1, 1] });
		expect(ask(healthy, "upstream", 1)).toMatchObject({ observed: "none", answers: Array(4).fill("none") });
		expect(ask(healthy, "upstream", 4).observed, "a witness streams from nobody").toBeNull();
		expect(ask(healthy, "active", 2)).toMatchObject({ observed: true, answers: [true, true, true, true] });
		expect(ask(healthy, "priority", 4), "of its repmgr.conf").toMatchObject({
			observed: 0,
			answers: [0, 0, 0, 0],
		});
		expect(ask(healthy, "ownUpstream").answers).toEqual(["none", 1, 1, 1]);
		expect(ask(healthy, "repmgrdUpstream").answers).toEqual([null, 1, 1, 1]);
	});

	test("the copies have ages", () => {
		expect(healthy.views[1]).toMatchObject({
			nodeId: 2,
			isCurrent: true,
			copy: { readAt: NOW, unchangedSince: NOW - 600_000 },
		});
	});
});

describe("somebody differs", () => {
	test.each<[string, Changes, readonly string[]]>([
		[
			"a copy has another type",
			{ 4: { ownCopy: { 2: { type: "primary" } } } },
			["primary of null, by 4", "type of 2, by 4"],
		],
		[
			"a copy has a node as inactive that answers",
			{ 3: { ownCopy: { 2: { active: false } } } },
			["active of 2, by 3"],
		],
		[
			"a copy has another upstream",
			{ 4: { ownCopy: { 3: { upstreamNodeId: 2 } } } },
			["upstream of 3, by 4"],
		],
		["a copy has another priority", { 3: { ownCopy: { 2: { priority: 50 } } } }, ["priority of 2, by 3"]],
		[
			"what is long is asked only where it differs",
			{ 3: { ownCopy: { 2: { conninfo: "host=old" } } } },
			["conninfo of 2, by 3"],
		],
		["a slot", { 4: { ownCopy: { 2: { slotName: null } } } }, ["slot of 2, by 4"]],
		[
			"a node believes that it has another upstream than it streams from",
			{ 3: { ownCopy: { 3: { upstreamNodeId: 2 } } } },
			["ownUpstream of null, by 3", "upstream of 3, by 3"],
		],
		[
			"repmgrd watches another node than its standby streams from",
			{ 3: { server: { repmgrd: repmgrd({ upstreamNodeId: 2 }) } } },
			["repmgrdUpstream of null, by 3"],
		],
	])("%s", (_, changes, expected) => {
		expect(differences(viewpoints(changes))).toEqual(expected);
	});

	test("all are wrong together: repmgr.nodes says what is not so", () => {
		const registered = { registered: { upstreamNodeId: 2 } };
		expect(ask(viewpoints({ 3: registered }), "upstream", 3)).toEqual({
			observed: 1,
			answers: [2, 2, 2, 2],
			differing: [1, 2, 3, 4],
		});
	});

	test("repmgr.conf has a priority that was never registered", () => {
		const host = { repmgrConf: confOfNode(2, { priority: "0" }) };
		expect(ask(viewpoints({ 2: { host } }), "priority", 2)).toMatchObject({
			observed: 0,
			differing: [1, 2, 3, 4],
		});
	});

	test("a repmgr.conf that includes others may not be all", () => {
		const host = { repmgrConf: confOfNode(2, { priority: "0", include: "yes" }) };
		expect(ask(viewpoints({ 2: { host } }), "priority", 2)).toMatchObject({ observed: null, differing: [] });
	});

	test("a split brain: each of two primaries knows one only", () => {
		const old: Changes[number] = {
			server: { inRecovery: false, walReceiver: null, timeline: 2 },
			ownCopy: { 1: { type: "standby" }, 2: { type: "primary", upstreamNodeId: null } },
		};
		const split = viewpoints({ 2: old });
		expect(ask(split, "primary")).toEqual({
			observed: [1, 2],
			answers: [[1], [2], [1], [1]],
			differing: [1, 2, 3, 4],
		});
		expect(disagreeingViews(split)).toHaveLength(4);
	});

	test("the witness watches a former primary, as all copies say: it ought to watch the present one", () => {
		const { observed, differing } = ask(
			viewpoints({ 4: { registered: { upstreamNodeId: 3 } } }),
			"upstream",
			4,
		);
		expect({ observed, differing }).toEqual({ observed: null, differing: [1, 2, 3, 4] });
	});

	test("a copy without the node, and one with one more than is registered", () => {
		const rows = [1, 2, 4].map((nodeId) => row(nodeId));
		const answers = ask(viewpoints({ 4: { server: { registrations: rows } } }), "upstream", 3);
		expect(answers).toMatchObject({ answers: [1, 1, 1, "missing"], differing: [4] });
	});
});

function row(nodeId: number): Registration {
	const registered = worldOf().snapshot.nodes.find((node) => node.nodeId === nodeId)?.registered;
	if (registered === undefined) throw new Error(`no node ${nodeId}`);
	return registered;
}

describe("what is not known differs from nothing", () => {
	const old = { ownCopy: { 1: { active: false }, 2: { type: "primary" as const } } };

	test("what a node said before it fell silent is kept and not marked", () => {
		const silent = viewpoints({ 3: { ...old, fault: {} } }, { before: {}, secondsAgo: 30 });
		expect(differences(silent)).toEqual([]);
		expect(silent.views[2]).toMatchObject({ isCurrent: false, copy: { readAt: NOW - 31_000 } });
		expect(ask(silent, "type", 2).answers).toEqual(["standby", "standby", "primary", "standby"]);
	});

	test("a copy that may not be read, or never was", () => {
		for (const change of [{ server: { registrations: null } }, { isUnread: true as const }]) {
			const { views, ...rest } = viewpoints({ 2: change });
			expect(views[1]?.copy).toBeNull();
			expect(ask({ views, ...rest }, "type", 1).answers).toEqual(["primary", null, "primary", "primary"]);
			expect(differences({ views, ...rest })).toEqual([]);
		}
	});

	test("a detached standby: that it has no upstream now does not belie the registered one", () => {
		const { observed, differing } = ask(viewpoints({ 3: { server: { walReceiver: null } } }), "upstream", 3);
		expect({ observed, differing }).toEqual({ observed: null, differing: [] });
	});

	test("a node that does not answer, registered as active: silence is no proof", () => {
		expect(ask(viewpoints({ 2: { fault: {} } }), "active", 2)).toMatchObject({
			observed: null,
			differing: [],
		});
	});

	test("a number that is no node's id is no upstream (issue #744)", () => {
		const garbage = viewpoints({ 4: { server: { repmgrd: repmgrd({ upstreamNodeId: 7_311 }) } } });
		expect(ask(garbage, "repmgrdUpstream").answers).toEqual([null, 1, 1, null]);
	});

	test("nobody answers", () => {
		const all = Object.fromEntries([1, 2, 3, 4].map((id) => [id, { isUnread: true as const }]));
		expect(differences(viewpoints(all))).toEqual([]);
	});
});

test("without the primary's copy others are held against the believed one", () => {
	const { differing } = ask(
		viewpoints({ 1: { fault: {} }, 4: { ownCopy: { 2: { priority: 1 } } } }),
		"priority",
		3,
	);
	expect(differing).toEqual([]);
	expect(
		differences(viewpoints({ 1: { isUnread: true }, 4: { ownCopy: { 1: { priority: 1 } } } })),
	).toContain("priority of 1, by 4");
});
