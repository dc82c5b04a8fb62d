import type { HostIdentity, Instance } from "../settings.ts";

/** One thing that can be broken on one host, and healed. Both functions return only once that is done. */
export interface Fault {
	/** One sentence for `cluster faults`. */
	readonly about: string;
	/** What follows the host, for the usage line; "" when nothing does. */
	readonly usage?: string;
	readonly start: (instance: Instance, host: HostIdentity, args: readonly string[]) => Promise<void>;
	readonly heal: (instance: Instance, host: HostIdentity, args: readonly string[]) => Promise<void>;
}

export type Faults = Readonly<Record<string, Fault>>;
