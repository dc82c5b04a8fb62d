import type { Query, QuerySession } from "../../src/transport/ports.ts";
import { fault } from "./fake-query.ts";

const REFUSED = fault("refused");

/** Two servers with a table each; either may be the primary, or down. A write to a standby fails the test. */
export class FakePair {
	primary: string | null = "node1";
	readonly down = new Set<string>();
	readonly rows = new Set<number>();
	readonly #open: { host: string; lose: () => void }[] = [];

	readonly query: Query = {
		ping: () => Promise.reject(new Error("unexpected ping")),
		connect: ({ host }) => Promise.resolve(this.down.has(host) ? REFUSED : { value: this.#session(host) }),
	};

	stop(host: string): void {
		this.down.add(host);
		if (this.primary === host) this.primary = null;
		for (const session of this.#open) if (session.host === host) session.lose();
	}

	/** Starts the server as primary. */
	start(host: string): void {
		this.down.delete(host);
		this.primary = host;
	}

	#session(host: string): QuerySession {
		let lost = (): void => {};
		this.#open.push({ host, lose: () => lost() });
		return {
			query: (statement, values) => {
				if (this.down.has(host)) return Promise.resolve(REFUSED);
				if (statement.text.includes("pg_is_in_recovery")) {
					return Promise.resolve({ value: [{ is_primary: this.primary === host }] });
				}
				if (statement.text.startsWith("INSERT")) {
					if (this.primary !== host) throw new Error("a write to a standby");
					this.rows.add(Number(values[0]));
					return Promise.resolve({ value: [] });
				}
				const ids = String(values[0]).slice(1, -1).split(",").map(Number);
				return Promise.resolve({
					value: ids.filter((id) => !this.rows.has(id)).map((id) => ({ id })),
				});
			},
			onLost: (listener) => {
				lost = () => listener(REFUSED.fault);
			},
			close: () => {},
		};
	}
}
