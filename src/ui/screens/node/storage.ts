import { formatBytes } from "../../../text/format.ts";
import { field, note, type Section, table, text } from "./section.ts";
import type { Subject } from "./subject.ts";

/** Its replication slots, and the WAL they retain. */
export function slotsSection({ server, sql, noServer }: Subject): Section {
	const slots = server?.slots ?? [];
	const rows = slots.map((slot) => [
		text(slot.slotName),
		text(slot.slotType),
		slot.active ? text("active", "ok") : text("inactive", "warning"),
		text(slot.retainedBytes === null ? "?" : formatBytes(Math.max(0, slot.retainedBytes))),
		text(
			slot.walStatus ?? "–",
			slot.walStatus === "lost" ? "critical" : slot.walStatus === "unreserved" ? "warning" : "plain",
		),
		text(slot.restartLsn ?? "–"),
		text(slot.activePid === null ? "–" : String(slot.activePid), "muted"),
	]);
	return {
		title: "SLOTS",
		origin: sql,
		rows:
			server === null
				? [field("slots", noServer)]
				: rows.length === 0
					? [note("none")]
					: table(["SLOT", "TYPE", "STATE", "WAL KEPT", "WAL STATUS", "RESTART LSN", "PID"], rows),
	};
}

/** Archiving of completed WAL files. */
export function archiverSection({ server, host, sql, noServer }: Subject): Section {
	const mode = server?.settings.archive_mode;
	const archiver = server?.archiver ?? null;
	const ready = host?.archiveReadyFiles ?? null;
	if (server === null || archiver === null) {
		return {
			title: "ARCHIVER",
			origin: sql,
			rows: [field("archiver", server === null ? noServer : { why: "not told" })],
		};
	}
	return {
		title: "ARCHIVER",
		origin: sql,
		rows: [
			field("archive_mode", mode ?? null),
			...(mode === "off"
				? []
				: [
						field(
							"archived",
							archiver.archivedCount,
							text(`  last ${archiver.lastArchivedWal ?? "none"}`, "muted"),
						),
						field(
							"failed",
							text(String(archiver.failedCount), archiver.failing ? "critical" : "plain"),
							text(`  last ${archiver.lastFailedWal ?? "none"}`, "muted"),
							...(archiver.failing ? [text("  the newest attempt FAILED", "critical")] : []),
						),
						field("waiting", ready === null ? { why: "needs SSH" } : `${ready} WAL files  (SSH)`),
					]),
		],
	};
}

/** Settings that matter for replication and failover. */
export function settingsSection({ server, sql, noServer }: Subject): Section {
	const settings = Object.entries(server?.settings ?? {}).toSorted(([a], [b]) => a.localeCompare(b));
	const isPartial = server?.missingRights.some((right) => right.startsWith("some settings")) ?? false;
	return {
		title: "SETTINGS",
		origin: sql,
		rows: [
			...(server === null ? [field("settings", noServer)] : []),
			...settings.map(([name, value]) => ({
				label: null,
				spans: [text(name.padEnd(32), "muted"), text(value === "" ? "''" : value)],
			})),
			...(isPartial ? [note("some may not be read: grant pg_monitor", "unknown")] : []),
		],
	};
}
