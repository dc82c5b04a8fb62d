import { fenceOf, fenceWords } from "../assess/fence.ts";
import type { NodeHistory, Period } from "../assess/node-history.ts";
import type { Channel } from "../model/fault.ts";
import type { Evidence, Finding, FindingCode, FindingSeverity } from "../model/finding.ts";
import { current, hostReadingSinceAnswer } from "../model/node-state.ts";
import type { ClusterSnapshot, NodeView, Role } from "../model/snapshot.ts";
import type { Thresholds } from "../model/thresholds.ts";

/** All input of a rule. The time is `snapshot.takenAt`. */
export interface World {
	readonly snapshot: ClusterSnapshot;
	readonly history: NodeHistory;
	readonly thresholds: Thresholds;
}

/** One rule: all findings of its kind. Missing data is never evidence. */
export type Rule = (world: World) => readonly Finding[];

/** A finding with defaults for what is left out. */
export interface FindingParts {
	readonly code: FindingCode;
	readonly severity: FindingSeverity;
	readonly node?: NodeView;
	readonly message: string;
	readonly detail: string;
	readonly hint: string;
	readonly evidence: readonly Evidence[];
	readonly remedy?: Finding["remedy"];
	readonly doNot?: string;
	readonly form?: Finding["form"];
}

export function finding({ node, remedy = null, doNot, ...parts }: FindingParts): Finding {
	return { ...parts, nodeId: node?.nodeId ?? null, remedy, doNot: doNot ?? null };
}

/** From a node's last good reading, or its failed one. */
export function evidenceOf({ nodeId, state }: NodeView, text: string, by: Channel = "sql"): Evidence {
	const source = by === "ssh" ? state.host : state.server;
	return { nodeId, at: source.fault?.at ?? source.good?.at ?? 0, by, text };
}

/** The line of its server's log that may say why it does not run or stream, if its host was read for it. */
export function logEvidence(node: NodeView): readonly Evidence[] {
	const { server, host } = node.state;
	const look = current(server) === null ? hostReadingSinceAnswer(node.state) : current(host);
	return look?.logReason ? [evidenceOf(node, `its log: ${look.logReason}`, "ssh")] : [];
}

/** What keeps its server from being started or from accepting writes, and who did it and why, if its host tells. */
export function fenceEvidence({ snapshot }: World, node: NodeView): readonly Evidence[] {
	const fence = fenceOf(current(node.state.host), node.nodeId, snapshot);
	return fence === null ? [] : [evidenceOf(node, fenceWords(fence), "ssh")];
}

/** A node's status. Only its host can show that a server is stopped. */
export function statusEvidence(node: NodeView): Evidence {
	const { status } = node.observed;
	const text = node.detail ?? node.fault?.message ?? status;
	return evidenceOf(node, text, status === "stopped" ? "ssh" : "sql");
}

/** From this console itself. */
export function consoleEvidence({ snapshot }: World, text: string): Evidence {
	return { nodeId: null, at: snapshot.takenAt, by: "sql", text };
}

/** The role a node is seen in, else was last seen in, else is registered for. */
export function presumedRole({ history }: World, node: NodeView): Role {
	return node.observed.role ?? history.get(node.nodeId)?.at(-1)?.role ?? node.registered.type;
}

/** The nodes of a role, as presumed. */
export function nodesOfRole(world: World, role: Role): readonly NodeView[] {
	return world.snapshot.nodes.filter((node) => presumedRole(world, node) === role);
}

/** The one primary that is seen, or null. */
export function thePrimary({ snapshot }: World): NodeView | null {
	return snapshot.nodes.find(({ nodeId }) => nodeId === snapshot.cluster.primaryNodeId) ?? null;
}

/** A console that just started reads a node a moment after its first attempt. */
const FIRST_READING_MS = 2000;

/** Did something that was first seen at `since` (epoch ms) exist when this console started? Then it may be much older. */
export function predatesConsole({ history, snapshot }: World, node: NodeView, since: number): boolean {
	const watchedFrom = history.get(node.nodeId)?.[0]?.since ?? snapshot.takenAt;
	return since - watchedFrom < FIRST_READING_MS;
}

/** The period a node is in. */
export function presentPeriod({ history }: World, { nodeId }: NodeView): Period | null {
	return history.get(nodeId)?.at(-1) ?? null;
}

/** How long a node has been in its present status, in seconds. */
export function secondsInStatus(world: World, node: NodeView): number {
	const period = presentPeriod(world, node);
	return period === null ? 0 : (world.snapshot.takenAt - period.since) / 1000;
}
