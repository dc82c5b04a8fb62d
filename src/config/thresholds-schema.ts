import * as z from "zod";
import type { Thresholds } from "../model/thresholds.ts";

const seconds = within(0, 86_400, "a number of seconds");
const files = within(0, 1_000_000, "a number of files").int("It must be a whole number of files.");
const percent = within(1, 100, "a percentage");

/** The keys below `thresholds:`, with repmgr.conf's names where it has them. */
export const thresholdShape = {
	grace_seconds: seconds.exactOptional(),
	replication_lag_warning: seconds.exactOptional(),
	replication_lag_critical: seconds.exactOptional(),
	archive_ready_warning: files.exactOptional(),
	archive_ready_critical: files.exactOptional(),
	disk_warning_percent: percent.exactOptional(),
	disk_critical_percent: percent.exactOptional(),
	slot_warning_mb: within(1, 1_000_000_000, "a number of megabytes").exactOptional(),
	clock_skew_seconds: seconds.exactOptional(),
	connections_warning_percent: percent.exactOptional(),
	upstream_unseen_seconds: seconds.exactOptional(),
	views_disagree_seconds: seconds.exactOptional(),
};

type Key = keyof typeof thresholdShape;

const PAIRS: readonly (readonly [Key, Key])[] = [
	["replication_lag_warning", "replication_lag_critical"],
	["archive_ready_warning", "archive_ready_critical"],
	["disk_warning_percent", "disk_critical_percent"],
];

/** The file's thresholds; those it does not set are absent. */
export function thresholdsSchema(mapping: string) {
	return z
		.strictObject(thresholdShape, mapping)
		.superRefine((given, context) => {
			for (const [warning, critical] of PAIRS) {
				if ((given[warning] ?? 0) <= (given[critical] ?? Number.POSITIVE_INFINITY)) continue;
				const message = `It must not be less than ${warning}, which is ${given[warning]}.`;
				context.addIssue({ code: "custom", path: [critical], message });
			}
		})
		.transform((given): Partial<Thresholds> => {
			const all = {
				graceSeconds: given.grace_seconds,
				lagWarningSeconds: given.replication_lag_warning,
				lagCriticalSeconds: given.replication_lag_critical,
				archiveReadyWarning: given.archive_ready_warning,
				archiveReadyCritical: given.archive_ready_critical,
				diskWarning: shareOf(given.disk_warning_percent),
				diskCritical: shareOf(given.disk_critical_percent),
				slotWarningBytes: given.slot_warning_mb && given.slot_warning_mb * 1024 * 1024,
				clockSkewSeconds: given.clock_skew_seconds,
				connectionsWarning: shareOf(given.connections_warning_percent),
				upstreamUnseenSeconds: given.upstream_unseen_seconds,
				viewsDisagreeSeconds: given.views_disagree_seconds,
			};
			return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
		});
}

function within(least: number, most: number, what: string) {
	const message = `It must be ${what}, from ${least} to ${most}.`;
	return z.number(message).min(least, message).max(most, message);
}

function shareOf(percentage: number | undefined): number | undefined {
	return percentage === undefined ? undefined : percentage / 100;
}
