import type { Channel, Fault } from "../model/fault.ts";
import type { Report } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { StoreInput } from "../store/store-input.ts";
import { Copies, type Rows } from "./copies.ts";
import { type Base, baseKey, basesOf } from "./encoder.ts";
import type { Mark, RecordEntry } from "./entry.ts";
import { fromJson } from "./json.ts";
import { readKeyframe } from "./keyframe.ts";
import { type Patch, patched } from "./patch.ts";

/** Reads what Encoder has written. Throws at what it can't have written. */
export class Decoder {
	readonly #copies: Copies;
	#bases = new Map<string, Base>();
	#run: unknown = null;
	#at = 0;

	/** @param known Contents of repmgr.nodes, shared by all decoders of a record. */
	constructor(known: Map<string, Rows>) {
		this.#copies = new Copies(() => {}, known);
	}

	keyframe(text: string): RecordEntry {
		const keyframe = readKeyframe(text, this.#copies);
		this.#bases = basesOf(keyframe, (reading) => ({
			...reading,
			registrations: this.#copies.idIn(reading),
		}));
		this.#run = keyframe.run;
		this.#at = keyframe.at;
		return { kind: "keyframe", ...keyframe };
	}

	/** Null: the line only tells what others refer to. */
	line(text: string): RecordEntry | null {
		const kind = text.slice(2, 3);
		const [, second, third] = fromJson(text, kind === "i" || kind === "o") as readonly unknown[];
		if (kind === "c") {
			this.#copies.learn(Number(second), third as readonly Registration[]);
			return null;
		}
		const before = this.#at;
		this.#at = before + whole(second);
		const at = this.#at;
		switch (kind) {
			case "t":
				return { kind: "input", at, input: { of: "tick", now: at } };
			case "i":
				return { kind: "input", at, input: third as StoreInput };
			case "m":
				return { kind: "mark", at, mark: third as Mark };
			case "o":
				this.#run = patched(this.#run, third as Patch);
				return { kind: "run", at, run: this.#run as RunState | null };
			case "r": {
				const reports = (third as readonly StoredReport[]).map((report) => this.#report(report));
				return { kind: "input", at, input: { of: "reports", reports } };
			}
			default:
				throw new Error("a line of an unknown kind");
		}
	}

	#report([nodeId, of, ms, by, known, change]: StoredReport): Report {
		if (of === "address") return { nodeId, of, address: String(ms) };
		const key = baseKey(nodeId, of);
		const base = this.#bases.get(key) ?? { value: null, fault: null };
		this.#bases.set(key, base);
		const at = this.#at + whole(ms);
		if (known === "f") {
			base.fault = patched(base.fault, change);
			return { nodeId, of, observation: { fault: base.fault as Fault, at, by } };
		}
		const value = patched(base.value, change);
		base.value = of === "events" ? null : value;
		const read = of === "server" ? this.#copies.with(value) : value;
		return { nodeId, of, observation: { value: read, at, by } } as Report;
	}
}

type StoredReport = readonly [
	nodeId: number,
	of: Report["of"],
	ms: unknown,
	by: Channel,
	known: "v" | "f",
	change: Patch | undefined,
];

function whole(value: unknown): number {
	if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Error("an impossible time");
	return value;
}
