import type { NodeView } from "../cluster/snapshot.ts";

/** What a node's repmgr.conf said when it was last read. */
export interface Conf {
	readonly values: Readonly<Record<string, string>>;
	/** Else other files may say more, so what is missing need not be unset. */
	readonly isWhole: boolean;
}

/** Null where it was never read. A file changes seldom: one read before SSH broke is good enough. */
export function confOf({ state }: NodeView): Conf | null {
	const values = state.host.good?.value.repmgrConf ?? null;
	return values && { values, isWhole: values.include === undefined };
}

/** A number of repmgr.conf, or what is to be taken when it is not known to be set. */
export function confNumber(node: NodeView, name: string, otherwise: number): number {
	const value = Number.parseFloat(confOf(node)?.values[name] ?? "");
	return Number.isFinite(value) ? value : otherwise;
}
