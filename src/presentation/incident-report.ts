import type { Incident, Outage, PrimaryChange } from "../assess/incident.ts";
import { type IncidentEntry, withoutTime } from "../assess/incident-entries.ts";
import type { IncidentMaterial, WatchedNode } from "../model/incident.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { formatBytes, formatDateTime, formatSeconds } from "../text/format.ts";
import { markdownCode, markdownTable, markdownText } from "../text/markdown.ts";
import { CAUSES } from "./timelines.ts";
import { verdictOf } from "./verdict.ts";

/** More entries make nobody wiser; the oldest go first. */
const MOST_ENTRIES = 2000;

/** The draft of a post-mortem, as Markdown. All times are UTC. */
export function incidentReport(material: IncidentMaterial, incident: Incident): string {
	const { snapshot, range, madeAt, watched } = material;
	const { cluster } = snapshot;
	const verdict = verdictOf(snapshot);
	const seen =
		watched === null
			? "No console is known to have watched: what repmgr, PostgreSQL and the journal of operations tell."
			: `A console watched from ${formatDateTime(watched.range.from)} to ${formatDateTime(watched.range.to)}.`;
	return [
		`# Incident report: cluster ${markdownText(cluster.name)} (draft)`,
		"",
		`From ${formatDateTime(range.from)} to ${formatDateTime(range.to)} UTC; made at ${formatDateTime(madeAt)} by repmgr-console. ${seen} All times are UTC by the clock of the machine that made this report.`,
		...section("Summary", summary(material, incident)),
		`- Now: ${verdict.word.toUpperCase()}: ${markdownText(verdict.text)}.`,
		...incident.changes.flatMap((change) =>
			section(changeTitle(change, snapshot), changeLines(change, snapshot)),
		),
		...section("Findings", findingLines(material)),
		...section("Topology", topologyLines(material)),
		...section("Operators' actions", actionLines(material)),
		...section("Timeline", timelineLines(incident.entries, snapshot)),
		...section("Clocks", clockLines(incident, snapshot)),
		...section(
			"Not read",
			incident.unread.map((text) => `- ${markdownText(text)}`),
		),
		...section("To be written", [
			"- What did users notice, and when?",
			"- What was the root cause?",
			"- What went well, what did not, and where were we lucky?",
			"- What will be changed, by whom, until when?",
		]),
		"",
	].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
	return lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines];
}

function nameIn({ nodes }: Pick<ClusterSnapshot, "nodes">, nodeId: number | null): string {
	if (nodeId === null) return "?";
	return markdownText(nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? `node ${nodeId}`);
}

function summary({ snapshot, operations }: IncidentMaterial, { changes }: Incident): readonly string[] {
	if (changes.length === 0)
		return [
			"- No change of the primary is known in this time.",
			...(operations.length === 0 ? [] : [`- Operations: ${operations.length}.`]),
		];
	return changes.map((change) => {
		const { at, fromNodeId, toNodeId, outages } = change;
		const [outage] = outages;
		const gap = outage === undefined ? "how long nobody could write is not known" : outageText(outage);
		return `- ${formatDateTime(at)}: the primary changed from ${nameIn(snapshot, fromNodeId)} to ${nameIn(snapshot, toNodeId)} (${causeText(change)}); ${gap}; ${lossText(change)}.`;
	});
}

function causeText({ cause, operation }: PrimaryChange): string {
	if (operation !== null) return `${operation.kind} by ${markdownText(operation.who)}`;
	return cause === null ? "how is not known" : CAUSES[cause];
}

/** How long nobody could write, and how that is known. */
export function outageText(outage: Outage): string {
	switch (outage.how) {
		case "drill":
			return `nobody could write for ${(outage.ms / 1000).toFixed(2)} s (measured by writing)`;
		case "watched":
			return `no primary answered for ${formatSeconds(outage.leastMs / 1000)} at least and ${formatSeconds(outage.mostMs / 1000)} at most (seen by polling)`;
		case "logs":
			return `nobody could write for about ${formatSeconds(outage.ms / 1000)} (by the logs)`;
	}
}

