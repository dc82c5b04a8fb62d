import type { CloneSource, CloneSurvey } from "../../model/clone-survey.ts";
import { formatBytes } from "../../text/format.ts";
import { listed } from "../../text/words.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import type { Prerequisite } from "../plan/plan.ts";

/** The copy needs room for the databases, and for what is written meanwhile. */
const MARGIN = 1.05;
const MARGIN_BYTES = 64 * 1024 ** 2;

/** What the copy needs; null: unknown. */
function neededBytes({ source }: CloneSurvey): number | null {
	return source?.bytes == null ? null : Math.ceil(source.bytes * MARGIN) + MARGIN_BYTES;
}

/** Whether the disk holds the old directory and the copy; null: unknown. */
export function holdsBoth(survey: CloneSurvey): boolean | null {
	const needed = neededBytes(survey);
	return needed === null || survey.freeBytes === null ? null : survey.freeBytes >= needed;
}

/** What lies where the copy is to go, and whether it can change places with it. */
export function placeCanBeTaken(survey: CloneSurvey): Prerequisite {
	const title = "the data directory can be set aside";
	const { dataDirectory: data, content } = survey;
	if (data === null)
		return failed(title, "repmgr.conf there has no data_directory, or can't be read.", "Set data_directory.");
	// repmgr hands it to a shell without quotes (repmgr-action-standby.c, run_basebackup).
	if (!/^\/[A-Za-z0-9_./+@,=-]+$/.test(data))
		return failed(
			title,
			`repmgr can't copy to "${data}".`,
			"Use a path of letters, digits and . _ - + only.",
		);
	if (survey.isLeftOver)
		return failed(
			title,
			`${data}.repmgr-console is there: an earlier clone was not ended.`,
			leftOverFix(data),
		);
	if (content === "unreadable")
		return failed(
			title,
			`${data} can't be read by the owner of the database.`,
			"Correct its owner and mode.",
		);
	if (content === "other")
		return failed(
			title,
			`${data} is neither empty nor a data directory of PostgreSQL.`,
			"Move its contents away first, or correct data_directory in repmgr.conf.",
		);
	if (survey.isLink)
		return failed(title, `${data} is a symbolic link.`, "Set data_directory to the real directory.");
	if (survey.isMountPoint)
		return failed(
			title,
			`${data} is where a file system is mounted, so that it can't be renamed.`,
			"Use a directory below the mount point as data_directory.",
		);
	if (!survey.canRename)
		return failed(
			title,
			`The owner of the database may not create directories beside ${data}.`,
			`Give it the directory above: chown postgres ${data.slice(0, data.lastIndexOf("/")) || "/"}`,
		);
	if (survey.isWalElsewhere)
		return failed(
			title,
			`${data}/pg_wal is a link to another directory, which pg_basebackup would need to be empty.`,
			"This is not supported yet: move pg_wal back first, or clone by hand.",
		);
	return ok(title, content === "postgres" ? `${data} is renamed.` : `${data} is ${content}.`);
}

function leftOverFix(dataDirectory: string): string {
	return `See "runs": resume the clone that was interrupted. If none is listed, look into ${dataDirectory}.repmgr-console: its directory "old" is the old data directory, if it is there.`;
}

export function noTablespaces({ tablespaces }: CloneSource): Prerequisite {
	const title = "the cluster has no tablespaces of its own";
	return tablespaces.length === 0
		? ok(title, "It has none.")
		: failed(
				title,
				`It has ${listed(tablespaces)}: their directories would have to change places, too.`,
				"This is not supported yet: clone by hand, with repmgr standby clone.",
			);
}

/** The figures, and what they mean for the old directory. */
export function fitsDisk(survey: CloneSurvey, discardOld: boolean, again: string): Prerequisite {
	const { freeBytes, oldBytes, content, source } = survey;
	const title =
		content === "postgres" ? "the disk holds the old directory and the copy" : "the disk holds the copy";
	const needed = neededBytes(survey);
	if (needed === null || freeBytes === null)
		return discardOld
			? failed(
					title,
					"The size of the databases, or the free space, can't be read.",
					"Leave out --discard-old.",
				)
			: unknown(title, "The size of the databases, or the free space, can't be read.");
	const found = `The databases take ${formatBytes(source?.bytes ?? 0)}, so that ${formatBytes(needed)} are needed; ${formatBytes(freeBytes)} are free, and the old directory takes ${oldBytes === null ? "an unknown size" : formatBytes(oldBytes)}.`;
	if (freeBytes >= needed) return ok(title, found);
	const helps = content === "postgres" && oldBytes !== null && freeBytes + oldBytes >= needed;
	if (!helps) return failed(title, found, "Free space first.");
	return discardOld
		? warning(title, `${found} The old directory is deleted before the copy: if that fails, nothing is left.`)
		: failed(
				title,
				found,
				`Free space; or give the old directory up before the copy is made: ${again} --discard-old`,
			);
}
