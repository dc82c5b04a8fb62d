import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { listed } from "../text/words.ts";
import { header } from "./files.ts";
import type { FileKey, HostSurvey } from "./host-survey.ts";
import { openRecord } from "./record.ts";
import type { Refusal } from "./refusal.ts";
import { primaryOf, type Situation, surveyOf } from "./situation.ts";
import { PATHS } from "./survey-script.ts";

const OURS: readonly (readonly [FileKey, string])[] = [
	["repmgr.conf", PATHS.repmgrConf],
	["createcluster", PATHS.createcluster],
	["sudoers", PATHS.sudoers],
	["unit", PATHS.unit],
	["settings", "conf.d/repmgr-console.conf"],
	["synchronous", "conf.d/repmgr-console-synchronous.conf"],
];

/** Nothing of others is overwritten. */
export function ownershipRefusals(
	inventory: Inventory,
	{ name }: InventoryNode,
	survey: HostSurvey,
): readonly Refusal[] {
	const isOurs = (key: FileKey): boolean =>
		survey.files.get(key)?.content.startsWith(header(inventory)) === true;
	const foreign = OURS.filter(([key]) => survey.files.has(key) && !isOurs(key)).map(([, path]) => path);
	const recordOf = openRecord(survey);
	const hasData = survey.found === "cluster" || survey.found === "other" || survey.configured !== undefined;
	return [
		...(recordOf !== null && recordOf !== inventory.cluster
			? [
					{
						key: "cluster",
						message: `the host of "${name}" was set up for the cluster "${recordOf}", not for "${inventory.cluster}"`,
						detail: "What is added there belongs to that cluster, until it is taken back.",
						hint: 'Use that name for the cluster, or undo it first: "repmgr-console bootstrap --undo" with its inventory.',
					},
				]
			: []),
		...(foreign.length > 0
			? [
					{
						key: "cluster",
						message: `${listed(foreign)} on "${name}" ${foreign.length === 1 ? "was" : "were"} not written for the cluster "${inventory.cluster}"`,
						detail: "What a host has already is not overwritten.",
						hint: 'If it is not needed, move it away. A new standby of a cluster that exists is made by "clone HOST".',
					},
				]
			: []),
		...(hasData && !survey.files.has("repmgr.conf") && survey.unfinished === undefined
			? [
					{
						key: "postgresql.data_directory",
						message: `PostgreSQL ${survey.version} has a cluster on "${name}" already`,
						detail:
							survey.configured === undefined
								? `${survey.data} is not empty.`
								: `/etc/postgresql/${survey.version}/main is configured, with the data directory ${survey.configured}.`,
						hint: `If nothing in it is needed, remove it there: pg_dropcluster --stop ${survey.version} main. Else name another data directory or another host.`,
					},
				]
			: []),
		...(survey.configured !== undefined && survey.configured !== survey.data
			? [
					{
						key: "postgresql.data_directory",
						message: `PostgreSQL on "${name}" has another data directory: ${survey.configured || "none is configured"}`,
						detail: `The inventory says ${survey.data}.`,
					},
				]
			: []),
	];
}

/** What can't be told from data that nobody needs. */
export function placeRefusals(
	{ name }: InventoryNode,
	{ data, found, beside }: HostSurvey,
): readonly Refusal[] {
	const path = `${data}.repmgr-console`;
	return [
		...(beside === "clone"
			? [
					{
						message: `a clone was not ended on "${name}"`,
						detail: `${path} may hold the only copy of the data that it has replaced.`,
						hint: 'See "repmgr-console runs"; "runs resume ID" ends it.',
					},
				]
			: []),
		...(beside === "other"
			? [
					{
						message: `${path} on "${name}" is not of this bootstrap`,
						detail: "A file of that name marks a data directory that is unfinished and may be deleted.",
						hint: `See what it is. If ${data} is not needed, remove both; else move the file away.`,
					},
				]
			: []),
		...(found === "link"
			? [
					{
						message: `the data directory on "${name}" is a symbolic link: ${data}`,
						hint: "Name the directory itself in the inventory: postgresql: {data_directory: …}, or mount it there.",
					},
				]
			: []),
	];
}

/** An archive that can't be written would fill the primary's disk; in one that has WAL, a new cluster's files would have the same names. */
export function archiveRefusals(
	situation: Situation,
	{ name }: InventoryNode,
	{ archive, archived = 0 }: HostSurvey,
): readonly Refusal[] {
	if (archive === undefined) return [];
	const { inventory } = situation;
	const directory = inventory.archive?.directory;
	if (archive === "closed") {
		return [
			{
				key: "archive.directory",
				message: `${directory} on "${name}" can't be written by postgres, a user that does not exist there yet`,
				detail: "The packages make that user, which may then do only what every user may.",
				hint: `Make it first, as the packages do, and let it write the directory: adduser --system --group --home ${PATHS.home} --no-create-home --shell /bin/bash postgres. Or leave out the archive.`,
			},
		];
	}
	if (archive !== "there") {
		const said = archive === "missing" ? "is not a directory" : "can't be written by postgres";
		return [
			{
				key: "archive.directory",
				message: `${directory} ${said} on "${name}"`,
				hint: "Mount it there, and let the user postgres write it; or leave out the archive.",
			},
		];
	}
	// From then on it is the cluster's own.
	const isMade = surveyOf(situation, primaryOf(inventory)).found === "cluster";
	if (isMade || archived === 0) return [];
	return [
		{
			key: "archive.directory",
			message: `${directory} on "${name}" has the WAL of another cluster`,
			detail: `It has ${archived} files of WAL, and this cluster is not made yet: its own would have the same names.`,
			hint: "Name another directory; or move those files away, if nobody needs them to restore from.",
		},
	];
}

/** What the console's operations hold or have left on a host: none of it may be set up over. */
export function operationRefusals(inventory: Inventory, surveys: Situation["surveys"]): readonly Refusal[] {
	const kinds = [
		{
			kind: "lock-",
			message: "an operation runs or was not ended",
			hint: 'See "repmgr-console runs": wait for its end, or "runs resume ID".',
		},
		{
			kind: "rewind-",
			message: "a rewind was not ended",
			hint: 'Its data directory is not usable before "repmgr-console rejoin" has succeeded.',
		},
		{
			kind: "fence-",
			message: "a node is fenced",
			hint: 'It must not run as it is: "repmgr-console rejoin", or "unfence".',
		},
	];
	return kinds.flatMap(({ kind, message, hint }) => {
		const names = inventory.nodes
			.map(({ name }) => name)
			.filter((name) => surveys.get(name)?.left.some((one) => one.startsWith(kind)));
		const left = [...new Set(names.flatMap((name) => surveys.get(name)?.left ?? []))];
		const detail = `There is ${listed(left.filter((one) => one.startsWith(kind)))} in ~postgres/.local/state/repmgr-console.`;
		return names.length === 0 ? [] : [{ message: `${message} on ${listed(names)}`, detail, hint }];
	});
}
