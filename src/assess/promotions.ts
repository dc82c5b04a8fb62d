import type { LogEntry } from "../model/log-entry.ts";
import type { KnownOperation, Promotion } from "../model/timelines.ts";
import { formatDateTime } from "../text/format.ts";
import { listed, quoted } from "../text/words.ts";
import { type Branch, branchesTo, branchKey, type Member } from "./histories.ts";
import { causeOf, SKEW_MS, SWITCHOVER_MS } from "./promotion-events.ts";

/** A promotion's history file, log line and events lie within this time, ms; before it only as much as two clocks differ. */
const NEAR_MS = 60_000;
/** From the approval of an operation until it promotes. */
const OPERATION_MS = 15 * 60_000;

/** Everything that promotions are told from. */
export interface Sources {
	readonly members: readonly Member[];
	/** repmgr's events of promotions that succeeded, oldest first, each once. */
	readonly events: readonly LogEntry[];
	/** Epoch ms of the oldest event of all in a node's copy of repmgr.events, by node. */
	readonly eventsSince: ReadonlyMap<number, number>;
	/** The newest first. */
	readonly operations: readonly KnownOperation[];
}

/** Every promotion that a history file of any node has, the newest timeline first. */
export function promotionsOf(sources: Sources): readonly Promotion[] {
	const found = sources.members.flatMap((member) => [...ownBranch(member), ...(member.files ?? [])]);
	const byKey = new Map(found.flatMap(branchesTo).map((branch) => [branchKey(branch), branch]));
	const branches = [...byKey.values()].map((branch): DatedBranch => {
		const copies = copiesOf(branch, sources.members);
		return { ...branch, copies, oldest: copies[0]?.at ?? null };
	});
	const promotions = branches
		.map((branch) => promotionOf(branch, branches, sources))
		.toSorted((a, b) => b.timeline - a.timeline || (b.at ?? 0) - (a.at ?? 0));
	return promotions.map((promotion) => withOperation(promotion, promotions, sources));
}

interface DatedBranch extends Branch {
	readonly copies: readonly Dated[];
	readonly oldest: number | null;
}

/** The timeline that a node is on, with its history; none where that is not known. */
function ownBranch({ end, path }: Member): readonly Branch[] {
	return end === null || path === null ? [] : [{ timeline: end.timeline, lines: path }];
}

function promotionOf(branch: DatedBranch, branches: readonly DatedBranch[], sources: Sources): Promotion {
	const { timeline, lines, copies, oldest } = branch;
	const { members, events } = sources;
	const isOnlyOne = branches.every((one) => one === branch || one.timeline !== timeline);
	const key = branchKey(branch);
	const holders = members.filter((member) =>
		ownBranch(member).some((own) => branchesTo(own).some((one) => branchKey(one) === key)),
	);
	const writers = holders.filter(
		(member) => member.isPrimary && ownBranch(member).some((own) => branchKey(own) === key),
	);
	// A node with the history file of another promotion to this timeline does not testify for this one.
	const witnesses = members.filter(
		({ files }) => !files?.some((file) => file.timeline === timeline && branchKey(file) !== key),
	);
	const logged = loggedOf(timeline, witnesses, oldest, isOnlyOne);
	const about = logged[0]?.at ?? oldest;
	// What comes after the next promotion is about that one.
	const next = Math.min(...branches.flatMap((one) => (one.timeline > timeline ? (one.oldest ?? []) : [])));
	const told = events.filter(
		({ nodeId, event, timestamp }) =>
			event !== "standby_switchover" &&
			about !== null &&
			isBetween(Date.parse(timestamp), about - SKEW_MS, Math.min(about + NEAR_MS, next)) &&
			witnesses.some(({ node }) => node.nodeId === nodeId),
	);
	const testimonies = [
		logged.map(({ member }) => member.node.nodeId),
		told.flatMap(({ nodeId }) => nodeId ?? []),
		writers.map(({ node }) => node.nodeId),
	];
	const nodeId = only(testimonies.find((nodeIds) => nodeIds.length > 0) ?? []);
	const at = logged.find(({ member }) => member.node.nodeId === nodeId)?.at ?? oldest;
	const mine = told.filter((event) => event.nodeId === nodeId);
	const own = [...mine, ...switchoverOf(mine, events)];
	const from = lines.at(-1);
	return {
		timeline,
		from: { timeline: from?.timeline ?? 0, lsn: from?.endLsn ?? "" },
		reason: from?.reason ?? "",
		at,
		isExact: nodeId !== null && (logged.length > 0 || copies[0]?.member.node.nodeId === nodeId),
		nodeId,
		cause: causeOf(own) ?? (isWithoutRepmgr(at, told, holders, sources) ? "without repmgr" : null),
		operation: null,
		evidence: [
			...writers.map(({ node }) => `${quoted(node)} writes on it now`),
			...logged.map(
				(line) =>
					`${quoted(line.member.node)} logged "selected new timeline ID: ${timeline}" at ${timeText(line.at)}`,
			),
			...(copies.length === 0 ? [] : [`history file written ${copiesText(copies)}`]),
			...[...new Set([...told, ...own])].map(
				({ event, timestamp, details }) => `${event} at ${timeText(Date.parse(timestamp))}: ${details}`,
			),
		],
		nodeIds: holders.map(({ node }) => node.nodeId),
		isAmbiguous: !isOnlyOne || writers.length > 1,
	};
}

