import type { Registration } from "../model/registration.ts";
import type { ServerReading } from "../model/server-reading.ts";

export type Rows = readonly Registration[];

/** A reading whose copy of repmgr.nodes is named by its number. */
export type StoredReading = Omit<ServerReading, "registrations"> & { readonly registrations: unknown };

/** Each content of repmgr.nodes once: every node of 400 has a copy of 400 rows, and mostly the same. */
export class Copies {
	readonly #rows: Rows[] = [];
	readonly #ids = new Map<Rows, number>();
	readonly #byContent = new Map<string, number>();
	readonly #onNew: (id: number, rows: Rows) => void;
	readonly #known: Map<string, Rows>;

	/** @param known By content: rows that are read get the same object everywhere, as the store expects. */
	constructor(onNew: (id: number, rows: Rows) => void = () => {}, known = new Map<string, Rows>()) {
		this.#onNew = onNew;
		this.#known = known;
	}

	reset(rows: readonly Rows[] = []): void {
		this.#rows.splice(0, this.#rows.length, ...rows.map((one) => this.#same(one)));
		this.#ids.clear();
		this.#byContent.clear();
	}

	all(): readonly Rows[] {
		return [...this.#rows];
	}

	idOf(rows: Rows): number {
		const content = this.#ids.has(rows) ? "" : JSON.stringify(rows);
		const known = this.#ids.get(rows) ?? this.#byContent.get(content);
		if (known !== undefined) {
			this.#ids.set(rows, known);
			return known;
		}
		const id = this.#rows.push(rows) - 1;
		this.#ids.set(rows, id);
		this.#byContent.set(content, id);
		this.#onNew(id, rows);
		return id;
	}

	/** Takes in a copy of the record. */
	learn(id: number, rows: Rows): void {
		if (id !== this.#rows.length) throw new Error("a copy of repmgr.nodes is missing");
		this.#rows.push(this.#same(rows));
	}

	#same(rows: Rows): Rows {
		const content = JSON.stringify(rows);
		const known = this.#known.get(content) ?? rows;
		this.#known.set(content, known);
		return known;
	}

	rowsOf(id: number): Rows {
		const rows = this.#rows[id];
		if (rows === undefined) throw new Error(`there is no copy ${id} of repmgr.nodes`);
		return rows;
	}

	without(reading: ServerReading): StoredReading {
		const { registrations } = reading;
		return { ...reading, registrations: registrations && this.idOf(registrations) };
	}

	/** The number of the reading's copy, which is one of these. */
	idIn({ registrations }: ServerReading): number | null {
		return registrations && this.#rows.indexOf(registrations);
	}

	with(reading: unknown): ServerReading {
		const { registrations, ...rest } = reading as StoredReading;
		const rows = typeof registrations === "number" ? this.rowsOf(registrations) : null;
		return { ...rest, registrations: rows } as ServerReading;
	}
}
