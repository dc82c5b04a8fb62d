import { type Fault, isOurs, type Observation } from "./fault.ts";
import type { HostReading, ProcessReading } from "./host-reading.ts";
import type { Registration } from "./registration.ts";
import type { EventsReading, ServerReading } from "./server-reading.ts";

/** A source that is asked again and again: the last good value is kept beside the newest fault. */
export interface Source<T> {
	readonly good: { readonly value: T; readonly at: number } | null;
	/** Null once the newest attempt succeeded. */
	readonly fault: { readonly fault: Fault; readonly at: number; readonly since: number } | null;
}

/** What the probe of one node reports; every report concerns exactly one thing. */
export type Report =
	| { readonly nodeId: number; readonly of: "server"; readonly observation: Observation<ServerReading> }
	| { readonly nodeId: number; readonly of: "ping"; readonly observation: Observation<true> }
	| { readonly nodeId: number; readonly of: "host"; readonly observation: Observation<HostReading> }
	| { readonly nodeId: number; readonly of: "events"; readonly observation: Observation<EventsReading> }
	| { readonly nodeId: number; readonly of: "address"; readonly address: string };

/** All that is known of one node. */
export interface NodeState {
	readonly nodeId: number;
	/** The newest row known for it. */
	readonly registration: Registration;
	/** Where the console connects to, e.g. "node1:5432": a mapped address where the file maps it. */
	readonly address: string;
	/** The kept SQL session. */
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

/** The source after one more observation; an older one than what is known changes nothing. */
export function observe<T>(source: Source<T>, observation: Observation<T>): Source<T> {
	const newest = Math.max(source.good?.at ?? 0, source.fault?.at ?? 0);
	if (observation.at < newest) return source;
	if (observation.fault !== undefined) {
		const { fault, at } = observation;
		// What went before a fault of ours is not known to have lasted until now.
		const isLasting = source.fault !== null && !isOurs(fault) && !isOurs(source.fault.fault);
		return { good: source.good, fault: { fault, at, since: isLasting ? source.fault.since : at } };
	}
	return { good: { value: observation.value, at: observation.at }, fault: null };
}

/**
 * repmgrd as the host saw it: `false` where there is none. Null where the host can't be looked at, or was last looked
 * at before its server began to miss repmgrd: that process may be gone by now.
 */
export function repmgrdProcess({ server, host }: NodeState): ProcessReading | false | null {
	const seen = current(host)?.repmgrd ?? null;
	const missedSince = current(server)?.repmgrdMissedSince ?? 0;
	return seen && (host.good?.at ?? 0) < missedSince ? null : seen;
}

/** The source's value if its newest attempt succeeded, else null: what may be shown as current. */
export function current<T>(source: Source<T>): T | null {
	return source.fault === null && source.good !== null ? source.good.value : null;
}

/**
 * The postmaster that the host showed after the server began to refuse connections. An older look proves nothing: the
 * process may have ended meanwhile.
 */
export function refusingPostmaster(state: NodeState): ProcessReading | null {
	const isOlder = (state.host.good?.at ?? 0) < (state.server.fault?.since ?? 0);
	return (!isOlder && hostReadingSinceAnswer(state)?.postmaster) || null;
}

/** What the host told since the server last answered, if it can be looked at: an older look says nothing about now. */
export function hostReadingSinceAnswer({ server, host }: NodeState): HostReading | null {
	return (host.good?.at ?? 0) > (server.good?.at ?? 0) ? current(host) : null;
}
