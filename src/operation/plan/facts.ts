import { type Fence, fenceOf } from "../../assess/fence.ts";
import { needsRestartToFollow } from "../../assess/positions.ts";
import type { BarmanSurvey } from "../../model/barman.ts";
import type { CloneSurvey } from "../../model/clone-survey.ts";
import type { Crosscheck } from "../../model/crosscheck.ts";
import type { Outcome } from "../../model/fault.ts";
import type { CommitCount, OwnWal } from "../../model/own-wal.ts";
import type { HostPackages } from "../../model/packages.ts";
import type { PasswordSurvey } from "../../model/password-survey.ts";
import type { ServerSettings } from "../../model/setting.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import type { HostSurvey, ServerSurvey, ServiceUnit, Survey } from "../../model/survey.ts";

/** Everything that a plan is made from. The time is `snapshot.takenAt`. */
export interface Facts {
	readonly snapshot: ClusterSnapshot;
	readonly survey: Survey;
	/** Null where the operation does not need it. */
	readonly crosscheck: Crosscheck | null;
	/** The user of this console: "alice on bastion1 (from 192.0.2.7)". */
	readonly operator: string;
	/** Whether psql on each host logs in to its own server: null, or its error message. Only where it was tried. */
	readonly psqlLogins?: ReadonlyMap<number, string | null>;
	/** By psql on each host, with repmgr's login. Only where they were read. */
	readonly settings?: ReadonlyMap<number, Outcome<ServerSettings>>;
	/** What each host has and is offered. Only for an upgrade. */
	readonly packages?: ReadonlyMap<number, Outcome<HostPackages>>;
	/** What each host logs in with. Only before a password is changed. */
	readonly passwords?: ReadonlyMap<number, Outcome<PasswordSurvey>>;
	/** Only for a clone. */
	readonly clone?: Outcome<CloneSurvey>;
	/** What Barman has, asked from the operation's host; null: none is named. Only where it was asked. */
	readonly barman?: Outcome<BarmanSurvey | null>;
	/** What only the operation's node has; null: nothing, or it can't be told where that begins. Only where it was read. */
	readonly ownWal?: Outcome<OwnWal | null>;
	/** What each of several primaries has committed since they parted, by node id; null: not read. Only for a fence. */
	readonly sideCommits?: ReadonlyMap<number, CommitCount | null>;
	/** Only where a host without a row is registered or cloned. */
	readonly unregisteredHost?: UnregisteredHost;
	/** Owner of the database on a node's host; null where no command can be run. */
	readonly ownerOn: (nodeId: number) => string | null;
}

/** A host without a row in repmgr.nodes. */
export interface UnregisteredHost {
	/** As the operator gave it. */
	readonly host: string;
	readonly configFile: string;
	readonly user: string;
	readonly survey: Outcome<HostSurvey>;
}

const NOT_ASKED = { fault: { kind: "command", message: "it was not read" } } as const;

export function serverOf({ survey }: Facts, nodeId: number): Outcome<ServerSurvey> {
	return survey.nodes.get(nodeId)?.server ?? NOT_ASKED;
}

export function hostOf({ survey }: Facts, nodeId: number): Outcome<HostSurvey> {
	return survey.nodes.get(nodeId)?.host ?? NOT_ASKED;
}

/** The system identifier of the data on a node's host, where it is known not to be the cluster's; null otherwise. A witness has its own. */
export function otherCluster(facts: Facts, { nodeId, registered }: NodeView): string | null {
	if (registered.type === "witness") return null;
	const own = hostOf(facts, nodeId).value?.look.controlData?.systemIdentifier ?? null;
	const ours = facts.snapshot.cluster.systemIdentifier;
	return own === null || ours === null || own === ours ? null : own;
}

export function nodeOf({ snapshot }: Pick<Facts, "snapshot">, nodeId: number): NodeView | null {
	return snapshot.nodes.find((node) => node.nodeId === nodeId) ?? null;
}

/** What keeps a node from being started or from accepting writes, by its host; null: nothing, or it can't be read. */
export function fenceOn(facts: Facts, { nodeId }: Pick<NodeView, "nodeId">): Fence | null {
	return fenceOf(hostOf(facts, nodeId).value?.look, nodeId, facts.snapshot);
}

/** The server's unit, by its service_stop_command; null where that uses no systemctl, or can't be read. */
export function serverUnitOf(host: HostSurvey | undefined): ServiceUnit | null {
	return host?.units.find(({ parameter }) => parameter === "service_stop_command") ?? null;
}

export function settingsOf({ settings }: Facts, nodeId: number): Outcome<ServerSettings> {
	return settings?.get(nodeId) ?? NOT_ASKED;
}

export function packagesOf({ packages }: Facts, nodeId: number): Outcome<HostPackages> {
	return packages?.get(nodeId) ?? NOT_ASKED;
}

export function passwordsOf({ passwords }: Facts, nodeId: number): Outcome<PasswordSurvey> {
	return passwords?.get(nodeId) ?? NOT_ASKED;
}

/** The directory of PostgreSQL's programs on a node's host, with a slash at its end; "": as PATH finds them. */
export function programsOn(facts: Facts, nodeId: number): string {
	const psql = hostOf(facts, nodeId).value?.psql ?? "";
	return psql.slice(0, psql.lastIndexOf("/") + 1);
}

/** A value of a node's repmgr.conf; null where it is not set or can't be read. */
export function confValue(facts: Facts, nodeId: number, parameter: string): string | null {
	return hostOf(facts, nodeId).value?.look.repmgrConf?.[parameter] ?? null;
}

/** A number of repmgr.conf, with repmgr's default where it is not set; null where the file can't be read. */
export function confNumber(facts: Facts, nodeId: number, parameter: string, unset: number): number | null {
	const conf = hostOf(facts, nodeId).value?.look.repmgrConf;
	if (!conf) return null;
	const text = conf[parameter];
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : unset;
}

export function isUsingSlots(facts: Facts, nodeId: number): boolean {
	return /^(1|on|t|true|y|yes)$/i.test(confValue(facts, nodeId, "use_replication_slots") ?? "");
}

/** Whether a standby has to restart before repmgr lets it follow the primary. Until then its repmgrd fails to attach it every second. */
export function isRestartedToFollow(facts: Facts, node: NodeView): boolean {
	const { nodes, cluster } = facts.snapshot;
	const primary = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	if (primary === undefined) return false;
	return needsRestartToFollow(node, primary, hostOf(facts, primary.nodeId).value?.look);
}
