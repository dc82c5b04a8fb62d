import type { statusRecord } from "../../src/presentation/status-record.ts";

type StatusDocument = ReturnType<typeof statusRecord>;

/** How a scenario went, as a console that watched has seen it. */
export interface Course {
	/** Findings as "CODE node", in the order in which they opened first. */
	readonly findings: readonly {
		readonly finding: string;
		/** Seconds after the first fault. */
		readonly opened: number;
		/** How long it was open, all times together. */
		readonly seconds: number;
	}[];
	/** How the cluster was when all was over. */
	readonly end: Readonly<Record<string, EndOfNode>>;
}

export interface EndOfNode {
	readonly role: string | null;
	readonly status: string;
	readonly timeline: number | null;
	readonly upstream: number | null;
	/** "standby, active, upstream 1", as repmgr.nodes has it. */
	readonly registered: string;
	/** "running", "paused" or "not running". */
	readonly repmgrd: string;
	/** "repmgr_slot_2 active"; sorted. */
	readonly slots: readonly string[];
}

/**
 * Findings that open within so many seconds of each other are not ordered: a look over SSH takes a second or two, and each side
 * has its own moment for it.
 */
export const APART_SECONDS = 4;

/** What is open for less than this on one side may have been missed on the other: between two polls, or before a look over SSH. */
export const BRIEF_SECONDS = 4;

/** @param beganAt of the first fault, epoch ms. @param slots by the node's name. */
export function courseOf(
	documents: readonly StatusDocument[],
	beganAt: number,
	slots: Readonly<Record<string, readonly string[]>>,
): Course {
	const known = new Map<string, { opened: number; seconds: number }>();
	let before: number | null = null;
	let open: readonly string[] = [];
	for (const document of documents) {
		const at = Date.parse(document.takenAt);
		for (const finding of open) {
			const period = known.get(finding);
			if (period !== undefined && before !== null) period.seconds += (at - before) / 1000;
		}
		open = findingsIn(document);
		for (const finding of open)
			if (!known.has(finding)) known.set(finding, { opened: (at - beganAt) / 1000, seconds: 0 });
		before = at;
	}
	const round = (seconds: number): number => Math.round(10 * seconds) / 10;
	return {
		findings: [...known].map(([finding, { opened, seconds }]) => ({
			...{ finding, opened: round(opened), seconds: round(seconds) },
		})),
		end: Object.fromEntries(
			(documents.at(-1)?.nodes ?? []).map((node) => [node.nodeName, endOf(node, slots[node.nodeName] ?? [])]),
		),
	};
}

/**
 * Is all over? Nothing worse than a notice is found, and nothing settles; a standby that is not to be promoted may say so.
 */
export function isCalm({ findings, settling, nodes }: StatusDocument): boolean {
	const isFound = findings.some(
		({ severity, code }) => severity !== "notice" && code !== "FAILOVER_NOT_READY",
	);
	return !isFound && settling === null && nodes.every(({ observed }) => observed.reachable === true);
}

/** As "CODE node". */
export function findingsIn({ findings, nodes }: StatusDocument): readonly string[] {
	return findings.map(({ code, nodeId }) => {
		const node = nodes.find((one) => one.nodeId === nodeId);
		return `${code} ${node?.nodeName ?? "cluster"}`;
	});
}

function endOf(
	{ observed, registered, repmgrd }: StatusDocument["nodes"][number],
	slots: readonly string[],
): EndOfNode {
	const { role, status, timeline, upstreamNodeId } = observed;
	const { type, active, upstreamNodeId: upstream } = registered;
	return {
		...{ role, status, timeline, upstream: upstreamNodeId },
		registered: `${type}, ${active ? "active" : "inactive"}, upstream ${upstream ?? "none"}`,
		repmgrd: repmgrd.running !== true ? "not running" : repmgrd.paused ? "paused" : "running",
		slots: slots.toSorted(),
	};
}

/**
 * Where practice is not true, as sentences; empty: it is.
 *
 * @param slowness how many times slower than an idle machine the one was that the real cluster ran on: all looks took so much longer.
 */
export function differences(real: Course, practice: Course, slowness = 1): readonly string[] {
	return [
		...onlyIn(real, practice, slowness).map((text) => `only the real cluster had ${text}`),
		...onlyIn(practice, real, slowness).map((text) => `only practice had ${text}`),
		...otherOrder(real, practice, slowness),
		...Object.keys({ ...real.end, ...practice.end }).flatMap((name) => {
			const [is, should] = [practice.end[name], real.end[name]].map((node) => JSON.stringify(node));
			return is === should ? [] : [`at the end ${name} is ${is} in practice, and really ${should}`];
		}),
	];
}

function onlyIn(one: Course, other: Course, slowness: number): readonly string[] {
	const there = new Set(other.findings.map(({ finding }) => finding));
	return one.findings
		.filter(({ finding, seconds }) => seconds >= BRIEF_SECONDS * slowness && !there.has(finding))
		.map(({ finding, opened, seconds }) => `${finding} from ${opened} s on for ${seconds} s`);
}

function otherOrder(real: Course, practice: Course, slowness: number): readonly string[] {
	const apart = APART_SECONDS * slowness;
	const openedIn = new Map(practice.findings.map(({ finding, opened }) => [finding, opened]));
	return real.findings.flatMap((first, index) =>
		real.findings.slice(index + 1).flatMap((second) => {
			const [one, other] = [openedIn.get(first.finding), openedIn.get(second.finding)];
			if (one === undefined || other === undefined) return [];
			const isOther = second.opened - first.opened >= apart && one - other >= apart;
			return isOther
				? [`${first.finding} came before ${second.finding} really, and ${one - other} s after it in practice`]
				: [];
		}),
	);
}
