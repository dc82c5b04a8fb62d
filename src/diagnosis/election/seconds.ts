import type { SecondsRange } from "../../model/forecast.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { confIsOn, confNumber, confOf } from "../conf-values.ts";

/** repmgr gives its own connections this long where conninfo has no connect_timeout. */
const REPMGRS_TIMEOUT_SECONDS = 2;

/** PQping() and PQcancel() have no time-out of their own: Linux gives up after tcp_syn_retries = 6. */
const SYSTEMS_TIMEOUT_SECONDS = 130;

/** From "this node is the winner" until pg_promote() is done; a fraction of that on an idle machine. */
const PROMOTION_SECONDS = 1;

/** How long repmgrd on a node needs to give a silent primary up: the look that fails, then reconnect_attempts more. */
export function secondsOfLosing(node: NodeView, primary: NodeView): SecondsRange {
	const timeout = connectTimeout(primary);
	const attempts = confNumber(node, "reconnect_attempts", 6);
	const common = secondsOfWaiting(node) + attempts * (timeout ?? REPMGRS_TIMEOUT_SECONDS);
	return {
		least: common + (timeout ?? REPMGRS_TIMEOUT_SECONDS),
		most: common + secondsOfLastLook(node, timeout) + monitorInterval(node),
	};
}

/** Between the attempts to reconnect; there is no wait after the last one (try_primary_reconnect()). */
export function secondsOfWaiting(node: NodeView): number {
	const attempts = confNumber(node, "reconnect_attempts", 6);
	return Math.max(0, attempts - 1) * confNumber(node, "reconnect_interval", 10);
}

export function monitorInterval(node: NodeView): number {
	return confNumber(node, "monitor_interval_secs", 2);
}

/**
 * From the primary's death until the winner is primary. Measured on a real cluster (field notes 0) with time-outs
 * of 2 s: attempts 3 × 2 s take 4.5 s after a crash and 15 s after a cut; 3 × 5: 10 and 21; 6 × 10: 50 and 68.
 *
 * @param others All other nodes: one that is silent costs the winner a time-out in the election, and one more,
 * unless it is a witness, when `repmgr standby promote` looks for another primary.
 */
export function secondsOfFailover(winner: NodeView, primary: NodeView, others: readonly NodeView[]) {
	const silent = others
		.filter(({ registered, observed }) => registered.active && !observed.reachable)
		.filter(({ observed }) => ["unreachable", "unresolved", "hung"].includes(observed.status))
		.map((node) => timeoutOf(node) * (node.registered.type === "witness" ? 1 : 2))
		.reduce((sum, seconds) => sum + seconds, 0);
	const disconnect = confIsOn(winner, "standby_disconnect_on_failover")
		? confNumber(winner, "sibling_nodes_disconnect_timeout", 30)
		: 0;
	const losing = secondsOfLosing(winner, primary);
	const hanging = secondsOfHanging(primary);
	const least = secondsOfWaiting(winner) + silent;
	return {
		crash: { least, most: least + monitorInterval(winner) + disconnect + PROMOTION_SECONDS },
		cut: {
			// `repmgr standby promote` tries the dead primary once more.
			least: losing.least + timeoutOf(primary) + silent,
			most:
				losing.most +
				(hanging === null ? 0 : hanging + monitorInterval(winner)) +
				timeoutOf(primary) +
				silent +
				disconnect +
				PROMOTION_SECONDS,
		},
	};
}

/** The time-out of the look that fails into a black hole: by default a ping with what conninfo says. */
function secondsOfLastLook(node: NodeView, timeout: number | null): number {
	// It cancels its own query over a connection without a time-out, then connects again.
	if (confOf(node)?.values.connection_check_type === "query") {
		return SYSTEMS_TIMEOUT_SECONDS + (timeout ?? REPMGRS_TIMEOUT_SECONDS);
	}
	return timeout ?? SYSTEMS_TIMEOUT_SECONDS;
}

/**
 * Some milliseconds after each look repmgrd asks the primary for its role over a connection that it keeps, and waits
 * without a time-out of its own: cut off just then, it waits for TCP's. On the test cluster 10 of 132 did, at
 * monitor_interval_secs = 1; issues #585 and #871 look the same. Null: that is a quarter of an hour (tcp_retries2).
 */
export function secondsOfHanging(primary: NodeView): number | null {
	const milliseconds = conninfoNumber(primary, "tcp_user_timeout");
	return milliseconds === null ? null : Math.ceil(milliseconds / 1000);
}

function timeoutOf(node: NodeView): number {
	return connectTimeout(node) ?? REPMGRS_TIMEOUT_SECONDS;
}

/** Of a node's registered conninfo; null: no time-out. libpq makes 2 of 1. */
export function connectTimeout(node: NodeView): number | null {
	const seconds = conninfoNumber(node, "connect_timeout");
	return seconds === null ? null : Math.max(2, seconds);
}

/** Else what stands in it is concealed as a whole, since it can't be told from a secret. */
export function isConninfoShown({ registered }: NodeView): boolean {
	return !registered.conninfo.startsWith("(");
}

/** Of a node's registered conninfo; null where it is not set, or 0. */
function conninfoNumber({ registered }: NodeView, keyword: string): number | null {
	const [, value] = new RegExp(`\\b${keyword}\\s*=\\s*'?(\\d{1,9})`).exec(registered.conninfo) ?? [];
	return Number(value ?? 0) || null;
}
