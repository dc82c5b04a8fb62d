import type { ElectionForecast } from "../../model/forecast.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { cutName } from "../../text/words.ts";
import { applyDelaySeconds } from "../conf-values.ts";
import { listed, quoted } from "../words.ts";
import { type Electorate, isVoter } from "./electorate.ts";
import type { ElectionOutcome } from "./notes.ts";

/** Why this standby, or more than one, would be promoted. */
export function whyPromoted(
	{ electorate, candidates }: ElectionOutcome,
	promoted: readonly NodeView[],
): string {
	const [winner] = promoted;
	return winner !== undefined && promoted.length === 1
		? whyFirst(electorate, winner, candidates)
		: `${listed(promoted.map(quoted))} would each promote itself: their copies of repmgr.nodes differ`;
}

export function whyNobody({ electorate, candidates, parts }: ElectionOutcome): string {
	const [best] = candidates;
	if (best === undefined) return whyNoCandidate(electorate);
	const part = parts.get(best.nodeId);
	switch (part?.result) {
		case "absent":
			return candidates.length > 1
				? `repmgrd's candidate is ${quoted(best)}, but ${part.why}, and the others wait for it`
				: `${quoted(best)} is the only candidate, but ${part.why}`;
		case "cancelled":
			return part.why;
		default:
			return `${quoted(best)} would be chosen by the others, but not by itself: their copies of repmgr.nodes differ`;
	}
}

/** A node's rank among the candidates, or none, and why. */
export function placeOf(
	{ electorate, candidates, parts }: ElectionOutcome,
	node: NodeView,
): { readonly rank: number | null; readonly reason: string } {
	const position = candidates.indexOf(node);
	if (position < 0) return { rank: null, reason: whyNoneOfThem(electorate, node) };
	const part = parts.get(node.nodeId);
	const [first = node] = candidates;
	const rankedBy =
		first === node ? whyFirst(electorate, node, candidates) : whyBehind(electorate, node, first);
	const delay = applyDelaySeconds(node);
	const place = delay ? `${rankedBy}; replays with a delay of ${formatDuration(delay)}` : rankedBy;
	return { rank: position + 1, reason: part?.result === "absent" ? `${place}, but ${part.why}` : place };
}

function whyNoCandidate({ others, primary, authoritative }: Electorate): string {
	if (authoritative.length === 0)
		return `repmgr.nodes on ${quoted(primary)} is empty: repmgrd finds no standby`;
	const standbys = others.filter(
		({ registered }) => registered.type !== "witness" && isVoter(registered, primary),
	);
	return standbys.length === 0
		? `no active standby is registered under ${quoted(primary)}`
		: listed(standbys.map((node) => `${quoted(node)} ${whyNotThis(node)}`));
}

function whyNoneOfThem({ primary, authoritative }: Electorate, node: NodeView): string {
	if (authoritative.length === 0) return "is no longer registered: takes no part";
	const { registered, observed } = node;
	if (!registered.active) return "is registered as inactive: does not count";
	if (!isVoter(registered, primary)) return "is not registered under the primary: takes no part";
	if (registered.type !== "witness") return whyNotThis(node);
	return observed.reachable ? "witness: counts for the majority" : "a witness that does not answer";
}

/** In the order of do_election(). */
function whyNotThis({ registered, observed, state }: NodeView): string {
	if (!observed.reachable) return observed.status === "rejecting" ? "can't be read" : "does not answer";
	if (observed.role !== "standby") return "is not in recovery";
	if (registered.priority <= 0) return "has priority 0";
	return current(state.server)?.repmgrd
		? "has no repmgrd: the others skip it"
		: "does not preload repmgr's library";
}

/** What puts the first before all others. */
function whyFirst(electorate: Electorate, first: NodeView, candidates: readonly NodeView[]): string {
	const second = candidates.find((node) => node !== first);
	if (second === undefined) return "the only candidate";
	const ahead = bytesBetween(electorate, second, first);
	if (ahead > 0) return `has received ${ahead} bytes more than ${quoted(second)}`;
	const [own, other] = [first.registered.priority, second.registered.priority];
	return own === other
		? `has received as much as ${quoted(second)} at the same priority, and has the lower node id`
		: `has received as much as ${quoted(second)}, and has the higher priority (${own}, not ${other})`;
}

function whyBehind(electorate: Electorate, node: NodeView, first: NodeView): string {
	const behind = bytesBetween(electorate, node, first);
	if (behind > 0) return `has received ${behind} bytes less than ${quoted(first)}`;
	const [own, other] = [node.registered.priority, first.registered.priority];
	return own === other
		? `has a higher node id than ${quoted(first)}`
		: `has a lower priority than ${quoted(first)} (${own}, not ${other})`;
}

function bytesBetween({ positions }: Electorate, from: NodeView, to: NodeView): number {
	return Number((positions.get(to.nodeId) ?? 0n) - (positions.get(from.nodeId) ?? 0n));
}

/** The forecast in one clause, for the verdict of a healthy cluster. */
export function forecastInBrief(forecast: ElectionForecast): string {
	const { promotedNodeIds, isSure, nodes, reason, seconds, reservations } = forecast;
	const [winner, ...more] = nodes.filter(({ nodeId }) => promotedNodeIds.includes(nodeId));
	if (winner === undefined) return `${isSure ? "no failover" : "failover uncertain"}: ${reason}`;
	if (more.length > 0) return `a failover would split: ${reason}`;
	if (seconds === null)
		return `whether failover is automatic is unknown; if it is: ${cutName(winner.nodeName)}`;
	const armed = reservations.length === 0 ? "failover armed" : "failover armed, with reservations";
	return `${armed}: ${cutName(winner.nodeName)} (${seconds.crash.least}–${seconds.cut.most} s)`;
}
