import { forecastInBrief } from "../diagnosis/election/reasons.ts";
import { TOO_BUSY } from "../model/fault.ts";
import type { ClusterSnapshot, NodeView, Severity } from "../model/snapshot.ts";
import { formatSeconds, formatTime } from "../text/format.ts";
import { cutName, fewNames } from "../text/words.ts";

export interface Verdict {
	readonly severity: Severity;
	/** The severity, or "settling" if a node that may only be restarting is all that keeps it from "ok". */
	readonly word: string;
	readonly text: string;
}

const WELL: ReadonlySet<string> = new Set(["running", "streaming", "catching up"]);

/** The state of the cluster in one sentence, the worst first. */
export function verdictOf(snapshot: ClusterSnapshot): Verdict {
	const { nodes, severity } = snapshot;
	const primaries = nodes.filter(({ observed }) => observed.role === "primary");
	const silence = silenceOf(snapshot);
	if (silence !== null) return { severity, word: severity, text: silence };
	const isOtherwiseWell =
		severity === "warning" && snapshot.findings.every((one) => one.severity === "notice");
	const word = isOtherwiseWell && snapshot.settling !== null ? "settling" : severity;
	// The clock says why nothing is said about a node yet; beside something critical that can wait.
	const clock = severity === "critical" ? [] : clockPart(snapshot, word);
	// If nothing can be judged, the busy machine is the first thing to know.
	const busy = busyPart(snapshot);
	return {
		severity,
		word,
		text: [
			...(severity === "unknown" ? busy : []),
			...(word === "settling" ? clock : []),
			primaryPart(nodes, primaries),
			...troubles(snapshot),
			...standbyPart(nodes, primaries),
			...(word === "settling" ? [] : clock),
			...(severity === "unknown" ? [] : busy),
			...(severity === "ok" && snapshot.forecast !== null ? [forecastInBrief(snapshot.forecast)] : []),
		].join("; "),
	};
}

function busyPart({ notRead }: ClusterSnapshot): readonly string[] {
	return notRead.some(({ fault }) => fault?.code === TOO_BUSY) ? ["this machine is too busy to judge"] : [];
}

/** "settling 4 of 10 s", without "settling" if the verdict begins with it. */
function clockPart({ settling }: ClusterSnapshot, word: string): readonly string[] {
	if (settling === null) return [];
	const clock = `${Math.floor(settling.seconds)} of ${settling.of} s`;
	return [word === "settling" ? clock : `settling ${clock}`];
}

/** If no node answers, this host's own network is the likelier cause. */
function silenceOf({ nodes, named, takenAt }: ClusterSnapshot): string | null {
	if (nodes.length === 0 || nodes.some(({ observed }) => observed.reachable || observed.status === "unknown"))
		return null;
	const turnedAway = turnedAwayPart(nodes);
	if (turnedAway !== null) return turnedAway;
	const ages = nodes.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
	const youngest = Math.min(...ages);
	const since =
		ages.length === 0
			? ""
			: ` since ${formatTime(takenAt - youngest)} UTC (${formatSeconds(youngest / 1000)})`;
	const isNetwork =
		!named && nodes.every(({ fault }) => ["name", "unreachable", "timeout"].includes(fault?.kind ?? ""));
	return `none of ${nodes.length} nodes answers${since}${isNetwork ? ": suspect this host's own network first" : ""}`;
}

/** A server that rejects a login does answer. */
function turnedAwayPart(nodes: readonly NodeView[]): string | null {
	const turned = nodes.filter(({ fault }) => fault?.kind === "authentication");
	if (turned.length === 0) return null;
	const others = nodes.length - turned.length;
	if (others > 0) {
		const rest = `${others} ${others === 1 ? "does" : "do"} not answer`;
		return `no node lets this console in: ${turned.length} of ${nodes.length} ${turned.length === 1 ? "turns" : "turn"} it away, ${rest}`;
	}
	const isOne = nodes.length === 1;
	const all = isOne ? "the only node" : `all ${nodes.length} nodes`;
	// Messages that differ only by address count as one.
	const [reason = "", ...different] = new Set(
		nodes.map(({ fault, state }) => fault?.message.replace(`server at ${state.address} asks`, "it asks")),
	);
	if (different.length > 0) return `${all} turn this console away`;
	const asked = /^it asks (.*)/.exec(reason)?.[1];
	return asked === undefined
		? `${all} ${isOne ? "turns" : "turn"} this console away: ${reason}`
		: `${all} ${isOne ? "asks" : "ask"} ${asked}`;
}

function primaryPart(nodes: readonly NodeView[], primaries: readonly NodeView[]): string {
	if (nodes.length === 0) return "no node is known yet";
	if (nodes.every(isBeingRead)) return `reading ${nodes.length} node${nodes.length === 1 ? "" : "s"}…`;
	if (primaries.length === 0) {
		const isReading = nodes.some(({ observed }) => observed.status === "unknown");
		return isReading ? "no primary is seen yet" : "no primary is seen";
	}
	if (primaries.length > 1) {
		return `${primaries.length} primaries: ${primaries.map((node) => `${cutName(node.nodeName)} (timeline ${node.observed.timeline ?? "unknown"})`).join(", ")}`;
	}
	return `primary ${cutName(primaries[0]?.nodeName ?? "")}`;
}

function troubles({ nodes, notRead }: ClusterSnapshot): readonly string[] {
	// primaryPart() says "reading 4 nodes…".
	if (nodes.every(isBeingRead)) return [];
	const unwell = nodes.filter(({ observed: { status } }) => !WELL.has(status));
	const alike = Map.groupBy(unwell, statusWord);
	return [...[...alike].map(([word, them]) => `${fewNames(them)} ${word}`), ...lateHosts(notRead)];
}

function statusWord({ observed: { status }, fault }: NodeView): string {
	if (status !== "unknown") return status;
	return fault === null ? "not read yet" : "not read in time";
}

function lateHosts(notRead: ClusterSnapshot["notRead"]): readonly string[] {
	const names = notRead.filter(({ what }) => what === "ssh").map(({ node }) => cutName(node));
	if (names.length === 0) return [];
	return [`host${names.length === 1 ? "" : "s"} of ${names.join(", ")} not read in time`];
}

function isBeingRead({ state: { server } }: NodeView): boolean {
	return server.good === null && server.fault === null;
}

/**
 * Nothing while no node was read, beside two primaries, which it would play down, nor where it is plain that nobody streams:
 * there is no primary, and each standby was named.
 */
function standbyPart(nodes: readonly NodeView[], primaries: readonly NodeView[]): readonly string[] {
	if (primaries.length > 1 || (nodes.length > 0 && nodes.every(isBeingRead))) return [];
	const standbys = nodes.filter(
		({ observed, registered }) => (observed.role ?? registered.type) === "standby",
	);
	const streaming = standbys.filter(({ observed }) => observed.attached);
	if (standbys.length === 0) return ["no standby"];
	const isPlain =
		primaries.length === 0 &&
		streaming.length === 0 &&
		standbys.every((node) => !WELL.has(node.observed.status));
	return isPlain ? [] : [`${streaming.length} of ${standbys.length} standbys stream`];
}
