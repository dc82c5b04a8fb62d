import * as z from "zod";
import type { Fault, Outcome } from "../model/fault.ts";
import type { ServerSurvey } from "../model/survey.ts";
import { LATEST_TIME_MS } from "../text/whole-number.ts";
import type { EventsAnswer, PollAnswer } from "./server/parse.ts";
import type { ServerFacts } from "./server/sql.ts";
import type { SetupAnswer } from "./setup/parse-sql.ts";
import type { SetupRights } from "./setup/sql.ts";
import type { TimelinesAnswer } from "./timelines/parse.ts";

// Anything may listen at a node's address: answers are checked here, once, and fields that were not asked for are left out.
// A new field of a statement is added here, too.

const text = z.string().nullable();
const number = z.number().nullable();
const flag = z.boolean().nullable();
/** Ms since the epoch. */
const time = z.number().min(0).max(LATEST_TIME_MS);
/** Nullable numbers by which nodes, timelines and processes are told apart. */
const whole = z.int().nullable();

export const factsAnswer: z.ZodType<ServerFacts> = z.object({
	versionNumber: z.int(),
	postgresVersion: z.string(),
	startedAt: time,
	inRecovery: z.boolean().exactOptional(),
	canListWal: z.boolean().exactOptional(),
	systemIdentifier: z
		.string()
		.regex(/^\d{1,20}$/)
		.nullable(),
	repmgrVersion: text,
	isSuperuser: z.boolean().exactOptional(),
	serverAddress: text,
	serverPort: whole,
	canReadStats: z.boolean(),
	canReadSettings: z.boolean(),
	canReadFiles: z.boolean().exactOptional(),
	canReadFileSettings: z.boolean().exactOptional(),
	tables: z.array(z.string()),
	functions: z.array(z.string()),
});

export const promotedAnswer = z.object({ promotedAt: time.nullable() });

const walReceiver = z.object({
	pid: z.int(),
	status: text,
	senderHost: text,
	senderPort: whole,
	slotName: text,
	receivedTimeline: whole,
	lastMessageSeconds: number,
	connectedSeconds: number.exactOptional(),
});

const walSender = z.object({
	pid: z.int(),
	applicationName: text,
	clientAddress: text,
	state: text,
	sentLsn: text,
	flushLsn: text,
	replayLsn: text,
	replayLagSeconds: number,
	syncState: text,
	connectedSeconds: number.exactOptional(),
});

const slot = z.object({
	slotName: z.string(),
	slotType: z.string(),
	active: z.boolean(),
	activePid: whole,
	restartLsn: text,
	retainedBytes: number,
	walStatus: text,
	invalidationReason: text.exactOptional(),
});

const registeredRow = z.object({
	node_id: z.int(),
	upstream_node_id: whole,
	active: z.boolean(),
	node_name: z.string(),
	type: z.string(),
	location: z.string(),
	priority: z.int(),
	conninfo: z.string(),
	slot_name: text,
	config_file: z.string(),
});

const event = z.object({
	nodeId: z.int(),
	event: z.string(),
	successful: z.boolean(),
	timestamp: z.string(),
	details: z.string(),
});

const poll: z.ZodType<PollAnswer> = z.object({
	inRecovery: z.boolean(),
	serverTime: time,
	currentLsn: text,
	primaryTimeline: whole,
	control: z
		.array(z.object({ lsn: z.string(), timeline: z.int() }).nullable())
		.nullable()
		.exactOptional(),
	walFileTimeline: whole.exactOptional(),
	restoresFromArchive: flag.exactOptional(),
	history: z.array(z.string()).nullable().exactOptional(),
	receiveLsn: text,
	replayLsn: text,
	lastReplayedCommitSeconds: number,
	replayPaused: flag,
	walReceiver: walReceiver.nullable(),
	walSenders: z.array(walSender).nullable(),
	slots: z.array(slot).nullable(),
	archiver: z
		.object({
			archivedCount: z.number(),
			failedCount: z.number(),
			lastArchivedWal: text,
			lastFailedWal: text,
			failing: z.boolean(),
		})
		.nullable(),
	settings: z.record(z.string(), text),
	connections: z.number(),
	clientSessions: number.exactOptional(),
	configuration: z.object({ loadedAt: time, readOnlyByDefault: flag }).nullable().exactOptional(),
	syncRepWaiters: z.number(),
	syncRepOldestSeconds: number.exactOptional(),
	repmgrd: z.object({
		running: flag,
		pid: whole,
		paused: flag,
		upstreamLastSeenSeconds: number,
		localNodeId: whole,
		upstreamNodeId: whole,
	}),
	nodes: z
		.object({
			digest: z.string(),
			rows: z.array(registeredRow).nullable(),
			count: z.int().exactOptional(),
		})
		.nullable(),
});