function lossText({ drill, handover, operation }: PrimaryChange): string {
	if (drill !== null && drill.lostWrites !== null)
		return `${drill.lostWrites} of ${drill.acknowledgedWrites} acknowledged writes lost`;
	if (handover !== null) return markdownText(handover.loss);
	if (operation !== null && operation.lossBytes === 0 && operation.outcome === "done")
		return "0 bytes lost by its plan";
	return "what was lost is not known";
}

function changeTitle({ toNodeId, at }: PrimaryChange, snapshot: ClusterSnapshot): string {
	return `Promotion of ${nameIn(snapshot, toNodeId)} at ${formatDateTime(at).slice(11)}`;
}

function changeLines(change: PrimaryChange, snapshot: ClusterSnapshot): readonly string[] {
	const { fromNodeId, toNodeId, promotion, operation, outages, reasons, handover } = change;
	const told = new Set<string>();
	const why = reasons.filter(({ meaning }) => meaning !== null && !told.has(meaning) && told.add(meaning));
	return [
		`- Primary before: ${nameIn(snapshot, fromNodeId)}. Promoted: ${nameIn(snapshot, toNodeId)}.`,
		`- By whom: ${causeText(change)}.`,
		...(operation?.reason == null ? [] : [`- The operator's reason: ${markdownText(operation.reason)}.`]),
		...(promotion === null
			? []
			: [
					`- Timeline ${promotion.timeline} began at ${promotion.from.lsn} of timeline ${promotion.from.timeline}.`,
				]),
		...outages.map((outage) => `- Outage: ${outageText(outage)}${outageDetail(outage)}.`),
		...(outages.length === 0 ? ["- Outage: not known."] : []),
		`- Loss: ${lossText(change)}.`,
		...(handover?.wasSplit ? ["- There was more than one primary in between."] : []),
		...(why.length === 0 ? [] : ["", "Why, by the lines that decided:", ""]),
		...why.map(
			({ at, by, nodeId, text, meaning }) =>
				`- ${timeOf(at)} ${by} on ${nameIn(snapshot, nodeId)}: ${meaning} ${markdownCode(withoutTime(text))}`,
		),
		...(promotion === null || promotion.evidence.length === 0 ? [] : ["", "Evidence:", ""]),
		...(promotion?.evidence ?? []).map((text) => `- ${markdownText(text)}`),
	];
}

function outageDetail(outage: Outage): string {
	if (outage.how === "drill") return "";
	const [from, to] = outage.how === "watched" ? [outage.from, outage.to] : [outage.from.at, outage.to.at];
	return `, ${timeOf(from)} to ${timeOf(to)}`;
}

function findingLines({ watched, snapshot, madeAt }: IncidentMaterial): readonly string[] {
	const rows =
		watched === null
			? snapshot.findings.map(({ severity, code, nodeId, message }) => [
					"not watched",
					`still there at ${timeOf(madeAt)}`,
					severity,
					code,
					nodeId === null ? "cluster" : nameIn(snapshot, nodeId),
					markdownText(message),
				])
			: watched.findings.map(({ severity, code, nodeId, message, since, until, unread, isExact }) => [
					`${isExact ? "" : "before "}${timeOf(since)}`,
					until === null
						? `not over at ${timeOf(watched.range.to)}`
						: `${timeOf(until)} (${formatSeconds((until - since) / 1000)})${unread.length === 0 ? "" : `: end not seen, ${unread.join(", ")} unread`}`,
					severity,
					code,
					nodeId === null ? "cluster" : nameIn(snapshot, nodeId),
					markdownText(message),
				]);
	return markdownTable(["since", "until", "severity", "finding", "node", "what"], rows);
}

