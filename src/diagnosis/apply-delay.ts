import { current } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";

/** recovery_min_apply_delay of a standby in seconds; null where it can't be read, or is not understood. */
export function applyDelaySeconds({ state }: NodeView): number | null {
	const text = current(state.server)?.settings.recovery_min_apply_delay;
	if (text === undefined) return 0;
	// As current_setting() writes it: "0", "90s", "5min", "1h", "1d", "500ms".
	const [, number, unit = "ms"] = /^(\d+)(ms|s|min|h|d)?$/.exec(text) ?? [];
	const factor = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 }[unit];
	return number === undefined || factor === undefined ? null : Number(number) * factor;
}