interface Dated {
	readonly member: Member;
	readonly at: number;
}

/** When its history file was written, oldest first: by the promotion itself, and when others got a copy. */
function copiesOf(branch: Branch, members: readonly Member[]): readonly Dated[] {
	const key = branchKey(branch);
	return members
		.flatMap((member) => {
			const file = member.files?.find((one) => branchKey(one) === key);
			return file?.writtenAt == null ? [] : [{ member, at: file.writtenAt }];
		})
		.toSorted((a, b) => a.at - b.at);
}

/** Lines of logs that are about a promotion. */
function loggedOf(
	timeline: number,
	witnesses: readonly Member[],
	oldest: number | null,
	isOnlyOne: boolean,
): readonly Dated[] {
	const lines = witnesses.flatMap((member) =>
		(member.read?.host.value?.logged ?? []).flatMap((line) =>
			line.timeline === timeline && line.at !== null ? [{ member, at: line.at }] : [],
		),
	);
	const near = lines.filter(({ at }) => oldest !== null && isBetween(at, oldest - NEAR_MS, oldest + SKEW_MS));
	// All files may be later copies: then a single line that can be about nothing else counts.
	return near.length > 0 || !isOnlyOne || lines.length > 1 ? near : lines;
}

/** The event that ends the switchover in which a node was promoted, before anybody is promoted again. */
function switchoverOf(told: readonly LogEntry[], events: readonly LogEntry[]): readonly LogEntry[] {
	const promoted = told.find(({ event }) => event === "standby_promote");
	if (promoted === undefined) return [];
	const later = events.slice(events.indexOf(promoted) + 1);
	const next = later.find(({ event }) => event !== "repmgrd_failover_promote");
	const isItsEnd =
		next?.event === "standby_switchover" &&
		next.nodeId === promoted.nodeId &&
		Date.parse(next.timestamp) - Date.parse(promoted.timestamp) <= SWITCHOVER_MS;
	return next !== undefined && isItsEnd ? [next] : [];
}

/** repmgr writes its event on the new primary: does a copy of that time have none? */
function isWithoutRepmgr(
	at: number | null,
	told: readonly LogEntry[],
	holders: readonly Member[],
	{ eventsSince }: Sources,
): boolean {
	const isCovered = holders.some(({ node }) => {
		const since = eventsSince.get(node.nodeId);
		return at !== null && since !== undefined && since < at;
	});
	return told.length === 0 && isCovered;
}

/** With the operation after which it was the first promotion. */
function withOperation(
	promotion: Promotion,
	promotions: readonly Promotion[],
	{ operations, members }: Sources,
): Promotion {
	const { at, nodeId, cause, evidence } = promotion;
	const node = members.find((member) => member.node.nodeId === nodeId)?.node;
	if (at === null || node === undefined || cause === "without repmgr") return promotion;
	const times = promotions.flatMap((one) => one.at ?? []);
	const operation = operations.find(
		({ kind, title, startedAt }) =>
			isBetween(startedAt, at - OPERATION_MS, at + SKEW_MS) &&
			!times.some((other) => isBetween(other, startedAt, at - 1)) &&
			// Which node a drill promotes is not known when it is approved.
			(kind === "drill" || ((kind === "switchover" || kind === "promote") && title.includes(quoted(node)))),
	);
	if (operation === undefined) return promotion;
	const { title, who, startedAt } = operation;
	return {
		...promotion,
		operation: { kind: operation.kind, title, who, startedAt },
		evidence: [...evidence, `${title} by ${who}, approved at ${timeText(startedAt)}`],
	};
}

function copiesText(copies: readonly Dated[]): string {
	return listed(copies.map(({ member, at }) => `on ${quoted(member.node)} at ${timeText(at)}`));
}

function timeText(at: number): string {
	return `${formatDateTime(at)} UTC`;
}

function isBetween(at: number, from: number, to: number): boolean {
	return at >= from && at <= to;
}

/** The one value that all have; null where there is none, or several. */
function only<T>(values: readonly T[]): T | null {
	const [first] = values;
	return first !== undefined && values.every((value) => value === first) ? first : null;
}
