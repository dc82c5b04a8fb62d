import { setImmediate } from "node:timers/promises";
import type { Report } from "../model/node-state.ts";
import type { RecordEntry, RecordHeader } from "./entry.ts";
import type { ClusterRecord } from "./reader.ts";
import { RecordWriter, type Sink } from "./writer.ts";

/** Of calm times one reading of each source in this time is kept. */
const SLOT_MS = 30_000;
/** Around whatever happened everything is kept. */
const BEFORE_MS = 5000;
const AFTER_MS = 15_000;

const AT_ONCE = 20;

/** Writes a record of calm times again, smaller. What happened, and the seconds around it, stay as they are. */
export async function thinRecord(record: ClusterRecord, sink: Sink): Promise<void> {
	const { chapters } = record;
	const header: RecordHeader = { ...record.header, detail: "calm" };
	// It was redacted when it was recorded.
	const thinner = new Thinner(
		new RecordWriter(sink, header, (text) => text),
		chapters.flatMap(({ marks }) => marks.map(({ at }) => at)),
	);
	for (const chapter of chapters) {
		let count = 0;
		for (const entry of chapter.entries()) {
			thinner.take(entry);
			// The screen goes first.
			if (++count % AT_ONCE === 0) await setImmediate();
		}
		thinner.flush();
	}
}

class Thinner {
	readonly #writer: RecordWriter;
	readonly #happened: readonly number[];
	/** The newest report of each source, until its time has come. */
	readonly #pending = new Map<string, Report>();
	#slot = -1;
	#isBegun = false;

	constructor(writer: RecordWriter, happened: readonly number[]) {
		this.#writer = writer;
		this.#happened = happened;
	}

	take(entry: RecordEntry): void {
		const { at } = entry;
		switch (entry.kind) {
			case "keyframe":
				if (!this.#isBegun || !entry.isContinued) this.#writer.keyframe(entry);
				this.#isBegun = true;
				break;
			case "mark":
				this.#writer.mark(entry.mark, at);
				break;
			case "run":
				this.#writer.run(entry.run, at);
				break;
			case "input":
				this.#input(entry);
				break;
		}
	}

	flush(): void {
		this.#writer.flush();
	}

	#input({ input, at }: RecordEntry & { readonly kind: "input" }): void {
		const isNear = this.#happened.some((time) => time - BEFORE_MS <= at && at <= time + AFTER_MS);
		const slot = Math.floor(at / SLOT_MS);
		if (input.of === "tick" && !isNear && slot === this.#slot) return;
		const isFolded = input.of === "reports" && !isNear;
		if (!isFolded) this.#givePending(at);
		if (input.of === "tick") this.#slot = slot;
		if (input.of !== "reports" || !isFolded) {
			this.#writer.input(input, at);
			return;
		}
		for (const report of input.reports) {
			const key = `${report.nodeId} ${report.of}`;
			this.#pending.set(key, withEventsOf(this.#pending.get(key), report));
		}
	}

	#givePending(at: number): void {
		if (this.#pending.size === 0) return;
		this.#writer.input({ of: "reports", reports: [...this.#pending.values()] }, at);
		this.#pending.clear();
	}
}

/** Each reading of events has only the new ones, and the newest again. */
function withEventsOf(before: Report | undefined, report: Report): Report {
	const [was, is] = [before, report].map((one) => (one?.of === "events" ? one.observation.value : undefined));
	if (report.of !== "events" || !was || !is) return report;
	const known = new Set(is.events.map((event) => JSON.stringify(event)));
	const events = [...was.events.filter((event) => !known.has(JSON.stringify(event))), ...is.events];
	const { at, by } = report.observation;
	return { ...report, observation: { at, by, value: { ...is, events } } };
}
