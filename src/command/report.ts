import { join } from "node:path";
import { incidentOf } from "../assess/incident.ts";
import type { TimeRange } from "../model/found-lines.ts";
import { incidentReport } from "../presentation/incident-report.ts";
import {
	type RecordedIncident,
	recordAlone,
	recordedIncident,
	withRecord,
} from "../presentation/recorded-incident.ts";
import { shiftReport } from "../presentation/shift-report.ts";
import { statusRecord } from "../presentation/status-record.ts";
import { type SupportFile, supportFiles } from "../presentation/support-files.ts";
import { readRecord } from "../record/reader.ts";
import { unfitRecord } from "../record/unfit.ts";
import type { Session } from "../session/session.ts";
import { systemMessage } from "../text/message.ts";
import { redactAll } from "../text/redact.ts";
import { pastTime } from "../text/typed-time.ts";
import { bundleOf, hasOtherFiles, type WrittenFile, writeFiles } from "./bundle.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { lintRecord } from "./lint.ts";
import { errorText, isRead, type Output } from "./terminal.ts";

/** What a report tells of without --from. */
export const DEFAULT_HOURS = 24;
const HOUR_MS = 3_600_000;

export interface ReportOptions {
	/** A record of what a console saw; undefined: none. */
	readonly file: string | undefined;
	/** As given; undefined: not given. */
	readonly from: string | undefined;
	readonly to: string | undefined;
	/** The directory or the .zip that the report is written to; undefined: it is printed. */
	readonly out: string | undefined;
	/** With configuration, lint, versions, logs and status beside it. */
	readonly isBundle: boolean;
}

/** The name of the report in --out. */
const REPORT_FILE = "report.md";
const NOT_EMPTY_HINT =
	"Give a directory that is new or empty, or a .zip file: a bundle lists all that is in it.";

/** Prints or writes the draft of a post-mortem as Markdown. */
export async function reportCommand(
	session: Session,
	{ file, from, to, out, isBundle }: ReportOptions,
	output: Output,
	version = "",
): Promise<number> {
	const recorded = file === undefined ? null : readRecorded(file, output);
	if (typeof recorded === "number") return recorded;
	const range = rangeOf(from, to, Date.now(), recorded?.watched.range);
	if (typeof range === "string") {
		output.err(errorText({ message: range, hint: TIME_HINT }));
		return EXIT_CODE.usage;
	}
	const { fault } = await session.firstPicture();
	if (fault !== undefined) output.err(errorText(fault));
	if (fault !== undefined && recorded === null) return EXIT_CODE.unknown;
	const other = fault === undefined && recorded !== null ? otherCluster(recorded, session) : null;
	if (other !== null) {
		output.err(errorText({ message: `"${file}" is a record of another cluster`, detail: other }));
		return EXIT_CODE.configuration;
	}
	const read = fault === undefined ? await session.readIncident(range) : null;
	const material =
		recorded === null
			? read
			: read === null
				? recordAlone(recorded, range, Date.now(), fault?.message ?? "")
				: withRecord(read, recorded);
	if (material === null) return EXIT_CODE.unknown;
	const text = ofRecord(file, output, () => incidentReport(material, incidentOf(material)));
	if (text === null) return EXIT_CODE.configuration;
	if (out === undefined) {
		output.out(text.trimEnd());
		return EXIT_CODE.ok;
	}
	const path = out.endsWith(".zip") || isBundle ? out : join(out, REPORT_FILE);
	const files = isBundle
		? await bundleFiles(session, text, version, fault?.message ?? null)
		: [{ name: REPORT_FILE, bytes: Buffer.from(text) }];
	try {
		if (isBundle && hasOtherFiles(out)) {
			output.err(errorText({ message: `could not write "${out}": it is not empty`, hint: NOT_EMPTY_HINT }));
			return EXIT_CODE.output;
		}
		writeFiles(out, files);
	} catch (error) {
		output.err(errorText({ message: `could not write "${path}": ${systemMessage(error)}` }));
		return EXIT_CODE.output;
	}
	output.err(`wrote ${path}`);
	return EXIT_CODE.ok;
}

