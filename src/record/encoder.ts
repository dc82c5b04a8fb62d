import type { Report } from "../model/node-state.ts";
import type { ServerReading } from "../model/server-reading.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { StoreInput } from "../store/store-input.ts";
import { redactAll } from "../text/redact.ts";
import { Copies } from "./copies.ts";
import type { Mark } from "./entry.ts";
import { plain, toJson } from "./json.ts";
import { type Keyframe, keyframeText } from "./keyframe.ts";
import { diff, type Patch } from "./patch.ts";

/** What a source last said: changes refer to it. */
export interface Base {
	value: unknown;
	fault: unknown;
}

export function baseKey(nodeId: number, of: string): string {
	return `${nodeId} ${of}`;
}

/** The bases that a keyframe gives: what the nodes last said. */
export function basesOf(
	{ memory: { nodes } }: Keyframe,
	stored: (reading: ServerReading) => unknown,
): Map<string, Base> {
	const bases = new Map<string, Base>();
	for (const { nodeId, server, ping, host } of nodes.values()) {
		const value = server.good && stored(server.good.value);
		bases.set(baseKey(nodeId, "server"), { value, fault: server.fault?.fault ?? null });
		bases.set(baseKey(nodeId, "ping"), { value: ping.good?.value ?? null, fault: ping.fault?.fault ?? null });
		bases.set(baseKey(nodeId, "host"), { value: host.good?.value ?? null, fault: host.fault?.fault ?? null });
	}
	return bases;
}

/**
 * Writes entries as lines of JSON, each with the milliseconds since the one before:
 *
 * - ["r", ms, [[node, source, ms, channel, "v" or "f", patch], …]]: reports, changed fields only
 * - ["c", number, rows]: a content of repmgr.nodes that reports refer to
 * - ["t", ms]: a second has passed; ["i", ms, input]: any other input of the store
 * - ["o", ms, patch]: the operation; ["m", ms, mark]
 *
 * Every text is redacted.
 */
export class Encoder {
	readonly #redact: (text: string) => string;
	readonly #copies = new Copies((id, rows) => this.#add(["c", id, rows]));
	#bases = new Map<string, Base>();
	#run: unknown = null;
	#at = 0;
	#lines: string[] = [];

	constructor(redact: (text: string) => string) {
		this.#redact = redact;
	}

	/** The lines since the last call, "" if there are none. */
	take(): string {
		const text = this.#lines.join("\n");
		this.#lines = [];
		return text;
	}

	/** Everything after it refers to it alone. Call take() before. */
	keyframe(keyframe: Keyframe): string {
		this.#copies.reset();
		const text = keyframeText(keyframe, this.#copies, this.#redact);
		this.#bases = basesOf(keyframe, (reading) => this.#copies.without(reading));
		// The keyframe holds the copies it refers to.
		this.#lines = [];
		this.#run = plain(keyframe.run);
		this.#at = keyframe.at;
		return text;
	}

	input(input: StoreInput, at: number): void {
		if (input.of === "tick") this.#add(["t", this.#since(at)]);
		else if (input.of === "reports") {
			const ms = this.#since(at);
			const reports = input.reports.map((report) => this.#report(report));
			this.#add(["r", ms, reports]);
		} else this.#add(["i", this.#since(at), input]);
	}

	run(run: RunState | null, at: number): void {
		const next = plain(run);
		const change = diff(this.#run, next, true);
		if (change === undefined) return;
		this.#run = next;
		this.#add(["o", this.#since(at), change]);
	}

	mark(mark: Mark, at: number): void {
		this.#add(["m", this.#since(at), mark]);
	}

	#report(report: Report): unknown {
		if (report.of === "address") return [report.nodeId, report.of, report.address];
		const { nodeId, of, observation } = report;
		const key = baseKey(nodeId, of);
		const base = this.#bases.get(key) ?? { value: null, fault: null };
		this.#bases.set(key, base);
		const known = observation.fault === undefined ? "value" : "fault";
		const now =
			observation.fault !== undefined
				? observation.fault
				: report.of === "server"
					? this.#copies.without(report.observation.value as never)
					: observation.value;
		const change: Patch | undefined = diff(base[known], now);
		// Events are only the new ones: nothing to refer to.
		base[known] = of === "events" && known === "value" ? null : now;
		const head = [nodeId, of, observation.at - this.#at, observation.by, known[0]];
		return change === undefined ? head : [...head, change];
	}

	#since(at: number): number {
		const ms = at - this.#at;
		this.#at = at;
		return ms;
	}

	#add(line: unknown): void {
		const text = toJson(line);
		this.#lines.push(toJson(redactAll(JSON.parse(text), this.#redact)));
	}
}