function topologyLines({ watched, snapshot }: IncidentMaterial): readonly string[] {
	const text = (
		role: WatchedNode["role"],
		{ status, timeline, upstreamNodeId }: Omit<WatchedNode, "nodeId" | "role">,
	): string =>
		[
			`${role ?? "?"}, ${status}`,
			...(upstreamNodeId === null ? [] : [`from ${nameIn(snapshot, upstreamNodeId)}`]),
			...(timeline === null ? [] : [`timeline ${timeline}`]),
		].join(", ");
	const rows = snapshot.nodes.map(({ nodeId, observed, registered }) => {
		const before = watched?.before.nodes.find((node) => node.nodeId === nodeId);
		return [
			nameIn(snapshot, nodeId),
			before === undefined ? "not watched" : text(before.role, before),
			text(observed.role ?? registered.type, observed),
		];
	});
	const at = watched === null ? "before" : `at ${timeOf(watched.before.at)}`;
	return markdownTable(["node", at, `at ${timeOf(snapshot.takenAt)}`], rows);
}

function actionLines({ operations, snapshot }: IncidentMaterial): readonly string[] {
	return operations.toReversed().flatMap((operation) => {
		const { title, who, reason, startedAt, endedAt, outcome, steps, lossBytes, operationId } = operation;
		const took =
			endedAt !== null
				? `, ${formatSeconds((endedAt - startedAt) / 1000)}`
				: outcome === "not over when the record ended"
					? ""
					: ", its end is not known";
		return [
			`- ${formatDateTime(startedAt)}: ${markdownText(title)} by ${markdownText(who)}: ${outcome}${took}${reason === null ? "" : `; reason: ${markdownText(reason)}`}${lossBytes === null || lossBytes === 0 ? "" : `; up to ${formatBytes(lossBytes)} of WAL were allowed to be lost`} (${markdownText(operationId)})`,
			...steps
				.filter(({ status }) => status !== "waiting" && status !== "skipped")
				.flatMap((step) => [
					`  - ${step.startedAt === null ? "" : `${timeOf(step.startedAt)} `}${markdownText(step.title)} on ${nameIn(snapshot, step.nodeId)}: ${step.status}${step.notes.length === 0 ? "" : `; ${markdownText(step.notes.join("; "))}`}`,
					...step.output.map((line) => `    - ${markdownCode(line)}`),
				]),
		];
	});
}

function timelineLines(entries: readonly IncidentEntry[], snapshot: ClusterSnapshot): readonly string[] {
	const shown = entries.slice(-MOST_ENTRIES);
	const left = entries.length - shown.length;
	const rows = shown.map(({ at, by, nodeId, text, meaning, isTrouble, count, until, movedMs }) => {
		const isLine = by === "PostgreSQL" || by === "repmgrd" || by === "kernel";
		const times = count === 1 ? "" : ` (${count} times until ${timeOf(until)})`;
		const what = isLine ? markdownCode(withoutTime(text)) : markdownText(text);
		return [
			`${formatDateTime(at).slice(0, 10)} ${timeOf(at)}${movedMs === null ? " ?" : ""}`,
			by,
			nodeId === null ? "" : nameIn(snapshot, nodeId),
			`${isTrouble ? "**!** " : ""}${what}${times}${meaning === null ? "" : ` – ${meaning}`}`,
		];
	});
	return [
		...(left === 0 ? [] : [`The oldest ${left} entries are left out.`, ""]),
		...markdownTable(["time", "told by", "node", "what"], rows),
		...(rows.length === 0
			? ["Nothing is known of this time."]
			: ["", "A time with ? is by a clock whose difference is not known."]),
	];
}

function clockLines({ clocks }: Incident, snapshot: ClusterSnapshot): readonly string[] {
	const rows = clocks.map(({ nodeId, offsetMs, toleranceMs, by }) => [
		nameIn(snapshot, nodeId),
		`${offsetMs < 0 ? "-" : "+"}${(Math.abs(offsetMs) / 1000).toFixed(3)} s`,
		`± ${(toleranceMs / 1000).toFixed(3)} s`,
		by === "sql" ? "SQL" : "SSH",
	]);
	return [
		...markdownTable(["node", "its clock against this machine's", "to within", "by"], rows),
		...(rows.length === 0
			? ["No clock could be read."]
			: ["", `Measured at ${formatDateTime(snapshot.takenAt)}, and taken off the times above.`]),
	];
}

/** "04:41:12.345". */
function timeOf(at: number): string {
	return new Date(at).toISOString().slice(11, 23);
}
