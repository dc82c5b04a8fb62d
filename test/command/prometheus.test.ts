import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { METRICS, prometheusText } from "../../src/command/prometheus.ts";
import { statusCommand } from "../../src/command/status.ts";
import { NODE_STATUSES } from "../../src/model/snapshot.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { NOW, primaryReading, registration, standbyReading } from "../support/records.ts";

interface Family {
	readonly help: string;
	readonly type: string;
	readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Parses the text exposition format 0.0.4 as strictly as `promtool check metrics`; throws where a line is none. */
function parse(text: string): ReadonlyMap<string, Family> {
	const families = new Map<string, { help: string; type: string; samples: Family["samples"][number][] }>();
	const seen = new Set<string>();
	let help: readonly [string, string] | null = null;
	let current = "";
	for (const line of text.split("\n")) {
		const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
		if (kind === "HELP") {
			if (!rest.endsWith(".")) throw new Error(`no sentence: ${line}`);
			help = [name, rest];
		} else if (kind === "TYPE") {
			if (help?.[0] !== name || families.has(name)) throw new Error(`out of order: ${line}`);
			families.set(name, { help: help[1], type: rest, samples: [] });
			current = name;
		} else {
			const [, of = "", labels = "", value = ""] =
				/^([a-zA-Z_:][a-zA-Z0-9_:]*)\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (-?[0-9.e+-]+|NaN)$/.exec(
					line,
				) ?? [];
			if (of === "" || of !== current) throw new Error(`no sample of ${current}: ${line}`);
			if (seen.has(`${of}{${labels}`)) throw new Error(`twice: ${line}`);
			seen.add(`${of}{${labels}`);
			const pairs = [...labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/g)];
			families.get(of)?.samples.push({
				labels: Object.fromEntries(
					pairs.map(([, key, text = ""]) => [
						key,
						text.replaceAll(/\\([\\"n])/g, (_, one) => (one === "n" ? "\n" : one)),
					]),
				),
				value: Number(value),
			});
		}
	}
	return families;
}

function healthy(name = "node2") {
	const session = fakeSession([registration(1), registration(2, { nodeName: name }), registration(3)]);
	session.sees(1, primaryReading());
	session.sees(2, standbyReading());
	return session;
}

const metricsOf = (session: ReturnType<typeof fakeSession>) =>
	parse(prometheusText(session.store.getState().snapshot));

const valuesOf = (families: ReadonlyMap<string, Family>, name: string, label: string) =>
	Object.fromEntries(families.get(name)?.samples.map(({ labels, value }) => [labels[label], value]) ?? []);

describe("metrics", () => {
	test("are gauges of the cluster and of each node", () => {
		const session = healthy();
		session.sees(3, standbyReading());
		const families = metricsOf(session);
		expect([...families.values()].every(({ type }) => type === "gauge")).toBe(true);
		expect(families.get("repmgr_primaries")?.samples).toEqual([{ labels: { cluster: "prod" }, value: 1 }]);
		expect(valuesOf(families, "repmgr_node_lag_bytes", "node")).toEqual({ node2: 0, node3: 0 });
		expect(valuesOf(families, "repmgr_node_current_lsn_bytes", "node_id")).toEqual({ 1: 0x5000000 });
		expect(valuesOf(families, "repmgr_taken_timestamp_seconds", "cluster")).toEqual({ prod: NOW / 1000 });
	});

	test("have a sample for every word, and 1 for the one that applies", () => {
		const families = metricsOf(healthy());
		const ofNode2 = families
			.get("repmgr_node_status")
			?.samples.filter(({ labels }) => labels.node_id === "2");
		expect(ofNode2?.map(({ labels, value }) => [labels.status, value])).toEqual(
			NODE_STATUSES.map((status) => [status, status === "streaming" ? 1 : 0]),
		);
	});

	test("claim nothing of a node that was not read", () => {
		const families = metricsOf(healthy());
		for (const name of ["reachable", "role", "timeline", "lag_bytes", "repmgrd_running", "attached"]) {
			const nodes = families.get(`repmgr_node_${name}`)?.samples.map(({ labels }) => labels.node_id);
			expect([name, nodes?.includes("3")]).toEqual([name, false]);
		}
		expect(families.has("repmgr_primaries")).toBe(false);
		expect(valuesOf(families, "repmgr_findings", "severity").critical).toBeUndefined();
	});

	test("are only the status and the time where nodes are known and none was read", () => {
		const families = metricsOf(fakeSession([registration(1), registration(2)]));
		expect([...families.keys()]).toEqual(["repmgr_status", "repmgr_taken_timestamp_seconds"]);
	});

	test("count findings, and name each", () => {
		const session = healthy();
		session.sees(2, primaryReading({ timeline: 2 }));
		session.store.tick(NOW + 5000);
		const families = metricsOf(session);
		expect(valuesOf(families, "repmgr_status", "status")).toMatchObject({ critical: 1, ok: 0 });
		expect(valuesOf(families, "repmgr_findings", "severity")).toMatchObject({ critical: 1 });
		expect(valuesOf(families, "repmgr_finding", "code")).toMatchObject({ SPLIT_BRAIN: 1 });
	});

	test("escape what a node may be called", () => {
		const families = metricsOf(healthy('a"b\\n'));
		expect(valuesOf(families, "repmgr_node_info", "node")).toMatchObject({ 'a"b\\n': 1 });
	});

	test("have no timestamps: the textfile collector refuses them", () => {
		expect(prometheusText(healthy().store.getState().snapshot)).not.toMatch(/\} \S+ \S+$/m);
	});
});

test("if nothing can be read, the status is unknown, nothing is counted, and standard error says why", async () => {
	const { out, err, output } = recordOutput();
	const fault = { kind: "unreachable", message: "nothing answers" } as const;
	expect(await statusCommand(fakeSession([], fault), "prometheus", output)).toBe(3);
	const families = parse(out.join("\n"));
	expect(valuesOf(families, "repmgr_status", "status")).toMatchObject({ unknown: 1, ok: 0 });
	expect([...families.keys()]).toEqual(["repmgr_status", "repmgr_taken_timestamp_seconds"]);
	expect(err.join()).toMatch(/nothing answers/);
});

test("src/reference/monitoring.md has every metric, in this order", () => {
	const text = readFileSync("src/reference/monitoring.md", "utf8");
	const named = [...text.matchAll(/^\| `(repmgr_\w+)` \|/gm)].map(([, name]) => name);
	expect(named).toEqual(METRICS.map(({ name }) => name));
});
