import type { SecondsRange } from "../../model/forecast.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { confIsOn, confNumber, confOf } from "../conf-values.ts";

/** repmgr's own connect_timeout where conninfo has none. */
const REPMGRS_TIMEOUT_SECONDS = 2;

/** PQping() and PQcancel() have no timeout of their own: Linux gives up after tcp_syn_retries = 6. */
const SYSTEMS_TIMEOUT_SECONDS = 130;

/** From the election's end until pg_promote() returns; a fraction of that on an idle machine. */
const PROMOTION_SECONDS = 1;

/** How long repmgrd on a node takes to give up a silent primary: the check that fails, then reconnect_attempts more. */
export function secondsOfLosing(node: NodeView, primary: NodeView): SecondsRange {
	const timeout = connectTimeout(primary);
	const attempts = confNumber(node, "reconnect_attempts", 6);
	const common = secondsOfWaiting(node) + attempts * (timeout ?? REPMGRS_TIMEOUT_SECONDS);
	return {
		least: common + (timeout ?? REPMGRS_TIMEOUT_SECONDS),
		most: common + secondsOfLastCheck(node, timeout) + monitorInterval(node),
	};
}

/** The pauses between attempts to reconnect; there is none after the last one (try_primary_reconnect()). */
export function secondsOfWaiting(node: NodeView): number {
	const attempts = confNumber(node, "reconnect_attempts", 6);
	return Math.max(0, attempts - 1) * confNumber(node, "reconnect_interval", 10);
}

export function monitorInterval(node: NodeView): number {
	return confNumber(node, "monitor_interval_secs", 2);
}

/**
 * From the primary's death until the winner is primary. Measured with repmgr 5.3.3, PostgreSQL 15 and connect_timeout=2,
 * after a crash and after a network cut: 3 attempts × 2 s: 4.5 and 15 s; 3 × 5: 10 and 21; 6 × 10: 50 and 68.
 *
 * @param others All other nodes: a silent one costs the winner a timeout in the election, and another one, unless it is a
 * witness, when `repmgr standby promote` looks for another primary.
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

/** The timeout of the first check that gets no answer: by default a ping with the conninfo's timeout. */
function secondsOfLastCheck(node: NodeView, timeout: number | null): number {
	// repmgrd cancels its own query over a connection without a timeout, then connects again.
	if (confOf(node)?.values.connection_check_type === "query") {
		return SYSTEMS_TIMEOUT_SECONDS + (timeout ?? REPMGRS_TIMEOUT_SECONDS);
	}
	return timeout ?? SYSTEMS_TIMEOUT_SECONDS;
}

/**
 * Some milliseconds after each check repmgrd queries the primary's role over a persistent connection, without a timeout of
 * its own: if the network is cut just then, it waits for TCP's. On the test cluster this happened in 10 of 132 cuts, with
 * monitor_interval_secs=1; issues #585 and #871 look the same. Null: a quarter of an hour (tcp_retries2).
 */
export function secondsOfHanging(primary: NodeView): number | null {
	const milliseconds = conninfoNumber(primary, "tcp_user_timeout");
	return milliseconds === null ? null : Math.ceil(milliseconds / 1000);
}

function timeoutOf(node: NodeView): number {
	return connectTimeout(node) ?? REPMGRS_TIMEOUT_SECONDS;
}

/** connect_timeout of a node's registered conninfo; null: none. libpq turns 1 into 2. */
export function connectTimeout(node: NodeView): number | null {
	const seconds = conninfoNumber(node, "connect_timeout");
	return seconds === null ? null : Math.max(2, seconds);
}

/** False where the whole conninfo is concealed, because a secret in it can't be told apart. */
export function isConninfoShown({ registered }: NodeView): boolean {
	return !registered.conninfo.startsWith("(");
}

/** A number in a node's registered conninfo; null where it is not set, or 0. */
function conninfoNumber({ registered }: NodeView, keyword: string): number | null {
	const [, value] = new RegExp(`\\b${keyword}\\s*=\\s*'?(\\d{1,9})`).exec(registered.conninfo) ?? [];
	return Number(value ?? 0) || null;
}