const events: z.ZodType<EventsAnswer> = z.object({
	tableBytes: z.number(),
	events: z.array(event).nullable(),
});

export const pollAnswer = z.object({ reading: poll });
export const eventsAnswer = z.object({ reading: events });

export const setupRightsAnswer: z.ZodType<SetupRights> = z.object({
	canReadSettings: z.boolean(),
	canReadHba: z.boolean(),
	canReadFileSettings: z.boolean(),
});

const names = z.array(z.string());

const setup: z.ZodType<SetupAnswer> = z.object({
	version: z.int(),
	address: text,
	settings: z.array(
		z.object({ name: z.string(), value: z.string(), file: text, line: whole, pendingRestart: z.boolean() }),
	),
	role: z
		.object({
			name: z.string(),
			isSuperuser: z.boolean(),
			canReplicate: z.boolean(),
			missingRoles: names,
			missingFunctions: names,
		})
		.nullable(),
	monitoringHistoryBytes: number,
	logicalSlots: names,
	syncedSlots: names,
	physicalSlots: z.array(z.object({ name: z.string(), isActive: z.boolean() })),
	followsWithDatabase: flag,
	repmgrVersion: text,
	hba: z
		.array(
			z.object({
				file: text,
				line: z.int(),
				type: text,
				databases: names.nullable(),
				users: names.nullable(),
				address: text,
				netmask: text,
				method: text,
				error: text,
			}),
		)
		.nullable(),
	fileErrors: z.array(z.object({ file: text, line: whole, name: text, message: z.string() })).nullable(),
});

export const setupAnswer = z.object({ setup });

/** Null where track_activities is off. */
const word = text.transform((value) => value ?? "");

const survey: z.ZodType<ServerSurvey> = z.object({
	role: z.string(),
	baseBackups: number,
	backupSessions: number,
	longTransactions: z
		.array(z.object({ pid: z.int(), seconds: z.number(), applicationName: word, state: word }))
		.nullable(),
	preparedTransactions: number,
	logicalSlots: names.nullable(),
	syncedSlots: names.nullable(),
	freeWalSenders: number,
	freeSlots: number,
	idleSlots: names,
	silentReceivers: z.array(z.object({ pid: z.int(), applicationName: word, seconds: z.number() })).nullable(),
	uncheckpointedBytes: number,
	canBeRewound: flag,
	monitoringHistoryBytes: number,
	clientSessions: number,
	writingSessions: number,
	lastCommitAt: number,
});

export const surveyAnswer = z.object({ survey });

const timelines: z.ZodType<TimelinesAnswer> = z.object({
	histories: z.array(z.object({ name: z.string(), writtenAt: time, lines: names.nullable() })).nullable(),
	events: z.object({ promotions: z.array(event), since: text }).nullable(),
});

export const timelinesAnswer = z.object({ timelines });

/** The first row of an answer, checked. */
export function firstRow<T>(schema: z.ZodType<T>, rows: readonly unknown[]): Outcome<T> {
	const read = schema.safeParse(rows[0]);
	return read.success ? { value: read.data } : { fault: strangeAnswer(read.error) };
}

function strangeAnswer({ issues: [issue] }: z.ZodError): Fault {
	return {
		kind: "protocol",
		message: "unexpected answer from the server",
		detail: `${issue?.path.join(".") || "The row"}: ${issue?.message}.`,
		hint: "Check what listens at this address: it does not answer like PostgreSQL.",
	};
}
