import type { NodeView } from "../cluster/snapshot.ts";

/** repmgr's defaults (repmgr.conf.sample) of what decides how fast a dead primary is noticed. */
export const DETECTION_DEFAULTS = { monitor_interval_secs: 2, reconnect_attempts: 6, reconnect_interval: 10 };

/** A number from a node's repmgr.conf; null where it is not set there, or the file was not read. */
export function setting({ state }: NodeView, name: keyof typeof DETECTION_DEFAULTS): number | null {
	const text = state.host.good?.value.repmgrConf?.[name];
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** A node's `failover`: only repmgr.conf says it (issue #222); null where that was not read. */
export function failoverMode({ state }: NodeView): "automatic" | "manual" | null {
	const conf = state.host.good?.value.repmgrConf;
	if (!conf) return null;
	return conf["failover"] === "automatic" ? "automatic" : "manual";
}
