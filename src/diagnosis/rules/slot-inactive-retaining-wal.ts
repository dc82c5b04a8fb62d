import type { Finding, FindingSeverity } from "../../model/finding.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import { current } from "../../model/node-state.ts";
import type { ReplicationSlot } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { duration, quoted } from "../advice.ts";
import { inBytes } from "../words.ts";
import { evidenceOf, finding, presentPeriod, type Rule, secondsInStatus, type World } from "../world.ts";

/** Of the disk that pg_wal lies on: so much for one slot is worth a word on a small disk as well. */
const DISK_SHARE = 0.1;

/** A rate of WAL is none until it was watched for so long. */
const WATCHED_SECONDS = 60;

/**
 * SLOT_INACTIVE_RETAINING_WAL: nobody uses a replication slot, and the server keeps WAL for it, in the end
 * until the disk is full and the server stops (manual 27.2.6, 54.19; field notes 2, no. 12). `unreserved` and
 * `lost` mean the opposite: the server gives up the WAL of the slot or did. Why, PostgreSQL says from 17 on
 * (invalidation_reason). A standby must then be cloned again, a subscription be set up again.
 *
 * A physical slot of no registered node is worth a notice however little it keeps: nobody will ever come for it.
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
		// One finding a node: what is to be done is the same for all of its slots.
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
		// One that nobody used for so long, and no node of ours, is not missed at once.
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
			? `WAL for the inactive replication slot ${names} on ${quoted(node)} is being given up or lost`
			: `inactive replication slot ${names} on ${quoted(node)} keeps back ${inBytes(most?.retainedBytes ?? 0)} of WAL`,
		detail: isLost
			? `${causesOf(lost)} ${againOf(lost, "can't go on")}`
			: `The server keeps all WAL from there on. ${room(world, node)}`,
		hint: `${owners(world, slots)} A slot that nobody will use again is dropped with pg_drop_replication_slot('…'). ${againOf(slots, "lacks it then")}`,
		evidence: slots.map(({ slotName, slotType, restartLsn, retainedBytes, walStatus, invalidationReason }) =>
			evidenceOf(
				node,
				`pg_replication_slots: ${slotName}, ${slotType}, inactive, restart_lsn ${restartLsn ?? "null"}, ${retainedBytes ?? "unknown"} bytes behind, wal_status ${walStatus ?? "unknown"}${invalidationReason ? `, invalidation_reason ${invalidationReason}` : ""}`,
			),
		),
		doNot: "Do not delete files in pg_wal by hand: the server does not start without what it needs there.",
	});
}

/** By invalidation_reason (manual 54.19). Without one, a slot that loses WAL exceeds the only limit that older versions have. */
const CAUSES: Readonly<Record<string, string>> = {
	wal_removed: "The slot exceeds max_slot_wal_keep_size: its WAL is removed.",
	rows_removed: "Rows that the logical slot needs were removed by a vacuum.",
	wal_level_insufficient: "The logical slot needs a higher wal_level.",
	idle_timeout: "Nobody used the slot for longer than idle_replication_slot_timeout.",
};

function causesOf(slots: readonly ReplicationSlot[]): string {
	const causes = slots.map(
		({ invalidationReason }) =>
			CAUSES[invalidationReason ?? "wal_removed"] ?? `The slot is invalidated: ${invalidationReason}.`,
	);
	return [...new Set(causes)].join(" ");
}

/** What their users have to do. */
function againOf(slots: readonly ReplicationSlot[], when: string): string {
	return [
		...(slots.some(({ slotType }) => slotType === "physical")
			? [`A standby that ${when} must be cloned again.`]
			: []),
		...(slots.some(({ slotType }) => slotType === "logical")
			? [`The subscription of a subscriber that ${when} must be set up again.`]
			: []),
	].join(" ");
}

function owners({ snapshot }: World, slots: readonly ReplicationSlot[]): string {
	const known = slots.flatMap(({ slotName }) =>
		snapshot.nodes.filter(({ registered }) => registered.slotName === slotName).map(quoted),
	);
	return known.length === 0
		? "Find out who used it: no registered node has a slot of this name."
		: `It belongs to ${known.join(", ")}: bring that back, and it catches up.`;
}

/** How much room is left, and how long that lasts at the average rate of the node's present period. */
function room(world: World, node: NodeView): string {
	const limit = current(node.state.server)?.settings.max_slot_wal_keep_size ?? "-1";
	if (limit !== "-1")
		return `At max_slot_wal_keep_size = ${limit} it gives the slot up instead of filling the disk.`;
	const disk = walDisk(node);
	if (disk === null)
		return "max_slot_wal_keep_size sets no limit, so in the end the disk is full and the server stops.";
	const rate = bytesPerSecond(world, node);
	const left = `The disk has ${inBytes(disk.availableBytes)} left`;
	return rate === null || rate <= 0
		? `${left}; max_slot_wal_keep_size sets no limit.`
		: `${left}, which last about ${duration(disk.availableBytes / rate)} at the ${inBytes(rate)} of WAL a second seen lately.`;
}

function bytesPerSecond(world: World, node: NodeView): number | null {
	const seconds = secondsInStatus(world, node);
	const bytes = lsnDistanceBytes(presentPeriod(world, node)?.currentLsn ?? null, node.observed.currentLsn);
	return bytes === null || seconds < WATCHED_SECONDS ? null : bytes / seconds;
}
