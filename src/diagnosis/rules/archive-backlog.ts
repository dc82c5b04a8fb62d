import { current } from "../../model/node-state.ts";
import { repmgrLimit } from "../conf-values.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";
import { isArchiving } from "./archive-failing.ts";

/**
 * ARCHIVE_BACKLOG: many WAL files wait to be archived. A clean shutdown waits for all of them, so a switchover may time
 * out half way; from archive_ready_critical files on repmgr refuses it (repmgr-action-standby.c; issues #349, #389).
 * Counted over SSH. The limits are those of the node's repmgr.conf, else repmgr's defaults.
 */
export const archiveBacklog: Rule = ({ snapshot, thresholds }) =>
	snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		const files = current(node.state.host)?.archiveReadyFiles ?? null;
		if (server === null || files === null || !isArchiving(server)) return [];
		if (files < repmgrLimit(node, "archive_ready_warning", thresholds.archiveReadyWarning)) return [];
		const limit = repmgrLimit(node, "archive_ready_critical", thresholds.archiveReadyCritical);
		const isBlocking = files >= limit;
		return [
			finding({
				code: "ARCHIVE_BACKLOG",
				severity: "warning",
				node,
				message: `${files} WAL files wait to be archived on ${quoted(node)}`,
				detail: `${isBlocking ? `repmgr refuses a switchover from ${limit} files on (archive_ready_critical).` : "A shutdown, and so a switchover, waits until all of them are archived."} If the server is lost before that, they are missing from the archive.`,
				hint: "Find out why archiving is slow: the disk and network of the archive, or the load on this host. Wait until the number falls before a switchover.",
				evidence: [
					evidenceOf(node, `${files} files *.ready in pg_wal/archive_status`, "ssh"),
					evidenceOf(
						node,
						`pg_stat_archiver: last_archived_wal ${server.archiver?.lastArchivedWal ?? "none"}`,
					),
				],
				...(isBlocking && {
					doNot:
						'Do not switch over with "--force" now: the old primary may not shut down before the timeout.',
				}),
			}),
		];
	});
