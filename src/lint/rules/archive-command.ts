import type { LintSeverity } from "../../model/lint-result.ts";
import type { NodeSetup, ServerSetup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { reloadServer, settingLine, withNote } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { type Draft, isDataNode, nodeRule, postgresManual, settingManual } from "../rule.ts";

const NAME = "archive_command";

/** The manual's own pattern: never overwrites, fails when it can't copy. */
const SAFE_COPY = "test ! -f /mnt/archive/%f && cp %p /mnt/archive/%f";

interface Fault {
	readonly severity: LintSeverity;
	readonly message: string;
	readonly why: string;
	readonly command: string;
}

function draft(node: NodeSetup, server: ServerSetup, { severity, message, why, command }: Fault): Draft {
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

/** The archive_command of a data node that archives; null where there is nothing to judge. */
function commandOf(node: NodeSetup, server: ServerSetup): string | null {
	const isOn = ["on", "always"].includes(settingOf(server, "archive_mode"));
	return isDataNode(node) && isOn && settingOf(server, "archive_library") === ""
		? settingOf(server, NAME).trim()
		: null;
}

/** ARCHIVE_COMMAND_EMPTY: WAL waits for an archive that never comes. */
export const archiveCommandEmpty = nodeRule("ARCHIVE_COMMAND_EMPTY", ["server"], ({ server }, node) => {
	const command = commandOf(node, server);
	if (command !== "" && command !== "(disabled)") return [];
	return [
		draft(node, server, {
			severity: "error",
			message: `archive_mode is on, but archive_command is empty on ${quoted(node.registration)}`,
			why: "Every WAL segment waits to be archived and is never removed, until the disk is full. A switchover stops at its check of archive_ready files.",
			command: SAFE_COPY,
		}),
	];
});

/** ARCHIVE_COMMAND_DISCARDS: repmgr's own documentation suggests it as a placeholder, and it stays. */
export const archiveCommandDiscards = nodeRule("ARCHIVE_COMMAND_DISCARDS", ["server"], ({ server }, node) => {
	const command = commandOf(node, server) ?? "";
	if (!/^(?:(?:\/usr)?\/bin\/)?true$|^:$|^exit 0$|^cd \.$|^(?:\/bin\/)?echo\b[^|>]*$/.test(command))
		return [];
	return [
		draft(node, server, {
			severity: "warning",
			message: `archive_command of ${quoted(node.registration)} archives nothing: ${command}`,
			why: "PostgreSQL counts every WAL segment as archived, and nothing is. There is no recovery to a point in time, and a standby that missed WAL can't get it anywhere.",
			command: SAFE_COPY,
		}),
	];
});

/** ARCHIVE_COMMAND_OVERWRITES: after a failover two servers may write one file name; a copy without a test destroys the other's. */
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
				message: `archive_command of ${quoted(node.registration)} may overwrite what is archived`,
				why: 'It copies without a test whether the file is there. After a failover an old primary and the new one can archive segments of one name; and "cp -i" without a terminal copies nothing but may still succeed.',
				command: `test ! -f ${target} && cp %p ${target}`,
			}),
		];
	},
);

/** ARCHIVE_IN_DATA_DIRECTORY: the archive is lost with what it is to restore, and every clone takes it along. */
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
				why: "The archive is lost with the data that it is to bring back, fills the same disk, and goes along with every base backup and clone.",
				command: command.replaceAll(`${directory}/`, "/mnt/"),
			}),
		];
	},
);
