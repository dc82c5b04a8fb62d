import { type Finding, type FindingCode, type FindingSeverity, findingKey } from "../model/finding.ts";
import type { ClusterSnapshot, Severity } from "../model/snapshot.ts";
import { isWell } from "./grace.ts";
import { withoutMasked } from "./masks.ts";
import { allUnreachable } from "./rules/all-unreachable.ts";
import { applicationNameMismatch } from "./rules/application-name-mismatch.ts";
import { archiveBacklog } from "./rules/archive-backlog.ts";
import { archiveFailing } from "./rules/archive-failing.ts";
import { clockSkew } from "./rules/clock-skew.ts";
import { connectionsExhausted } from "./rules/connections-exhausted.ts";
import { conninfoDrift } from "./rules/conninfo-drift.ts";
import { diskNearlyFull } from "./rules/disk-nearly-full.ts";
import { failoverInProgress } from "./rules/failover-in-progress.ts";
import { failoverNotReady } from "./rules/failover-not-ready.ts";
import { halfRewound } from "./rules/half-rewound.ts";
import { hbaRejects } from "./rules/hba-rejects.ts";
import { lagUnknownDetached } from "./rules/lag-unknown-detached.ts";
import { metadataDrift } from "./rules/metadata-drift.ts";
import { metadataViewsDisagree } from "./rules/metadata-views-disagree.ts";
import { noPrimary } from "./rules/no-primary.ts";
import { noRedundancy } from "./rules/no-redundancy.ts";
import { nodeInactiveButRunning } from "./rules/node-inactive-but-running.ts";
import { nodeNotRegistered } from "./rules/node-not-registered.ts";
import { primaryDown } from "./rules/primary-down.ts";
import { primaryHung } from "./rules/primary-hung.ts";
import { primaryReadOnly } from "./rules/primary-read-only.ts";
import { primaryUnreachableFromHere } from "./rules/primary-unreachable-from-here.ts";
import { repmgrdNotPreloaded } from "./rules/repmgrd-not-preloaded.ts";
import { repmgrdNotRunning } from "./rules/repmgrd-not-running.ts";
import { repmgrdPaused } from "./rules/repmgrd-paused.ts";
import { slotInactiveRetainingWal } from "./rules/slot-inactive-retaining-wal.ts";
import { slotMissing } from "./rules/slot-missing.ts";
import { splitBrain } from "./rules/split-brain.ts";
import { standbyDetached } from "./rules/standby-detached.ts";
import { standbyDiverged } from "./rules/standby-diverged.ts";
import { standbyDown } from "./rules/standby-down.ts";
import { standbyHung } from "./rules/standby-hung.ts";
import { standbyLagging } from "./rules/standby-lagging.ts";
import { standbyUnreachableFromHere } from "./rules/standby-unreachable-from-here.ts";
import { switchoverLeftIncomplete } from "./rules/switchover-left-incomplete.ts";
import { syncRepBlocked } from "./rules/sync-rep-blocked.ts";
import { systemIdentifierMismatch } from "./rules/system-identifier-mismatch.ts";
import { timelineMismatch } from "./rules/timeline-mismatch.ts";
import { unitMasked } from "./rules/unit-masked.ts";
import { upstreamStandbyDown } from "./rules/upstream-standby-down.ts";
import { versionMismatch } from "./rules/version-mismatch.ts";
import { walReplayPaused } from "./rules/wal-replay-paused.ts";
import { witnessDown } from "./rules/witness-down.ts";
import { witnessStale } from "./rules/witness-stale.ts";
import { wrongPassword } from "./rules/wrong-password.ts";
import type { Rule, World } from "./world.ts";

