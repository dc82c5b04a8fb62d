import type { ClonePlace, CloneSource, CloneSurvey, LinkedPlace } from "../../model/clone-survey.ts";
import type { HostReading } from "../../model/host-reading.ts";
import { formatBytes } from "../../text/format.ts";
import { listed } from "../../text/words.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import type { Clone } from "./target.ts";

/** repmgr hands paths to a shell without quotes (repmgr-action-standby.c, run_basebackup), and splits a mapping at "=". */
const PLAIN_PATH = /^\/[A-Za-z0-9_./+@,-]+$/;

/** What lies where the copy is to go, and whether it can change places with it; the data directory first. */
export function placesCanBeTaken(survey: CloneSurvey): readonly Prerequisite[] {
	const { dataDirectory: data, linked } = survey;
	const title = "the data directory can be set aside";
	return [
		data === null
			? failed(title, "repmgr.conf there has no data_directory, or can't be read.", "Set data_directory.")
			: canBeSetAside(title, data, survey),
		...linked.map((place) => {
			const what = place.link === "pg_wal" ? "pg_wal, which lies elsewhere," : "the tablespace";
			return canBeSetAside(`${what} in ${place.directory} can be set aside`, place.directory, place);
		}),
		...mappingFits(survey),
	];
}

function canBeSetAside(title: string, directory: string, place: ClonePlace): Prerequisite {
	const { content } = place;
	const above = directory.slice(0, directory.lastIndexOf("/")) || "/";
	const no = (found: string, fix: string): Prerequisite => failed(title, found, fix);
	if (!PLAIN_PATH.test(directory))
		return no(`repmgr can't copy to "${directory}".`, "Use a path of letters, digits and . _ - + only.");
	if (place.isLeftOver)
		return no(
			`${directory}.repmgr-console is there: an earlier clone was not ended.`,
			`See "runs": resume the clone that was interrupted. If none is listed, look into ${directory}.repmgr-console: its directory "old" is the old one, if it is there.`,
		);
	if (place.isLink) return no(`${directory} is a symbolic link.`, "Put the directory itself there.");
	if (content === "unreadable")
		return no(`${directory} can't be read by the owner of the database.`, "Correct its owner and mode.");
	if (content === "other")
		return no(
			`${directory} is neither empty nor part of the old data directory.`,
			"Move its contents away first, or correct data_directory in repmgr.conf.",
		);
	if (place.isMountPoint)
		return no(
			`${directory} is where a file system is mounted, so that it can't be renamed.`,
			"Use a directory below the mount point instead.",
		);
	if (!place.canRename)
		return no(
			`The owner of the database may not create directories beside ${directory}.`,
			`Let it: mkdir -p ${above} && chown postgres ${above}`,
		);
	return ok(title, content === "postgres" ? `${directory} is renamed.` : `${directory} is ${content}.`);
}

/** repmgr.conf's own mapping would come before that of the copy (get_tablespace_mapping() in pg_basebackup.c takes the first). */
function mappingFits({ mapsTablespaces, source }: CloneSurvey): readonly Prerequisite[] {
	if (!mapsTablespaces || source?.tablespaces.length === 0) return [];
	return [
		failed(
			"tablespaces go to the paths that they have on the upstream",
			"repmgr.conf has a tablespace_mapping of its own.",
			"Remove it for the clone, or clone by hand, with repmgr standby clone.",
		),
	];
}

/** The copy needs room for the databases, and for what is written meanwhile. */
const MARGIN = 1.05;
const MARGIN_BYTES = 64 * 1024 ** 2;

/** What the copy needs on one file system. */
interface Need {
	readonly neededBytes: number | null;
	readonly freeBytes: number | null;
	readonly oldBytes: number | null;
	readonly hasOld: boolean;
	/** The directories there that are copied, beside the data directory. */
	readonly directories: readonly string[];
	readonly hasData: boolean;
}

function sum(numbers: readonly (number | null)[]): number | null {
	return numbers.reduce((total, number) => (total === null || number === null ? null : total + number), 0);
}

