import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Ring, type RingLimits, recordsIn } from "../../src/record/ring.ts";
import { NOW } from "../support/records.ts";

let directory = "";

beforeEach(() => {
	vi.useFakeTimers({
		now: NOW,
		toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Date"],
	});
	directory = join(mkdtempSync(join(tmpdir(), "ring-")), "prod");
});

afterEach(() => {
	vi.useRealTimers();
	rmSync(join(directory, ".."), { recursive: true });
});

const LIMITS: RingLimits = { bytes: 100 * 2 ** 20, ms: 14 * 86_400_000 };

test("only the owner may read a record, and what others may write is not touched", () => {
	const ring = new Ring(directory, LIMITS);
	ring.begin(NOW);
	ring.close();
	const [name = ""] = readdirSync(directory);
	expect(statSync(directory).mode & 0o777).toBe(0o700);
	expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
	chmodSync(directory, 0o777);
	expect(() => new Ring(directory, LIMITS).begin(NOW + 1)).toThrow("may be written by others");
	chmodSync(directory, 0o700);
	chmodSync(join(directory, name), 0o666);
	expect(recordsIn(directory)).toEqual([]);
});

test("a critical finding keeps the ten minutes before and after it in full detail", async () => {
	const ring = new Ring(directory, LIMITS);
	const minute = (count: number): number => NOW + 60_000 * count;
	ring.begin(minute(0));
	ring.begin(minute(10));
	ring.begin(minute(20));
	ring.keep(minute(21));
	ring.begin(minute(30));
	ring.begin(minute(40));
	ring.close();
	await ring.tidied();
	expect(
		readdirSync(directory)
			.toSorted()
			.map((name) => name.split(".")[1]),
	).toEqual(["full", "kept", "kept", "kept", "full"]);
});

test("the oldest files go when there are too many bytes, or when they are too old", async () => {
	const ring = new Ring(directory, { bytes: 2500, ms: 3_600_000 });
	for (let count = 0; count < 5; count++) {
		ring.begin(NOW + count)(Buffer.alloc(1000));
		ring.close();
	}
	const fresh = new Ring(directory, { bytes: 2500, ms: 3_600_000 });
	fresh.begin(NOW + 5);
	await fresh.tidied();
	fresh.close();
	expect(readdirSync(directory)).toHaveLength(3);
	expect(readFileSync(recordsIn(directory)[0] ?? "")).toHaveLength(1000);
	for (const path of recordsIn(directory)) utimesSync(path, NOW / 1000, NOW / 1000);
	const next = new Ring(directory, { bytes: 2500, ms: 3_600_000 });
	next.begin(NOW + 7_200_000);
	await next.tidied();
	next.close();
	expect(readdirSync(directory)).toHaveLength(1);
});
