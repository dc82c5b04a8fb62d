import type { LintSeverity } from "../../model/lint-result.ts";
import type { NodeSetup, ServerSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { reloadServer, settingLine, withNote } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { type Draft, isDataNode, nodeRule, postgresManual, settingManual } from "../rule.ts";

const NAME = "archive_command";

/** The manual's example (26.3.1): never overwrites, and fails when it can't copy. */
const SAFE_COPY = "test ! -f /mnt/archive/%f && cp %p /mnt/archive/%f";

interface Problem {
	readonly severity: LintSeverity;
	readonly message: string;
	readonly why: string;
	readonly command: string;
}

function draft(node: NodeSetup, server: ServerSetup, { severity, message, why, command }: Problem): Draft {
	return {
		severity,
		message,
		place: settingPlace(node, server, NAME),
		why,
		link:
			severity === "error"
				? settingManual("wal", NAME)
				: postgresManual("continuous-archiving#BACKUP-ARCHIVING-WAL"),
		change: [
			withNote(settingLine(node, server, NAME, command), "with your archive's directory"),
			reloadServer(node),
		],
	};
}

/** The archive_command of a data node that archives; null where there is nothing to check. */
function commandOf(node: NodeSetup, server: ServerSetup): string | null {
	const isOn = ["on", "always"].includes(settingOf(server, "archive_mode"));
	return isDataNode(node) && isOn && settingOf(server, "archive_library") === ""
		? settingOf(server, NAME).trim()
		: null;
}

/** ARCHIVE_COMMAND_EMPTY: WAL is kept for an archive that does not exist. */
export const archiveCommandEmpty = nodeRule("ARCHIVE_COMMAND_EMPTY", ["server"], ({ server }, node) => {
	const command = commandOf(node, server);
	if (command !== "" && command !== "(disabled)") return [];
	return [
		draft(node, server, {
			severity: "error",
			message: `archive_mode is on, but archive_command is empty on ${quoted(node.registration)}`,
			why: "Every WAL segment waits to be archived and is never removed, until the disk is full. A switchover fails its check of archive_ready files.",
			command: SAFE_COPY,
		}),
	];
});

/** ARCHIVE_COMMAND_DISCARDS: a placeholder that repmgr's documentation suggests was never replaced. */
export const archiveCommandDiscards = nodeRule("ARCHIVE_COMMAND_DISCARDS", ["server"], ({ server }, node) => {
	const command = commandOf(node, server) ?? "";
	if (!/^(?:(?:\/usr)?\/bin\/)?true$|^:$|^exit 0$|^cd \.$|^(?:\/bin\/)?echo\b[^|>]*$/.test(command))
		return [];
	return [
		draft(node, server, {
			severity: "warning",
			message: `archive_command of ${quoted(node.registration)} archives nothing: ${command}`,
			why: "PostgreSQL counts every WAL segment as archived, though none is. There is no point-in-time recovery, and a standby that missed WAL can't get it from an archive.",
			command: SAFE_COPY,
		}),
	];
});

/** ARCHIVE_COMMAND_OVERWRITES: after a failover two servers may archive files of the same name. */
export const archiveCommandOverwrites = nodeRule(
	"ARCHIVE_COMMAND_OVERWRITES",
	["server"],
	({ server }, node) => {
		const command = commandOf(node, server) ?? "";
		const [, target] =
			/^(?:\/usr)?(?:\/bin\/)?(?:cp|mv|install)\s(?:-\S+\s+)*["']?%p["']?\s+["']?([^"'\s]+)["']?$/.exec(
				command,
			) ?? [];
		if (target === undefined) return [];
		return [
			draft(node, server, {
				severity: "notice",
				message: `archive_command of ${quoted(node.registration)} may overwrite archived files`,
				why: 'It copies without checking whether the file exists. After a failover the old primary and the new one can archive segments of the same name; and "cp -i" without a terminal copies nothing but may still succeed.',
				command: `test ! -f ${target} && cp %p ${target}`,
			}),
		];
	},
);

/** ARCHIVE_IN_DATA_DIRECTORY: the archive is lost together with the data, and copied by every clone. */
export const archiveInDataDirectory = nodeRule(
	"ARCHIVE_IN_DATA_DIRECTORY",
	["server", "privileged"],
	({ server, privileged }, node) => {
		const command = commandOf(node, server) ?? "";
		const directory = privileged.settings.get("data_directory")?.value ?? "";
		if (directory === "" || !command.includes(`${directory}/`)) return [];
		return [
			draft(node, server, {
				severity: "warning",
				message: `archive_command of ${quoted(node.registration)} archives into the data directory`,
				why: "The archive is lost together with the data that it should restore, fills the same disk, and is copied by every base backup and clone.",
				command: command.replaceAll(`${directory}/`, "/mnt/"),
			}),
		];
	},
);
