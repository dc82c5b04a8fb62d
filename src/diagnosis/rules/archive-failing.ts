import { current } from "../../model/node-state.ts";
import type { ServerReading } from "../../model/server-reading.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * ARCHIVE_FAILING: the newest attempt to archive a WAL file failed, or archiving is on without a command. The server
 * keeps every such file until it is archived, backups have a gap from there on, and a clean shutdown waits for the
 * archiver (manual 26.3.1, 28.2.12). `repmgr cluster show` doesn't report it (seen with 5.3.3).
 */
export const archiveFailing: Rule = ({ snapshot }) =>
	snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (server === null || !isArchiving(server)) return [];
		const { archiver, settings } = server;
		const command = settings.archive_library || settings.archive_command;
		const isUnset = command === "" && settings.archive_command !== undefined;
		if (!archiver?.failing && !isUnset) return [];
		const ready = current(node.state.host)?.archiveReadyFiles ?? null;
		return [
			finding({
				code: "ARCHIVE_FAILING",
				severity: "warning",
				node,
				message: isUnset
					? `${quoted(node)} archives no WAL: archive_mode is ${settings.archive_mode} and archive_command is empty`
					: `archiving WAL fails on ${quoted(node)}`,
				detail: `WAL piles up in pg_wal until it is archived${ready ? `, ${ready} files so far` : ""}. Backups can't be restored past the last archived WAL; a shutdown, and so a switchover, waits.`,
				hint: isUnset
					? "Set archive_command and reload. To discard WAL on purpose, set it to '/bin/true' and take a new base backup afterwards."
					: "The server's log has the output of archive_command. Fix its target (disk, network, permissions); the server retries by itself.",
				evidence: [
					evidenceOf(
						node,
						`pg_stat_archiver: failed_count ${archiver?.failedCount ?? "unknown"}, last_failed_wal ${archiver?.lastFailedWal ?? "none"}, last_archived_wal ${archiver?.lastArchivedWal ?? "none"}`,
					),
					...(command === undefined
						? []
						: [evidenceOf(node, `archive_command or archive_library = '${command}'`)]),
				],
				doNot: "Do not delete files in pg_wal or its archive_status by hand.",
			}),
		];
	});

/** In recovery a server archives only with archive_mode=always; other statistics date from before. */
export function isArchiving({ settings, inRecovery }: ServerReading): boolean {
	return settings.archive_mode === "always" || (settings.archive_mode === "on" && !inRecovery);
}