/** @param fault Why the cluster could not be read; null: it was. */
async function bundleFiles(
	session: Session,
	report: string,
	version: string,
	fault: string | null,
): Promise<readonly WrittenFile[]> {
	const { redact, store } = session;
	const json = (value: unknown): string => `${JSON.stringify(redactAll(value, redact), null, 2)}\n`;
	const own: readonly SupportFile[] = [
		{ name: REPORT_FILE, about: "what happened", text: report },
		{
			name: "console.txt",
			about: "version of the console and of what it runs on",
			text: `repmgr-console ${version}, Node ${process.version}, ${process.platform} ${process.arch}\n`,
		},
	];
	if (fault !== null) return bundleOf(own, [`the cluster could not be read: ${fault}`], Date.now(), redact);
	const support = await session.readSupport();
	const { snapshot, name } = store.getState();
	const { files, unread } = supportFiles(support, snapshot);
	const { lint } = support;
	const told: readonly SupportFile[] = [
		{ name: "status.json", about: "the status now, as status --json", text: json(statusRecord(snapshot)) },
		{
			name: "lint.json",
			about: "what is wrong with the configuration, as lint --json",
			text: json(lintRecord(name, lint, lint.results)),
		},
	];
	return bundleOf([...own, ...told, ...files], unread, Date.now(), redact);
}

/** @returns the exit code where it can't be read. */
function readRecorded(file: string, output: Output): RecordedIncident | number {
	const { value: record, problems } = readRecord([file]);
	if (problems !== undefined) {
		output.err(errorText(...problems));
		return problems[0]?.exitCode ?? EXIT_CODE.configuration;
	}
	for (const problem of record.problems) output.err(`WARNING:  ${problem}`);
	const played = ofRecord(file, output, () => ({ recorded: recordedIncident(record) }));
	if (played === null) return EXIT_CODE.configuration;
	if (played.recorded !== null) return played.recorded;
	output.err(errorText({ message: `there is nothing in "${file}"` }));
	return EXIT_CODE.configuration;
}

/** @param work with what a record has; null: it can't be done with that. Without a record, what fails is a defect. */
function ofRecord<T>(file: string | undefined, output: Output, work: () => T): T | null {
	try {
		return work();
	} catch (error) {
		if (file === undefined) throw error;
		output.err(errorText(unfitRecord(file, error)));
		return null;
	}
}

/** Why a record is not of the session's cluster; null: it is, or that is not known. */
function otherCluster({ snapshot }: RecordedIncident, { store }: Session): string | null {
	const [then, now] = [snapshot.cluster, store.getState().snapshot.cluster];
	const [was, is] = [then.systemIdentifier, now.systemIdentifier];
	if (was === null || is === null || was === is) return null;
	return `The system identifier of ${then.name} in the record is ${was}, that of ${now.name} is ${is}.`;
}

/** Prints what the next shift has to know. */
export async function handoverCommand(session: Session, hours: number, output: Output): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	const now = Date.now();
	const material = await session.readIncident({ from: now - hours * HOUR_MS, to: now });
	output.out(shiftReport(material, incidentOf(material)));
	return EXIT_CODE.ok;
}

const TIME_HINT =
	'Times are UTC: "2026-12-01 06:00", "06:00" for the last one, or how long ago: "90min", "2h", "2d".';

/** A record's time and a little more: what led to it, and what came of it. */
const AROUND_MS = 60_000;

/** The time that is asked for, or what is wrong with it. @param recorded the time of a record. */
export function rangeOf(
	from: string | undefined,
	to: string | undefined,
	now: number,
	recorded?: TimeRange,
): TimeRange | string {
	const end = to === undefined ? (recorded === undefined ? now : recorded.to + AROUND_MS) : pastTime(to, now);
	if (end === null) return `"${to}" is not a time`;
	const start =
		from === undefined
			? recorded === undefined
				? end - DEFAULT_HOURS * HOUR_MS
				: recorded.from - AROUND_MS
			: pastTime(from, now);
	if (start === null) return `"${from}" is not a time`;
	if (start >= end) return "--from is not before --to";
	return { from: start, to: Math.min(end, now) };
}
