import type { HostReading } from "../model/host-reading.ts";
import type { NodeView } from "../model/snapshot.ts";
import type { HistoryFile, HistoryLine, NodeTimelines } from "../model/timelines.ts";
import { sentence } from "../text/words.ts";
import { forksOf, type WalEnd, walEndOf } from "./positions.ts";

/** A node with what was read of its timelines. */
export interface Member {
	readonly node: NodeView;
	readonly read: NodeTimelines | undefined;
	readonly look: HostReading | undefined;
	/** Its history files; null: can't be read. */
	readonly files: readonly HistoryFile[] | null;
	readonly end: WalEnd | null;
	/** The earlier timelines of its own one, oldest first; null: not known. */
	readonly path: readonly HistoryLine[] | null;
	/** It writes now. */
	readonly isPrimary: boolean;
	/** Why `end` is not known; else empty. */
	readonly why: string;
}

export function memberOf(
	node: NodeView,
	read: NodeTimelines | undefined,
	systemIdentifier: string | null,
): Member {
	const look = read?.host.value?.look;
	const own = node.state.server.good?.value.systemIdentifier ?? look?.controlData?.systemIdentifier ?? null;
	if (own !== null && systemIdentifier !== null && own !== systemIdentifier) {
		const why = "Its server belongs to another cluster: it has another system identifier.";
		return { node, read, look, files: null, end: null, path: null, isPrimary: false, why };
	}
	const files = filesOf(node, read);
	const last = walEndOf(node, look);
	// What it wrote after that checkpoint is on a later timeline.
	const isOutdated = last?.hasCrashed === true && last.isPromotedSince;
	const end = isOutdated ? null : last;
	return {
		...{ node, read, look, files, end },
		path: end === null || files === null ? null : pathTo(end.timeline, files),
		isPrimary: node.observed.reachable && node.observed.role === "primary",
		why: isOutdated
			? "It was promoted after its last checkpoint, and ended without a shutdown."
			: end === null
				? whyUnread(node, read)
				: "",
	};
}

function whyUnread({ observed, fault }: NodeView, read: NodeTimelines | undefined): string {
	if (observed.reachable) return "The timeline of its newest WAL can't be read.";
	if (read?.host.value !== undefined) return "Its control data can't be read.";
	return [fault, read?.host.fault].flatMap((one) => (one == null ? [] : [sentence(one)])).join(" ");
}

/** Over SSH, else by SQL; else what the poll reads of a primary. */
function filesOf(node: NodeView, read: NodeTimelines | undefined): readonly HistoryFile[] | null {
	const files = read?.host.value?.histories ?? read?.server.value?.histories;
	if (files != null) return files;
	const { timeline } = node.observed;
	const forks = forksOf(node);
	if (timeline === null || forks === null) return null;
	if (forks.length === 0) return [];
	const writtenAt = node.state.server.good?.value.promotedAt ?? null;
	return [{ timeline, writtenAt, lines: forks.map((fork) => ({ ...fork, reason: "" })) }];
}

/** By the timeline's own file, else by that of a later one. */
function pathTo(timeline: number, files: readonly HistoryFile[]): readonly HistoryLine[] | null {
	if (timeline === 1) return [];
	const own = files.find((file) => file.timeline === timeline);
	if (own !== undefined) return own.lines;
	for (const { lines } of files) {
		const position = lines.findIndex((line) => line.timeline === timeline);
		if (position >= 0) return lines.slice(0, position);
	}
	return null;
}

/** One promotion as history files have it: the timeline that it began, and all before. */
export interface Branch {
	readonly timeline: number;
	readonly lines: readonly HistoryLine[];
}

/** Two branches with the same key are the same promotion, unless two nodes were promoted at the same position. */
export function branchKey({ timeline, lines }: Branch): string {
	return [...lines.map((line) => `${line.timeline} ${line.endLsn}`), timeline].join(", ");
}

/** Every promotion that led to a timeline, the newest first. */
export function branchesTo({ timeline, lines }: Branch): readonly Branch[] {
	return lines
		.map((_, position) => ({
			timeline: lines[position + 1]?.timeline ?? timeline,
			lines: lines.slice(0, position + 1),
		}))
		.toReversed();
}
