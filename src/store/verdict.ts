import { cutName } from "../cluster/cut-name.ts";
import type { ClusterSnapshot, NodeView, Severity } from "../cluster/snapshot.ts";
import { forecastInBrief } from "../diagnosis/election/in-brief.ts";
import { formatSeconds, formatTime } from "./format.ts";

/** The state of the cluster in one sentence, the worst first. */
export function verdictOf(snapshot: ClusterSnapshot): { readonly severity: Severity; readonly text: string } {
	const { nodes, severity } = snapshot;
	const primaries = nodes.filter(({ observed }) => observed.role === "primary");
	const silence = silenceOf(snapshot);
	if (silence !== null) return { severity, text: silence };
	return {
		severity,
		text: [
			primaryPart(nodes, primaries),
			...troubles(nodes),
			standbyPart(nodes),
			...(severity === "ok" && snapshot.forecast !== null ? [forecastInBrief(snapshot.forecast)] : []),
		].join("; "),
	};
}

/** When nobody answers, the trouble is more often ours than everybody's. */
function silenceOf({ nodes, takenAt }: ClusterSnapshot): string | null {
	if (
		nodes.length === 0 ||
		nodes.some(({ observed, state }) => observed.reachable || state.server.fault === null)
	)
		return null;
	const ages = nodes.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
	const youngest = Math.min(...ages);
	const since =
		ages.length === 0
			? ""
			: ` since ${formatTime(takenAt - youngest)} UTC (${formatSeconds(youngest / 1000)})`;
	const isNetwork = nodes.every(({ fault }) => fault?.kind === "unreachable" || fault?.kind === "timeout");
	return `none of ${nodes.length} nodes answers${since}${isNetwork ? ": suspect this host's own network first" : ""}`;
}

function primaryPart(nodes: readonly NodeView[], primaries: readonly NodeView[]): string {
	if (nodes.length === 0) return "no node is known yet";
	if (primaries.length === 0) {
		const isReading = nodes.some(({ observed }) => observed.status === "unknown");
		return isReading ? "no primary is seen yet" : "no primary is seen";
	}
	if (primaries.length > 1) {
		return `${primaries.length} primaries: ${primaries.map((node) => `${cutName(node.nodeName)} (timeline ${node.observed.timeline ?? "unknown"})`).join(", ")}`;
	}
	return `primary ${cutName(primaries[0]?.nodeName ?? "")}`;
}

function troubles(nodes: readonly NodeView[]): readonly string[] {
	return nodes
		.filter(({ observed }) => !["running", "streaming", "catching up"].includes(observed.status))
		.map(
			({ nodeName, observed }) =>
				`${cutName(nodeName)} ${observed.status === "unknown" ? "not read yet" : observed.status}`,
		);
}

function standbyPart(nodes: readonly NodeView[]): string {
	const standbys = nodes.filter(
		({ observed, registered }) => (observed.role ?? registered.type) === "standby",
	);
	const streaming = standbys.filter(({ observed }) => observed.attached);
	return standbys.length === 0 ? "no standby" : `${streaming.length} of ${standbys.length} standbys stream`;
}
