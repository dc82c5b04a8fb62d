import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { applyDelaySeconds, confNumber, confOf } from "../conf-values.ts";
import { listed, quoted } from "../words.ts";
import { isLosing } from "./absence.ts";
import type { Afterwards } from "./afterwards.ts";
import { consensusOf, type Part, rollOf } from "./ballot.ts";
import { type Electorate, isVisible, isVoter, ownCopy } from "./electorate.ts";
import { connectTimeout, isConninfoShown, secondsOfHanging } from "./seconds.ts";

/** The result of the forecast, for its reservations and assumptions. */
export interface ElectionOutcome {
	readonly electorate: Electorate;
	/** Those that may be promoted, the best first. */
	readonly candidates: readonly NodeView[];
	/** Of the standbys under the primary. */
	readonly parts: ReadonlyMap<number, Part>;
	readonly winner: NodeView | undefined;
	readonly rivals: readonly NodeView[];
	readonly afterwards: ReadonlyMap<number, Afterwards>;
}

/** Reasons not to rely on the failover. */
export function reservationsOf(outcome: ElectionOutcome): readonly string[] {
	const { electorate, winner, rivals, parts, afterwards } = outcome;
	const losing = electorate.others
		.filter((node) => parts.has(node.nodeId) && isLosing(electorate, node))
		.map(
			(node) =>
				`repmgrd on ${quoted(node)} has lost the primary and will hold an election even if it still runs`,
		);
	if (winner === undefined) return losing;
	const left = electorate.others.flatMap((node) => {
		const then = afterwards.get(node.nodeId);
		return then?.isLoss ? [`${quoted(node)} ${then.text}`] : [];
	});
	const idle = rivals.filter(({ nodeId }) => parts.get(nodeId)?.result === "absent");
	return [
		...left,
		...losing,
		...(winner.observed.attached === false
			? [`${quoted(winner)} receives no WAL now: what is written meanwhile is lost`]
			: []),
		...delayOf(winner),
		...(idle.length === 0
			? []
			: [`no standby is promoted if ${oneOf(idle)} has received more than ${quoted(winner)} at that moment`]),
		...(consensusOf(electorate, winner, rollOf(electorate, ownCopy(electorate, winner))) === "may cancel"
			? [
					"primary_visibility_consensus may cancel it after a crash: reconnect_attempts and reconnect_interval are shorter than 2 × monitor_interval_secs",
				]
			: []),
		...(isConninfoShown(electorate.primary) && connectTimeout(electorate.primary) === null
			? [
					`conninfo of ${quoted(electorate.primary)} has no connect_timeout: a cut network is noticed only after minutes`,
				]
			: []),
	];
}

/** What was assumed because it can't be seen from here. */
export function assumptionsOf({ electorate, winner, rivals, parts }: ElectionOutcome): readonly string[] {
	const { others, primary } = electorate;
	const voters = others.filter(({ registered }) => isVoter(registered, primary));
	const silent = voters.filter((node) => !node.observed.reachable);
	const standing = others.filter(({ nodeId, observed }) => parts.has(nodeId) && observed.reachable);
	const unread = standing.filter((node) => confOf(node) === null);
	const included = standing.filter((node) => confOf(node)?.isWhole === false);
	const untold = standing.filter(
		({ repmgrd, state }) => repmgrd.running === null && current(state.server)?.repmgrd == null,
	);
	return [
		...said(unread, (names) => `failover=automatic for ${names}, whose repmgr.conf could not be read`),
		...said(included, (names) => `no other setting in files that repmgr.conf of ${names} includes`),
		...said(untold, (names) => `that repmgrd runs on ${names}`),
		...said(
			silent.filter((node) => !isVisible(node)),
			(names) => `that ${names} can't be reached by the others either`,
		),
		...said(
			silent.filter(isVisible),
			(names) => `that ${names}, which rejects this console, has received less than the others`,
		),
		...(winner === undefined ? [] : commandsOf(winner)),
		...(winner === undefined || !isConninfoShown(primary) || secondsOfHanging(primary) !== null
			? []
			: [
					`that no repmgrd waits for an answer of ${quoted(primary)} when the network is cut: without tcp_user_timeout in conninfo it hangs for a quarter of an hour`,
				]),
		...(winner === undefined || rivals.length === 0
			? []
			: [
					`that ${quoted(winner)} has received no less than ${oneOf(rivals)} at that moment: the standby that received most wins, whatever its priority`,
				]),
		"that the nodes reach one another as this console reaches them, and that repmgrd has read repmgr.conf in its present form",
	];
}

/** A promotion first replays the backlog, which takes time and defeats the purpose of a delayed standby. */
function delayOf(winner: NodeView): readonly string[] {
	const seconds = applyDelaySeconds(winner);
	return seconds
		? [
				`${quoted(winner)} replays with a delay of ${formatDuration(seconds)} (recovery_min_apply_delay), and first has to replay all of that: priority 0 keeps a delayed standby from being promoted`,
			]
		: [];
}

function commandsOf(winner: NodeView): readonly string[] {
	const { promote_command: promote, failover_validation_command: validation } = confOf(winner)?.values ?? {};
	const again = confNumber(winner, "election_rerun_interval", 15);
	return [
		...(promote === undefined || /\bstandby\s+promote\b/.test(promote)
			? []
			: [`that promote_command of ${quoted(winner)}, which does not run repmgr, promotes it`]),
		...(validation === undefined
			? []
			: [
					`that failover_validation_command of ${quoted(winner)} exits with 0; otherwise the election is repeated every ${formatDuration(again)}`,
				]),
	];
}

function said(nodes: readonly NodeView[], say: (names: string) => string): readonly string[] {
	return nodes.length === 0 ? [] : [say(listed(someNames(nodes)))];
}

function oneOf(nodes: readonly NodeView[]): string {
	return someNames(nodes).join(" or ");
}

/** Three names at most: there may be hundreds. */
function someNames(nodes: readonly NodeView[]): readonly string[] {
	const names = nodes.slice(0, 3).map(quoted);
	return nodes.length <= 3 ? names : [...names, `${nodes.length - 3} more`];
}