/** Every rule: the table of contents. */
export const RULES: readonly Rule[] = [
	allUnreachable,
	splitBrain,
	primaryDown,
	failoverInProgress,
	switchoverLeftIncomplete,
	noPrimary,
	primaryHung,
	primaryReadOnly,
	primaryUnreachableFromHere,
	systemIdentifierMismatch,
	timelineMismatch,
	connectionsExhausted,
	noRedundancy,
	upstreamStandbyDown,
	halfRewound,
	standbyDown,
	standbyUnreachableFromHere,
	standbyHung,
	standbyDiverged,
	standbyDetached,
	standbyLagging,
	walReplayPaused,
	lagUnknownDetached,
	wrongPassword,
	hbaRejects,
	syncRepBlocked,
	diskNearlyFull,
	unitMasked,
	repmgrdPaused,
	repmgrdNotPreloaded,
	repmgrdNotRunning,
	failoverNotReady,
	witnessDown,
	witnessStale,
	nodeInactiveButRunning,
	nodeNotRegistered,
	metadataDrift,
	metadataViewsDisagree,
	conninfoDrift,
	slotMissing,
	slotInactiveRetainingWal,
	archiveFailing,
	archiveBacklog,
	applicationNameMismatch,
	versionMismatch,
	clockSkew,
];

const ORDER: readonly FindingSeverity[] = ["critical", "warning", "unknown", "notice"];

/** Findings that no node is seen to accept writes: these come before warnings even while they are `unknown`. */
const WITHOUT_WRITES: readonly FindingCode[] = [
	"FAILOVER_IN_PROGRESS",
	"NO_PRIMARY",
	"PRIMARY_DOWN",
	"PRIMARY_HUNG",
	"PRIMARY_UNREACHABLE_FROM_HERE",
];

function rankOf({ code, severity }: Finding): number {
	return severity === "unknown" && WITHOUT_WRITES.includes(code) ? 0.5 : ORDER.indexOf(severity);
}

/** All findings, the worst first, without those that another one explains, and the keys of those. */
export function diagnose(world: World): Pick<ClusterSnapshot, "findings" | "explained"> {
	const all = RULES.flatMap((rule) => rule(world));
	const findings = withoutMasked(all).toSorted((a, b) => rankOf(a) - rankOf(b));
	const reported = new Set(findings.map(findingKey));
	return { findings, explained: all.map(findingKey).filter((key) => !reported.has(key)) };
}

/** Findings that explain why no primary is seen. */
const LOSSES: readonly FindingCode[] = [
	"ALL_UNREACHABLE",
	"CONNECTIONS_EXHAUSTED",
	"FAILOVER_IN_PROGRESS",
	"HBA_REJECTS",
	"NO_PRIMARY",
	"PRIMARY_DOWN",
	"PRIMARY_DOWN_NO_STANDBY",
	"PRIMARY_HUNG",
	"PRIMARY_UNREACHABLE_FROM_HERE",
	"SWITCHOVER_LEFT_INCOMPLETE",
	"WRONG_PASSWORD",
];

/** Is no primary seen, without a finding that says why (yet)? Then the other findings don't decide the severity. */
export function isLossUnexplained(findings: readonly Finding[], { nodes }: ClusterSnapshot): boolean {
	return (
		nodes.every(({ observed }) => observed.role !== "primary") &&
		!findings.some(({ code, severity }) => severity === "critical" || LOSSES.includes(code))
	);
}

/**
 * The severity of a snapshot with its findings, which are sorted, the worst first. Notices don't count. Without findings
 * it is `unknown` while too little is seen, and `warning` while a node does not run normally.
 */
export function severityOf(findings: readonly Finding[], snapshot: ClusterSnapshot): Severity {
	const { nodes, notRead } = snapshot;
	const read = nodes.filter(({ observed }) => observed.reachable);
	const severity = findings[0]?.severity ?? "notice";
	// Hosts alone prove that servers are down, but never that all is well.
	if (read.length === 0) return severity === "critical" ? "critical" : "unknown";
	// Without the extension in the database the nodes are only remembered.
	if (read.every(({ observed }) => observed.repmgrVersion === null)) return "unknown";
	// Not read yet, or gone for too short a time for any rule.
	if (isLossUnexplained(findings, snapshot)) return "unknown";
	if (severity !== "notice") return severity;
	if (notRead.length > 0) return "unknown";
	return nodes.every(isWell) ? "ok" : "warning";
}
