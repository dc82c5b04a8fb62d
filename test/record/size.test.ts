import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Report } from "../../src/model/node-state.ts";
import { FORMAT } from "../../src/record/entry.ts";
import { RecordFile } from "../../src/record/file.ts";
import { framesOf, MAGIC } from "../../src/record/frames.ts";
import { thinRecord } from "../../src/record/thin.ts";
import { RecordWriter } from "../../src/record/writer.ts";
import type { StoreMemory } from "../../src/store/console-store.ts";
import { redactor } from "../../src/text/redact.ts";
import { PracticeConsole } from "../support/practice.ts";
import { numbersFrom, SEED } from "../support/random.ts";
import { BY, recordAt } from "../support/recorded.ts";
import { NOW, registration } from "../support/records.ts";

let directory = "";

beforeEach(() => {
	vi.useFakeTimers({
		now: NOW,
		toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Date"],
	});
	directory = mkdtempSync(join(tmpdir(), "size-"));
});

afterEach(() => {
	vi.useRealTimers();
	rmSync(directory, { recursive: true });
});

const HEADER = { format: FORMAT, ...BY, recording: "1", startedAt: NOW, detail: "full" } as const;

/** The reports of each second of a calm cluster, as its probes made them. */
async function calmSeconds(
	count: number,
): Promise<{ readonly seconds: readonly (readonly Report[])[]; readonly memory: StoreMemory }> {
	const seconds: Report[][] = [];
	const practice = new PracticeConsole("calm", 1, (store) => ({
		...store,
		receive(reports) {
			seconds[Math.floor((Date.now() - NOW) / 1000)] ??= [];
			seconds[Math.floor((Date.now() - NOW) / 1000)]?.push(...reports);
			store.receive(reports);
		},
	}));
	await practice.seconds(count);
	const memory = practice.session.store.memory();
	practice.close();
	return { seconds, memory };
}

/** The same some time later, with other positions and the noise of a network. */
function later<T>(value: T, ms: number, random: () => number): T {
	const noise: Readonly<Record<string, () => number>> = {
		roundTripMs: () => 1 + Math.floor(4 * random()),
		clockOffsetMs: () => Math.floor(5 * random()) - 2,
	};
	const moved = (item: unknown, key: string): unknown => {
		if (typeof item === "number" && (key === "at" || key === "serverTime"))
			return item + ms + Math.floor(6 * random());
		if (key in noise) return noise[key]?.();
		if (typeof item === "string" && /^[0-9A-F]+\/[0-9A-F]+$/.test(item)) {
			const [high = "", low = ""] = item.split("/");
			return `${high}/${(Number.parseInt(low, 16) + ms * 64).toString(16).toUpperCase()}`;
		}
		if (Array.isArray(item)) return key === "registrations" ? item : item.map((one) => moved(one, ""));
		if (item === null || typeof item !== "object") return item;
		return Object.fromEntries(Object.entries(item).map(([name, one]) => [name, moved(one, name)]));
	};
	return moved(value, "") as T;
}

test("24 hours of a calm cluster of four nodes take less than 5 MB, and less than 2 % of a core", async () => {
	const { seconds, memory } = await calmSeconds(12);
	const random = numbersFrom(SEED);
	const full = join(directory, "full.record");
	const file = new RecordFile(full, "wx");
	const writer = new RecordWriter(
		file.append,
		HEADER,
		redactor(() => []),
	);
	const from = memory.now;
	let cpu = 0;
	for (let second = 0; second < 600; second++) {
		const at = from + 1000 * second;
		// The last ten seconds again and again; the first two had the first readings.
		const reports = later(seconds[2 + (second % 10)] ?? [], 10_000 * (1 + Math.floor(second / 10)), random);
		const before = process.cpuUsage();
		if (second % 120 === 0) writer.keyframe({ at, isContinued: second > 0, memory, run: null });
		writer.input({ of: "tick", now: at }, at);
		writer.input({ of: "reports", reports }, at + 100);
		writer.flush();
		cpu += spent(before);
	}
	file.close();
	const calm = join(directory, "calm.record");
	const thinned = new RecordFile(calm, "wx");
	const before = process.cpuUsage();
	await thinRecord(recordAt(full), thinned.append);
	cpu += spent(before);
	// Microseconds for 600 seconds.
	expect(cpu / 600 / 1e6).toBeLessThan(0.02);
	thinned.close();

	const [fullBytes, calmBytes] = [full, calm].map((path) => statSync(path).size) as [number, number];
	// Files of ten minutes; the newest two in full detail.
	const day = 142 * calmBytes + 2 * fullBytes;
	expect(day, `calm ${calmBytes}, full ${fullBytes}, CPU ${cpu}`).toBeLessThan(5_000_000);
	const ticks = [...recordAt(calm).entries()].filter(
		(entry) => entry.kind === "input" && entry.input.of === "tick",
	);
	// One in thirty seconds.
	expect(ticks.length).toBeGreaterThanOrEqual(20);
	expect(ticks.length).toBeLessThanOrEqual(22);
});

function spent(before: NodeJS.CpuUsage): number {
	const { user, system } = process.cpuUsage(before);
	return user + system;
}

test("no secret is recorded, wherever it stands", () => {
	const path = join(directory, "secrets.record");
	const file = new RecordFile(path, "wx");
	const writer = new RecordWriter(
		file.append,
		HEADER,
		redactor(() => ["geheim1"]),
	);
	const rows = [registration(1, { conninfo: "host=node1 password=geheim2 user=repmgr" })];
	writer.input({ of: "found", registrations: rows, by: null }, NOW);
	const fault = {
		kind: "authentication",
		message: "postgres://repmgr:geheim3@node1: no",
		detail: "geheim1",
	} as const;
	const reports = [{ nodeId: 1, of: "server", observation: { fault, at: NOW, by: "sql" } }] as const;
	writer.input({ of: "reports", reports }, NOW);
	writer.mark(
		{ of: "finding", event: "opened", code: "X", nodeId: 1, severity: "warning", message: "geheim1" },
		NOW,
	);
	const looks = {
		source: null,
		isFirst: true,
		fault: null,
		lines: [{ text: "password='geheim4'", isNote: false }],
	};
	writer.input({ of: "logs", nodeId: 1, looks: { postgresql: looks, repmgrd: looks }, at: NOW }, NOW);
	writer.flush();
	file.close();
	const text = inflated(path);
	expect(text).toContain("********");
	expect(text).toContain("host=node1");
	expect(text).not.toMatch(/geheim/);
});

test("a password that is also a word of the header hides no header", () => {
	const path = join(directory, "word.record");
	const file = new RecordFile(path, "wx");
	const hiding = redactor(() => ["cluster", "alice"]);
	new RecordWriter(file.append, HEADER, hiding);
	file.close();
	expect(recordAt(path)).toMatchObject({ problems: [], header: { cluster: BY.cluster, who: "********" } });
});

/** All text of a record without a keyframe. */
function inflated(path: string): string {
	const { frames } = framesOf(readFileSync(path).subarray(MAGIC.length));
	return frames
		.map(({ kind, payload }) => (kind === "H" ? payload : inflateRawSync(payload)).toString())
		.join("\n");
}
