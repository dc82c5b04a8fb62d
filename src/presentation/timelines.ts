import { commitWords } from "../assess/own-commits.ts";
import { lsnDistanceBytes } from "../model/lsn.ts";
import type { Severity } from "../model/snapshot.ts";
import type { NodeEnd, OwnWal, Promotion, PromotionCause, Timelines } from "../model/timelines.ts";
import { formatBytes, formatDateTime } from "../text/format.ts";
import { cutName, listed, quoted } from "../text/words.ts";
import type { Tone } from "./grid.ts";

/** The timelines for the screen and the command. */
export interface TimelinesReport {
	/**
	 * critical: several nodes are primaries; warning: a node has WAL of its own; unknown: whether a node has any can't be read;
	 * ok: the WAL of all nodes is in the history of the primary.
	 */
	readonly severity: Severity;
	readonly verdict: string;
	/** The newest promotion first. */
	readonly promotions: TimelinesTable;
	/** In order of node id. */
	readonly nodes: TimelinesTable;
	readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

export interface TimelinesTable {
	readonly heading: readonly string[];
	readonly rows: readonly {
		readonly key: string;
		readonly cells: readonly string[];
		readonly tone: Tone;
	}[];
}

export function timelinesReport({ promotions, ends, unread }: Timelines): TimelinesReport {
	const names = new Map(ends.map((end) => [end.nodeId, end]));
	return {
		...verdictOf(promotions, ends),
		promotions: {
			heading: ["TL", "FROM", "AT", "WHEN (UTC)", "NODE", "HOW"],
			rows: promotions.map((promotion, position) => ({
				key: `promotion ${position}`,
				cells: [
					String(promotion.timeline),
					String(promotion.from.timeline),
					promotion.from.lsn,
					whenText(promotion),
					promotion.nodeId === null ? "?" : nameIn(names, promotion.nodeId),
					howText(promotion),
				],
				tone: promotion.isAmbiguous ? "critical" : "plain",
			})),
		},
		nodes: {
			heading: ["NODE", "IS A", "TL", "FROM", "ENDS AT", "WAL OF ITS OWN"],
			rows: ends.map((end) => ({
				key: `node ${end.nodeId}`,
				cells: [
					cutName(end.nodeName),
					`${end.isRunning || end.role === null ? "" : "stopped "}${end.role ?? "?"}`,
					String(end.timeline ?? "?"),
					end.fork?.lsn ?? (end.timeline === 1 ? "–" : "?"),
					end.lsn ?? "?",
					ownText(end.own),
				],
				tone: OWN_TONES[end.own.state],
			})),
		},
		sections: [
			{
				title: "NODES",
				lines: ends.flatMap(({ nodeName, own }) => [
					...(own.commits === null
						? []
						: [`${cutName(nodeName)}: in WAL that no other primary has, ${commitWords(own.commits)}.`]),
					...(own.why === "" ? [] : [`${cutName(nodeName)}: ${own.why}`]),
				]),
			},
			{ title: "NOT READ", lines: unread },
			{
				title: "EVIDENCE",
				lines: promotions.flatMap(({ timeline, from, evidence }) =>
					evidence.map((text) => `timeline ${timeline} from ${from.lsn} on: ${text}`),
				),
			},
		].filter(({ lines }) => lines.length > 0),
	};
}

const OWN_TONES: Readonly<Record<OwnWal["state"], Tone>> = {
	primary: "primary",
	none: "plain",
	some: "critical",
	unknown: "unknown",
};

function verdictOf(
	promotions: readonly Promotion[],
	ends: readonly NodeEnd[],
): Pick<TimelinesReport, "severity" | "verdict"> {
	const primaries = ends.filter(({ role, isRunning }) => role === "primary" && isRunning);
	const apart = ends.filter(({ own }) => own.state === "some");
	const unclear = ends.filter(({ own }) => own.state === "unknown");
	if (primaries.length > 1) {
		return {
			severity: "critical",
			verdict: `${listed(primaries.map(quoted))} are ${primaries.length === 2 ? "both" : "all"} primaries${partingText(primaries, promotions)}`,
		};
	}
	const names = (some: readonly NodeEnd[]): string =>
		`${listed(some.map(quoted))} ${some.length === 1 ? "has" : "have"}`;
	if (apart.length > 0) {
		return { severity: "warning", verdict: `${names(apart)} WAL that no primary has` };
	}
	if (unclear.length > 0) {
		return {
			severity: "unknown",
			verdict: `whether ${names(unclear)} WAL that no primary has is not known`,
		};
	}
	const [primary] = primaries;
	return {
		severity: "ok",
		verdict: `all WAL is in the history of ${primary === undefined ? "the primary" : quoted(primary)}, which is on timeline ${primary?.timeline ?? "?"}`,
	};
}

/** Where several primaries parted first, and the promotion that did it. */
function partingText(primaries: readonly NodeEnd[], promotions: readonly Promotion[]): string {
	const [parting] = primaries
		.flatMap(({ own }) => own.from ?? [])
		.toSorted((a, b) => lsnDistanceBytes(b.lsn, a.lsn) ?? 0);
	if (parting === undefined) return "; where they parted is not known";
	const promotion = promotions.find(
		({ from }) => from.timeline === parting.timeline && lsnDistanceBytes(from.lsn, parting.lsn) === 0,
	);
	const end = primaries.find(({ nodeId }) => nodeId === promotion?.nodeId);
	const when =
		promotion === undefined || end === undefined
			? ""
			: `, where ${quoted(end)} was promoted${promotion.cause === null ? "" : ` (${CAUSES[promotion.cause]})`}`;
	return `: they parted at ${parting.lsn} on timeline ${parting.timeline}${when}`;
}

function whenText({ at, isExact }: Promotion): string {
	return at === null ? "?" : `${isExact ? "" : "≤"}${formatDateTime(at)}`;
}

export const CAUSES: Readonly<Record<PromotionCause, string>> = {
	switchover: "switchover",
	failover: "failover by repmgrd",
	promote: "repmgr standby promote",
	"without repmgr": "without repmgr",
};

/** PostgreSQL writes this for every promotion of a standby. */
const NO_TARGET = "no recovery target specified";

function howText({ cause, operation, reason }: Promotion): string {
	const words = [
		cause === null ? null : CAUSES[cause],
		operation === null ? null : `${operation.kind === "drill" ? "drill " : ""}by ${operation.who}`,
		reason === NO_TARGET || reason === "" ? null : reason,
	].filter((word) => word !== null);
	return words.length === 0 ? "unknown" : words.join(", ");
}

function ownText({ state, bytes, isAtLeast, from, commits }: OwnWal): string {
	switch (state) {
		case "primary":
			return "–";
		case "none":
			return "none";
		case "unknown":
			return "unknown";
		case "some": {
			const size = bytes === null ? "some" : bytes === 0 ? "a checkpoint" : formatBytes(bytes);
			const since = from === null ? "" : ` after ${from.lsn}`;
			const count =
				commits === null
					? ""
					: `, ${commits.count}${commits.unread === null ? "" : "+"} ${commits.count === 1 ? "commit" : "commits"}`;
			return `${isAtLeast ? "at least " : ""}${size}${since}${count}`;
		}
	}
}

function nameIn(ends: ReadonlyMap<number, NodeEnd>, nodeId: number): string {
	return cutName(ends.get(nodeId)?.nodeName ?? `node ${nodeId}`);
}

/** `timelines --json`, schema 1, as reference/json.md documents it. Null: unknown, or there is none. */
export function timelinesRecord(name: string, timelines: Timelines) {
	const { severity, verdict } = timelinesReport(timelines);
	const { readAt, promotions, ends, unread } = timelines;
	return {
		schema: 1,
		readAt: new Date(readAt).toISOString(),
		cluster: { name },
		severity,
		verdict,
		promotions: promotions.map(({ at, operation, ...rest }) => ({
			...rest,
			at: at === null ? null : new Date(at).toISOString(),
			operation: operation && {
				kind: operation.kind,
				title: operation.title,
				who: operation.who,
				startedAt: new Date(operation.startedAt).toISOString(),
			},
		})),
		nodes: ends,
		unread,
	};
}
