import type { HostReading } from "../../model/host-reading.ts";
import { current } from "../../model/node-state.ts";
import { formatBytes } from "../../text/format.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, presumedRole, type Rule } from "../world.ts";

type Disk = HostReading["disks"][number];

/**
 * DISK_NEARLY_FULL: little space is left for PGDATA or pg_wal. A server that can't write WAL stops with a PANIC
 * (manual 30.6); on a primary that ends all writes. Seen over SSH only.
 */
export const diskNearlyFull: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const disks = (current(node.state.host)?.disks ?? []).filter(({ sizeBytes }) => sizeBytes > 0);
		const full = disks.filter((disk) => usedShare(disk) >= world.thresholds.diskWarning);
		const worst = full.toSorted((a, b) => usedShare(b) - usedShare(a))[0];
		if (worst === undefined) return [];
		const isCritical =
			usedShare(worst) >= world.thresholds.diskCritical && presumedRole(world, node) === "primary";
		const slots = current(node.state.server)?.slots.filter(({ active }) => !active).length ?? 0;
		return [
			finding({
				code: "DISK_NEARLY_FULL",
				severity: isCritical ? "critical" : "warning",
				node,
				message: `the disk of ${worst.of} on ${quoted(node)} is ${inPercent(usedShare(worst))} full`,
				detail: `${formatBytes(worst.availableBytes)} are left. Without space for WAL the server stops.`,
				hint: `Find out what grows: ${slots === 0 ? "" : "inactive replication slots, "}WAL that is not archived, logs, temporary files. Free space outside of PGDATA, or enlarge the disk.`,
				evidence: full.map((disk) =>
					evidenceOf(
						node,
						`df: ${disk.of} has ${formatBytes(disk.availableBytes)} of ${formatBytes(disk.sizeBytes)} left`,
						"ssh",
					),
				),
				doNot: "Do not delete files in pg_wal: without them the server does not start again.",
			}),
		];
	});

/** Space reserved for root counts as used, since the server can't use it. */
function usedShare({ sizeBytes, availableBytes }: Disk): number {
	return 1 - availableBytes / sizeBytes;
}

function inPercent(share: number): string {
	// Never "100 %" while there is room.
	return `${Math.floor(share * 100)} %`;
}
