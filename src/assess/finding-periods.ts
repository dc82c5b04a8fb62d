import { type Finding, type FindingSeverity, findingKey } from "../model/finding.ts";
import { consoleEntry, type LogEntry } from "../model/log-entry.ts";
import { current } from "../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";

/** An operator's acknowledgement of a finding. */
export interface Acknowledgement {
	readonly note: string;
	/** Epoch ms. */
	readonly at: number;
	/** It ends when the finding gets worse than this. */
	readonly severity: FindingSeverity;
}

/** Since when a finding exists. */
export interface FindingPeriod {
	/** Epoch ms. */
	readonly since: number;
	/** Was it seen to begin? Otherwise it existed when this console started. */
	readonly isExact: boolean;
	readonly severity: FindingSeverity;
	readonly message: string;
	/** Where its evidence came from, as "2 sql"; only sources that could be read at that time. */
	readonly sources: readonly string[];
	readonly acknowledgement: Acknowledgement | null;
}

/** By `findingKey`. */
export type FindingPeriods = ReadonlyMap<string, FindingPeriod>;

/** How long the first reading of a cluster takes: findings from that time existed before. */
export const FIRST_READING_MS = 3000;

export const GRAVITY: Readonly<Record<FindingSeverity, number>> = {
	critical: 3,
	warning: 2,
	unknown: 1,
	notice: 0,
};

/**
 * The periods after a new diagnosis, with entries for the event log: findings that began, got worse or ended. A finding that
 * another one explains goes on unseen. One whose evidence can no longer be read is not said to be over.
 */
export function recordFindings(
	periods: FindingPeriods,
	snapshot: Pick<ClusterSnapshot, "findings" | "explained" | "nodes">,
	now: number,
	startedAt: number,
): { readonly periods: FindingPeriods; readonly entries: readonly LogEntry[] } {
	const entries: LogEntry[] = [];
	const known = byNodeId(snapshot.nodes);
	const next = new Map<string, FindingPeriod>();
	for (const finding of snapshot.findings) {
		const { code, nodeId, severity, message, evidence } = finding;
		const key = findingKey(finding);
		const period = periods.get(key);
		const isExact = period?.isExact ?? now - startedAt > FIRST_READING_MS;
		const isWorse = period !== undefined && GRAVITY[severity] > GRAVITY[period.severity];
		if (isWorse) entries.push(consoleEntry(now, nodeId, code, false, `now ${severity}: ${message}`));
		if (period === undefined && isExact)
			entries.push(consoleEntry(now, nodeId, code, GRAVITY[severity] > 1 ? false : null, message));
		next.set(key, {
			since: period?.since ?? now,
			isExact,
			severity,
			message,
			sources: readSources(evidence, known),
			acknowledgement: stillValid(period?.acknowledgement ?? null, severity),
		});
	}
	const over = overAmong(periods, snapshot);
	const ended = new Set(over.map(({ key }) => key));
	for (const [key, period] of periods) if (!next.has(key) && !ended.has(key)) next.set(key, period);
	for (const { key, known: period, unread: lost } of over) {
		const { since, isExact, message } = period;
		// Found before all nodes had answered.
		if (!isExact && now - startedAt <= FIRST_READING_MS) continue;
		const [code = "", node = ""] = key.split(" ");
		const lasted = `${isExact ? "" : "at least "}${Math.round((now - since) / 1000)} s`;
		const nodeId = node === "" ? null : Number(node);
		entries.push(
			lost.length === 0
				? consoleEntry(now, nodeId, code, true, `over after ${lasted}: ${message}`)
				: consoleEntry(
						now,
						nodeId,
						code,
						null,
						`not seen any more, with ${lost.join(", ")} unread: ${message}`,
					),
		);
	}
	return { periods: isSame(periods, next) ? periods : next, entries };
}

/**
 * Those of the known findings that are over: neither found nor explained by another one. `unread` names nodes that its evidence
 * came from and that can't be read any more.
 */
export function overAmong<Known extends Pick<FindingPeriod, "sources">>(
	findings: ReadonlyMap<string, Known>,
	{ findings: present, explained, nodes }: Pick<ClusterSnapshot, "findings" | "explained" | "nodes">,
): readonly { readonly key: string; readonly known: Known; readonly unread: readonly string[] }[] {
	const goOn = new Set([...present.map(findingKey), ...explained]);
	const byId = byNodeId(nodes);
	return [...findings]
		.filter(([key]) => !goOn.has(key))
		.map(([key, known]) => ({ key, known, unread: unreadNames(known.sources, byId) }));
}

type Nodes = ReadonlyMap<number, NodeView>;

export function byNodeId(nodes: readonly NodeView[]): Nodes {
	return new Map(nodes.map((node) => [node.nodeId, node]));
}

function canRead({ observed, state }: NodeView, by: string): boolean {
	return by === "ssh" ? current(state.host) !== null : observed.reachable;
}

/** The sources of a finding's evidence that can be read now: where silence is the evidence, its end needs none. */
export function readSources(evidence: Finding["evidence"], nodes: Nodes): readonly string[] {
	const sources = evidence.flatMap(({ nodeId, by }) => {
		const node = nodeId === null ? undefined : nodes.get(nodeId);
		return node !== undefined && canRead(node, by) ? [`${nodeId} ${by}`] : [];
	});
	return [...new Set(sources)].sort();
}

/** Names of the nodes among these sources that can't be read now. */
function unreadNames(sources: readonly string[], nodes: Nodes): readonly string[] {
	const names = sources.flatMap((source) => {
		const [nodeId, by = ""] = source.split(" ");
		const node = nodes.get(Number(nodeId));
		// That a server is stopped is proven by its host, and ends what was seen on it.
		return node !== undefined && !canRead(node, by) && node.observed.status !== "stopped"
			? [node.nodeName]
			: [];
	});
	return [...new Set(names)];
}

function stillValid(known: Acknowledgement | null, severity: FindingSeverity): Acknowledgement | null {
	return known !== null && GRAVITY[severity] <= GRAVITY[known.severity] ? known : null;
}

/** Acknowledges a finding, or with a null note withdraws that; without a finding of this key nothing changes. */
export function acknowledge(
	periods: FindingPeriods,
	key: string,
	note: string | null,
	at: number,
): FindingPeriods {
	const period = periods.get(key);
	if (period === undefined) return periods;
	const acknowledgement = note === null ? null : { note, at, severity: period.severity };
	return new Map([...periods, [key, { ...period, acknowledgement }]]);
}

function isSame(one: FindingPeriods, other: FindingPeriods): boolean {
	return (
		one.size === other.size &&
		[...other].every(([key, { severity, message, sources, acknowledgement }]) => {
			const was = one.get(key);
			return (
				was?.severity === severity &&
				was.message === message &&
				was.sources.join() === sources.join() &&
				was.acknowledgement === acknowledgement
			);
		})
	);
}