/** By file system, that of the data directory first. A database's size has its tablespaces in it. */
function needsOf(survey: CloneSurvey): readonly Need[] {
	const { source, linked } = survey;
	const spaces = source?.tablespaces ?? [];
	const inSpaces = sum(spaces.map(({ bytes }) => bytes));
	const data = source === null || source.bytes === null || inSpaces === null ? null : source.bytes - inSpaces;
	const bytesOf = ({ link }: LinkedPlace): number | null =>
		link === "pg_wal" ? 0 : (spaces.find(({ oid }) => link === `pg_tblspc/${oid}`)?.bytes ?? null);
	const parts = [
		{ place: survey as ClonePlace, bytes: data, directory: "" },
		...linked.map((place) => ({ place, bytes: bytesOf(place), directory: place.directory })),
	];
	return [...Map.groupBy(parts, ({ place, directory }) => place.mountedOn ?? directory).values()].map(
		(some) => {
			const bytes = sum(some.map((part) => part.bytes));
			return {
				neededBytes: bytes === null ? null : Math.ceil(bytes * MARGIN) + MARGIN_BYTES,
				freeBytes: some[0]?.place.freeBytes ?? null,
				oldBytes: sum(some.map(({ place }) => place.oldBytes)),
				hasOld: some.some(({ place }) => place.content === "postgres"),
				directories: some.flatMap(({ directory }) => (directory === "" ? [] : [directory])),
				hasData: some.some(({ directory }) => directory === ""),
			};
		},
	);
}

export function fateOfOld(survey: CloneSurvey, discardOld: boolean): Clone["old"] {
	if (!discardOld) return "keep";
	const holdsBoth = needsOf(survey).every(
		({ neededBytes, freeBytes }) => neededBytes !== null && freeBytes !== null && freeBytes >= neededBytes,
	);
	return holdsBoth ? "discard afterwards" : "discard first";
}

/** The figures for each file system, and what they mean for the old directories. */
export function disksHold(survey: CloneSurvey, discardOld: boolean, again: string): readonly Prerequisite[] {
	return needsOf(survey).map((need) => diskHolds(need, survey, discardOld, again));
}

function diskHolds(
	{ neededBytes, freeBytes, oldBytes, hasOld, directories, hasData }: Need,
	{ source, linked }: CloneSurvey,
	discardOld: boolean,
	again: string,
): Prerequisite {
	const disk = hasData ? "the disk" : `the disk of ${listed(directories)}`;
	const title = hasOld ? `${disk} holds the old directory and the copy` : `${disk} holds the copy`;
	if (neededBytes === null || freeBytes === null) {
		const found = "The size of the databases, or the free space, can't be read.";
		return discardOld ? failed(title, found, "Leave out --discard-old.") : unknown(title, found);
	}
	const all =
		linked.length === 0 ? `The databases take ${formatBytes(source?.bytes ?? 0)}, so that` : "There,";
	const found = `${all} ${formatBytes(neededBytes)} are needed; ${formatBytes(freeBytes)} are free, and the old directory takes ${oldBytes === null ? "an unknown size" : formatBytes(oldBytes)}.`;
	if (freeBytes >= neededBytes) return ok(title, found);
	// Only the data directory alone is ever deleted before the copy.
	const helps = hasOld && linked.length === 0 && oldBytes !== null && freeBytes + oldBytes >= neededBytes;
	if (!helps) return failed(title, found, "Free space first.");
	return discardOld
		? warning(title, `${found} The old directory is deleted before the copy: if that fails, nothing is left.`)
		: failed(
				title,
				found,
				`Free space; or give the old directory up before the copy is made: ${again} --discard-old`,
			);
}

/** Data of another cluster are not the clone's to delete, and may be a sign of a wrong host. None where there are no control data. */
export function oldIsOfCluster(
	{ snapshot }: Facts,
	controlData: HostReading["controlData"] | undefined,
	discardOld: boolean,
): readonly Prerequisite[] {
	const own = controlData?.systemIdentifier ?? null;
	const ours = snapshot.cluster.systemIdentifier;
	if (own === null || ours === null) return [];
	const title = "the old directory is of this cluster";
	if (own === ours) return [ok(title, `Its system identifier is ${own}.`)];
	const found = `Its system identifier is ${own}, and the cluster's is ${ours}: it has the data of another cluster.`;
	return [
		discardOld
			? failed(title, found, "Leave out --discard-old: it is kept under a dated name then.")
			: warning(title, `${found} It is kept under a dated name.`, "Make sure that this is the right host."),
	];
}

/** What only the old directory's links lead to stays, whatever becomes of that. */
export function tablespacesFit({ tablespaces }: CloneSource): readonly Prerequisite[] {
	if (tablespaces.length === 0) return [];
	const title = "the tablespaces can be copied";
	const directories = tablespaces.map(({ directory }) => directory);
	return [
		tablespaces.length < 100
			? ok(title, `They go to ${listed(directories)}, as on the upstream.`)
			: failed(title, "There are 100 or more.", "Clone by hand, with repmgr standby clone."),
	];
}
