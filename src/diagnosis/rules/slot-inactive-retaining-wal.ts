import type { Finding, FindingSeverity } from "../../model/finding.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import { current } from "../../model/node-state.ts";
import type { ReplicationSlot } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes, formatDuration } from "../../text/format.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, presentPeriod, type Rule, secondsInStatus, type World } from "../world.ts";

/** Of pg_wal's disk: one slot that keeps this much is reported on a small disk, too. */
const DISK_SHARE = 0.1;

/** The WAL rate is unknown until it was watched for this long. */
const WATCHED_SECONDS = 60;

/**
 * SLOT_INACTIVE_RETAINING_WAL: a replication slot is not in use, and the server keeps WAL for it, in the end until the
 * disk is full and the server stops (manual 27.2.6, 54.19; issue #753). `unreserved` and `lost` mean the opposite: the
 * server is about to remove that WAL, or has; PostgreSQL 17 and later give the reason (invalidation_reason). A standby
 * must then be cloned again, a subscription created again.
 *
 * A physical slot that belongs to no registered node is a notice however little it keeps: it may never be used again.
 */
export const slotInactiveRetainingWal: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const inactive = (current(node.state.server)?.slots ?? []).filter(
			({ active, restartLsn, walStatus }) => !active && (restartLsn !== null || walStatus === "lost"),
		);
		const judged = inactive.flatMap((slot) => {
			const severity = severityOf(world, node, slot);
			return severity === null ? [] : [{ slot, severity }];
		});
		// One finding per node: the advice is the same for all of its slots.
		const worst = (["critical", "warning", "notice"] as const).find((severity) =>
			judged.some((one) => one.severity === severity),
		);
		return worst === undefined
			? []
			: [
					findingOf(
						world,
						node,
						judged.map(({ slot }) => slot),
						worst,
					),
				];
	});

function severityOf(
	{ thresholds, snapshot }: World,
	node: NodeView,
	slot: ReplicationSlot,
): FindingSeverity | null {
	const isRegistered = snapshot.nodes.some(({ registered }) => registered.slotName === slot.slotName);
	if (slot.walStatus === "lost" || slot.walStatus === "unreserved") {
		// A slot that was idle for that long, and of no registered node, is hardly urgent.
		return slot.invalidationReason === "idle_timeout" && !isRegistered ? "warning" : "critical";
	}
	const bytes = slot.retainedBytes ?? 0;
	const disk = walDisk(node);
	const limit = Math.min(thresholds.slotWarningBytes, disk === null ? Infinity : disk.sizeBytes * DISK_SHARE);
	if (bytes >= limit) return "warning";
	return slot.slotType === "physical" && !isRegistered ? "notice" : null;
}

function walDisk({ state }: NodeView) {
	return current(state.host)?.disks.find((disk) => disk.of === "pg_wal") ?? null;
}

function findingOf(
	world: World,
	node: NodeView,
	slots: readonly ReplicationSlot[],
	severity: FindingSeverity,
): Finding {
	const most = slots.toSorted((a, b) => (b.retainedBytes ?? 0) - (a.retainedBytes ?? 0))[0];
	const lost = slots.filter(({ walStatus }) => walStatus === "lost" || walStatus === "unreserved");
	const isLost = lost.length > 0;
	const names = slots.map(({ slotName }) => slotName).join(", ");
	return finding({
		code: "SLOT_INACTIVE_RETAINING_WAL",
		severity,
		node,
		message: isLost
			? `WAL for the inactive replication slot ${names} on ${quoted(node)} has been removed, or is about to be`
			: `inactive replication slot ${names} on ${quoted(node)} retains ${formatBytes(most?.retainedBytes ?? 0)} of WAL`,
		detail: isLost
			? `${causesOf(lost)} ${againOf(lost, "can't go on")}`
			: `The server keeps all WAL since the slot's restart_lsn. ${room(world, node)}`,
		hint: `${owners(world, slots)} Drop a slot that is not needed any more with pg_drop_replication_slot('…'). ${againOf(slots, "lacks it then")}`,
		evidence: slots.map(({ slotName, slotType, restartLsn, retainedBytes, walStatus, invalidationReason }) =>
			evidenceOf(
				node,
				`pg_replication_slots: ${slotName}, ${slotType}, inactive, restart_lsn ${restartLsn ?? "null"}, ${retainedBytes ?? "unknown"} bytes behind, wal_status ${walStatus ?? "unknown"}${invalidationReason ? `, invalidation_reason ${invalidationReason}` : ""}`,
			),
		),
		doNot: "Do not delete files in pg_wal by hand: the server may not start without them.",
	});
}

/** By invalidation_reason (manual 54.19). Without one, the slot exceeds max_slot_wal_keep_size, the only limit of older versions. */
const CAUSES: Readonly<Record<string, string>> = {
	wal_removed: "The slot exceeds max_slot_wal_keep_size: its WAL is removed.",
	rows_removed: "Rows that the logical slot needs were removed by a vacuum.",
	wal_level_insufficient: "The logical slot needs a higher wal_level.",
	idle_timeout: "The slot was idle for longer than idle_replication_slot_timeout.",
};

function causesOf(slots: readonly ReplicationSlot[]): string {
	const causes = slots.map(
		({ invalidationReason }) =>
			CAUSES[invalidationReason ?? "wal_removed"] ?? `The slot is invalidated: ${invalidationReason}.`,
	);
	return [...new Set(causes)].join(" ");
}

/** What the slots' consumers need. */
function againOf(slots: readonly ReplicationSlot[], when: string): string {
	return [
		...(slots.some(({ slotType }) => slotType === "physical")
			? [`A standby that ${when} must be cloned again.`]
			: []),
		...(slots.some(({ slotType }) => slotType === "logical")
			? [`The subscription of a subscriber that ${when} must be created again.`]
			: []),
	].join(" ");
}

function owners({ snapshot }: World, slots: readonly ReplicationSlot[]): string {
	const known = slots.flatMap(({ slotName }) =>
		snapshot.nodes.filter(({ registered }) => registered.slotName === slotName).map(quoted),
	);
	return known.length === 0
		? "Find out what used it: no registered node has a slot of this name."
		: `It belongs to ${known.join(", ")}: start that again, and it catches up.`;
}

/** How much space is left, and for how long at the average WAL rate of the node's present period. */
function room(world: World, node: NodeView): string {
	const limit = current(node.state.server)?.settings.max_slot_wal_keep_size ?? "-1";
	if (limit !== "-1")
		return `Beyond max_slot_wal_keep_size = ${limit} it removes the WAL and invalidates the slot.`;
	const disk = walDisk(node);
	if (disk === null)
		return "max_slot_wal_keep_size sets no limit, so the disk may fill up and the server stop.";
	const rate = bytesPerSecond(world, node);
	const left = `The disk has ${formatBytes(disk.availableBytes)} left`;
	return rate === null || rate <= 0
		? `${left}; max_slot_wal_keep_size sets no limit.`
		: `${left}, enough for about ${formatDuration(disk.availableBytes / rate)} at the recent rate of ${formatBytes(rate)} of WAL per second.`;
}

function bytesPerSecond(world: World, node: NodeView): number | null {
	const seconds = secondsInStatus(world, node);
	const bytes = lsnDistanceBytes(presentPeriod(world, node)?.currentLsn ?? null, node.observed.currentLsn);
	return bytes === null || seconds < WATCHED_SECONDS ? null : bytes / seconds;
}
