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

	test("no view differs from what is seen", () => {
		expect(differences(healthy)).toEqual([]);
		expect(disagreeingViews(healthy)).toEqual([]);
	});

	test("compares attributes of the cluster, of each node itself, and of every node", () => {
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

	test("has the observed values", () => {
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

	test("has the copies' ages", () => {
		expect(healthy.views[1]).toMatchObject({
			nodeId: 2,
			isCurrent: true,
			copy: { readAt: NOW, unchangedSince: NOW - 600_000 },
		});
	});
});

describe("a view differs", () => {
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

	test("all copies are wrong", () => {
		const registered = { registered: { upstreamNodeId: 2 } };
		expect(ask(viewpoints({ 3: registered }), "upstream", 3)).toEqual({
			observed: 1,
			answers: [2, 2, 2, 2],
			differing: [1, 2, 3, 4],
		});
	});

	test("compares with the priority in repmgr.conf", () => {
		const host = { repmgrConf: confOfNode(2, { priority: "0" }) };
		expect(ask(viewpoints({ 2: { host } }), "priority", 2)).toMatchObject({
			observed: 0,
			differing: [1, 2, 3, 4],
		});
	});

	test("ignores a repmgr.conf with included files", () => {
		const host = { repmgrConf: confOfNode(2, { priority: "0", include: "yes" }) };
		expect(ask(viewpoints({ 2: { host } }), "priority", 2)).toMatchObject({ observed: null, differing: [] });
	});

	test("a split brain: each of two primaries has only one in its copy", () => {
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

	test("a witness that monitors a former primary differs, even if all copies agree", () => {
		const { observed, differing } = ask(
			viewpoints({ 4: { registered: { upstreamNodeId: 3 } } }),
			"upstream",
			4,
		);
		expect({ observed, differing }).toEqual({ observed: null, differing: [1, 2, 3, 4] });
	});

	test("a copy may lack a node, or have an additional one", () => {
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

describe("unknown values don't differ", () => {
	const old = { ownCopy: { 1: { active: false }, 2: { type: "primary" as const } } };

	test("keeps an older view without marking it", () => {
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

	test("a detached standby's missing upstream does not contradict the registered one", () => {
		const { observed, differing } = ask(viewpoints({ 3: { server: { walReceiver: null } } }), "upstream", 3);
		expect({ observed, differing }).toEqual({ observed: null, differing: [] });
	});

	test("a silent node does not contradict its active flag", () => {
		expect(ask(viewpoints({ 2: { fault: {} } }), "active", 2)).toMatchObject({
			observed: null,
			differing: [],
		});
	});

	test("ignores an upstream id of no node (issue #744)", () => {
		const garbage = viewpoints({ 4: { server: { repmgrd: repmgrd({ upstreamNodeId: 7_311 }) } } });
		expect(ask(garbage, "repmgrdUpstream").answers).toEqual([null, 1, 1, null]);
	});

	test("no node answers", () => {
		const all = Object.fromEntries([1, 2, 3, 4].map((id) => [id, { isUnread: true as const }]));
		expect(differences(viewpoints(all))).toEqual([]);
	});
});

test("compares with the authoritative copy where the primary's can't be read", () => {
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
