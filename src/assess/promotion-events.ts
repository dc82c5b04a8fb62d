import type { PromotionCause } from "../model/timelines.ts";

/** A switchover's event comes when the old primary has rejoined, ms after the promotion at most. */
export const SWITCHOVER_MS = 180_000;
/** Two clocks differ by so much, ms. */
export const SKEW_MS = 10_000;

/** repmgr recorded it so near a change of the primary, epoch ms, that it is about that one. */
export function isNear(timestamp: string, from: number, to = from): boolean {
	const at = Date.parse(timestamp);
	return at > from - SKEW_MS && at < to + SWITCHOVER_MS;
}

/** How a node was promoted, by the events of its promotion that succeeded; null: they don't say. */
export function causeOf(events: readonly { readonly event: string }[]): PromotionCause | null {
	const has = (name: string): boolean => events.some(({ event }) => event === name);
	if (has("repmgrd_failover_promote")) return "failover";
	if (has("standby_switchover")) return "switchover";
	return has("standby_promote") ? "promote" : null;
}

/** The id of the primary before, in repmgrd_failover_promote and standby_switchover (repmgrd-physical.c, repmgr-action-standby.c of 5.3). */
export function oldPrimaryIn(details: string): number | null {
	const [, id] = /(?:old primary|, node) "[^"]*" \(ID: (\d{1,9})\)/.exec(details) ?? [];
	return id === undefined ? null : Number(id);
}
