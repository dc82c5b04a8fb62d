import { needsRestartToFollow } from "../../assess/positions.ts";
import type { Crosscheck } from "../../model/crosscheck.ts";
import type { Outcome } from "../../model/fault.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import type { HostSurvey, ServerSurvey, Survey } from "../../model/survey.ts";

/** All that a plan is made from. Time comes in as `snapshot.takenAt`. */
export interface Facts {
	readonly snapshot: ClusterSnapshot;
	readonly survey: Survey;
	/** Null where it was not needed. */
	readonly crosscheck: Crosscheck | null;
	/** How psql on a node's host fares at its own server: null where it logs in, else its message. Only where it was tried. */
	readonly psqlLogins?: ReadonlyMap<number, string | null>;
	/** Only where a server without a row is to get one. */
	readonly unregisteredHost?: UnregisteredHost;
	/** Owner of the database on a node's host; null where there is no way to run commands. */
	readonly ownerOn: (nodeId: number) => string | null;
}

/** A host that no row of repmgr.nodes leads to. */
export interface UnregisteredHost {
	/** As it was given. */
	readonly host: string;
	readonly configFile: string;
	readonly user: string;
	readonly survey: Outcome<HostSurvey>;
}

const NOT_ASKED = { fault: { kind: "command", message: "it was not looked at" } } as const;

export function serverOf({ survey }: Facts, nodeId: number): Outcome<ServerSurvey> {
	return survey.nodes.get(nodeId)?.server ?? NOT_ASKED;
}

export function hostOf({ survey }: Facts, nodeId: number): Outcome<HostSurvey> {
	return survey.nodes.get(nodeId)?.host ?? NOT_ASKED;
}

export function nodeOf({ snapshot }: Pick<Facts, "snapshot">, nodeId: number): NodeView | null {
	return snapshot.nodes.find((node) => node.nodeId === nodeId) ?? null;
}

/** A value of a node's repmgr.conf, or null where it is not set or not known. */
export function confValue(facts: Facts, nodeId: number, parameter: string): string | null {
	return hostOf(facts, nodeId).value?.look.repmgrConf?.[parameter] ?? null;
}

/** The same as a number, with repmgr's default where it is not set. Null: the file can't be read. */
export function confNumber(facts: Facts, nodeId: number, parameter: string, unset: number): number | null {
	const conf = hostOf(facts, nodeId).value?.look.repmgrConf;
	if (!conf) return null;
	const text = conf[parameter];
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : unset;
}

/** Does a node's repmgr.conf say use_replication_slots? */
export function isUsingSlots(facts: Facts, nodeId: number): boolean {
	return /^(1|on|t|true|y|yes)$/i.test(confValue(facts, nodeId, "use_replication_slots") ?? "");
}

/** Has a standby to be restarted before repmgr lets it follow the primary? Its repmgrd has it tried, in vain, every second. */
export function isRestartedToFollow(facts: Facts, node: NodeView): boolean {
	const { nodes, cluster } = facts.snapshot;
	const primary = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	if (primary === undefined) return false;
	return needsRestartToFollow(node, primary, hostOf(facts, primary.nodeId).value?.look);
}
