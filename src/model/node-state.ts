import { type Fault, isOurs, type Observation } from "./fault.ts";
import type { HostReading, ProcessReading } from "./host-reading.ts";
import type { Registration } from "./registration.ts";
import type { EventsReading, ServerReading } from "./server-reading.ts";

/** A source that is polled: the last good value and the newest fault. */
export interface Source<T> {
	readonly good: { readonly value: T; readonly at: number } | null;
	/** Null once the newest attempt succeeded. */
	readonly fault: { readonly fault: Fault; readonly at: number; readonly since: number } | null;
}

/** A report of the probe about one source of one node. */
export type Report =
	| { readonly nodeId: number; readonly of: "server"; readonly observation: Observation<ServerReading> }
	| { readonly nodeId: number; readonly of: "ping"; readonly observation: Observation<true> }
	| { readonly nodeId: number; readonly of: "host"; readonly observation: Observation<HostReading> }
	| { readonly nodeId: number; readonly of: "events"; readonly observation: Observation<EventsReading> }
	| { readonly nodeId: number; readonly of: "address"; readonly address: string };

/** Everything known about one node. */
export interface NodeState {
	readonly nodeId: number;
	/** The newest row known for it. */
	readonly registration: Registration;
	/** Where the console connects to, e.g. "node1:5432"; a mapped address if the configuration file maps it. */
	readonly address: string;
	/** The persistent SQL session. */
	readonly server: Source<ServerReading>;
	/** Its repmgr.events. Both null: not read (yet), or not permitted. */
	readonly events: Source<EventsReading>;
	/** Does the server answer NEW connections? */
	readonly ping: Source<true>;
	/** SSH. Both null: not tried (yet), or SSH is off. */
	readonly host: Source<HostReading>;
}

const NOTHING = { good: null, fault: null } as const;

/** A node of which only the registration is known. */
export function unreadNode(registration: Registration, address: string): NodeState {
	return {
		nodeId: registration.nodeId,
		registration,
		address,
		server: NOTHING,
		events: NOTHING,
		ping: NOTHING,
		host: NOTHING,
	};
}

/** The source after one more observation; an outdated one is ignored. */
export function observe<T>(source: Source<T>, observation: Observation<T>): Source<T> {
	const newest = Math.max(source.good?.at ?? 0, source.fault?.at ?? 0);
	if (observation.at < newest) return source;
	if (observation.fault !== undefined) {
		const { fault, at } = observation;
		// After a fault on this side it is unknown whether the fault before lasted until now.
		const isLasting = source.fault !== null && !isOurs(fault) && !isOurs(source.fault.fault);
		return { good: source.good, fault: { fault, at, since: isLasting ? source.fault.since : at } };
	}
	return { good: { value: observation.value, at: observation.at }, fault: null };
}

/**
 * repmgrd's process on the host: `false` where there is none. Null where the host can't be read, or was last read before
 * the server lost repmgrd: that process may be gone by now.
 */
export function repmgrdProcess({ server, host }: NodeState): ProcessReading | false | null {
	const seen = current(host)?.repmgrd ?? null;
	const missedSince = current(server)?.repmgrdMissedSince ?? 0;
	return seen && (host.good?.at ?? 0) < missedSince ? null : seen;
}

/** The source's value if its newest attempt succeeded, else null. */
export function current<T>(source: Source<T>): T | null {
	return source.fault === null && source.good !== null ? source.good.value : null;
}

/**
 * The postmaster that the host showed after the server began to refuse connections. An older reading proves nothing: the
 * process may have exited meanwhile.
 */
export function refusingPostmaster(state: NodeState): ProcessReading | null {
	const isOlder = (state.host.good?.at ?? 0) < (state.server.fault?.since ?? 0);
	return (!isOlder && hostReadingSinceAnswer(state)?.postmaster) || null;
}

/** The host's reading if it is newer than the server's last answer: an older one says nothing about now. */
export function hostReadingSinceAnswer({ server, host }: NodeState): HostReading | null {
	return (host.good?.at ?? 0) > (server.good?.at ?? 0) ? current(host) : null;
}
