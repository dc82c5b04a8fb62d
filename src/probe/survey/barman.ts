import * as z from "zod";
import type { BarmanBackup, BarmanSurvey } from "../../model/barman.ts";
import type { Outcome } from "../../model/fault.ts";
import type { Registration } from "../../model/registration.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import { type HostTarget, wholeOutput } from "../host/loop.ts";
import { ASK_UPSTREAM, BARMAN_SURVEY_SCRIPT } from "./barman-script.ts";

/** Barman's programs, and one WAL file, take their time on a busy host. */
const DEADLINE_MS = 65_000;

/**
 * Has a node's host ask Barman what it has for a clone.
 *
 * @param given host and server of Barman; null: those that repmgr.conf names.
 * @returns null where neither names one.
 */
export async function surveyBarman(
	{ shell, user, configFile }: Pick<HostTarget, "shell" | "user" | "configFile">,
	given: { readonly host: string; readonly server: string } | null,
	{ host, port, user: role, database }: Registration,
): Promise<Outcome<BarmanSurvey | null>> {
	const upstream = [ASK_UPSTREAM, host ?? "", String(port), role ?? "", database ?? ""];
	const words = [configFile, given?.host ?? "", given?.server ?? "", ...upstream];
	const output = await wholeOutput(shell, BARMAN_SURVEY_SCRIPT, words, { user, deadlineMs: DEADLINE_MS });
	return output.fault === undefined ? { value: parseBarmanSurvey(output.value) } : output;
}

const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

/** The part of `barman -f json show-backup` that is used (3.4.0); further keys are left alone. */
const backupAnswer = z.object({
	backup_id: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/),
	status: z.string(),
	postgresql_version: z.coerce.number().int(),
	system_id: z.coerce.string().nullish(),
	base_backup_information: z.object({
		timeline: z.coerce.number().int(),
		begin_wal: z.string().regex(/^[0-9A-F]{24}$/),
		end_lsn: lsn,
		end_time_timestamp: z.coerce.number(),
		disk_usage_bytes: z.coerce.number(),
	}),
	tablespaces: z.array(z.object({ oid: z.coerce.string().regex(/^\d+$/), location: z.string() })).nullish(),
});

const checkAnswer = z.record(
	z.string(),
	z.record(z.string(), z.object({ status: z.string(), hint: z.string().nullish() })),
);

/** Barman's errors in JSON. */
const errorAnswer = z.object({ _ERROR: z.array(z.string()).min(1) });

function json(text: string | null): unknown {
	try {
		return text === null ? null : JSON.parse(text);
	} catch {
		return null;
	}
}

/** Parses the output of BARMAN_SURVEY_SCRIPT. */
export function parseBarmanSurvey(output: string): BarmanSurvey | null {
	const lines = output.split("\n").map(sanitiseText);
	const all = (word: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim());
	const one = (word: string): string | null => all(word)[0] || null;
	const host = one("host");
	if (host === null) return null;
	const server = one("server") ?? "";
	const told = json(one("backup"));
	const backup = backupOf(told, server, one("system"));
	const [bytes = null, nanoseconds = null] = (one("fetched") ?? "").split(" ").map(wholeNumber);
	const upstream = (word: string): string | null =>
		all("upstream")
			.find((line) => line.startsWith(`${word} `))
			?.slice(word.length + 1) ?? null;
	const at = lsn.safeParse(upstream("lsn")).data;
	const segmentBytes = wholeNumber(upstream("segment") ?? undefined);
	return {
		...{ host, server, configFile: one("config") ?? "" },
		fault: backup === null ? (faultOf(told) ?? one("fault") ?? "it gave no answer that can be read") : null,
		backup,
		failedChecks: failedChecks(json(one("check")), server),
		walFiles: [...new Set(all("wal"))].toSorted(),
		rsyncFault: one("rsync"),
		restoreCommand: one("restore") ?? "",
		madeRestoreCommand: one("made") ?? "",
		fetchFault: one("unfetched"),
		bytesPerSecond: bytes && nanoseconds ? (bytes / nanoseconds) * 1e9 : null,
		upstream:
			at === undefined || segmentBytes === null
				? null
				: { lsn: at, segmentBytes, oldestWal: upstream("oldest") },
	};
}

function faultOf(told: unknown): string | null {
	const [error] = errorAnswer.safeParse(told).data?._ERROR ?? [];
	return error === undefined ? null : error;
}

function backupOf(told: unknown, server: string, system: string | null): BarmanBackup | null {
	const answer = z.object({ [server]: backupAnswer }).safeParse(told).data?.[server];
	if (answer === undefined) return null;
	const { base_backup_information: base, tablespaces } = answer;
	return {
		id: answer.backup_id,
		status: answer.status,
		systemIdentifier: answer.system_id ?? system,
		version: answer.postgresql_version,
		timeline: base.timeline,
		beginWal: base.begin_wal,
		endLsn: base.end_lsn,
		endedAt: base.end_time_timestamp * 1000,
		bytes: base.disk_usage_bytes,
		tablespaces: (tablespaces ?? []).map(({ oid, location }) => ({ oid, directory: location })),
	};
}

/** Names with underscores become words again. */
function failedChecks(told: unknown, server: string): readonly string[] | null {
	const checks = checkAnswer.safeParse(told).data?.[server];
	if (checks === undefined) return null;
	return Object.entries(checks).flatMap(([name, { status, hint }]) =>
		status === "OK" ? [] : [`${name.replaceAll("_", " ")}${hint ? ` (${hint})` : ""}`],
	);
}
