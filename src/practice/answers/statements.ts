import type { Outcome } from "../../model/fault.ts";
import type { ServerSurvey } from "../../model/survey.ts";
import type { SetupAnswer } from "../../probe/setup/parse-sql.ts";
import type { TimelinesAnswer } from "../../probe/timelines/parse.ts";
import type { Statement } from "../../transport/ports.ts";
import { type Cluster, isPrimary, tablesOf } from "../cluster/cluster.ts";
import { configuredOn, hbaRules } from "../cluster/host-files.ts";
import { receiversOf } from "../cluster/replication.ts";
import type { PracticeNode, Server } from "../cluster/state.ts";
import { historyFileName, historyLines } from "../cluster/wal.ts";
import { drillMissing, drillWrite } from "./drill.ts";
import { eventsAnswer, factsAnswer, pollAnswer, promotedAnswer, settingsOf } from "./poll.ts";

type Rows = readonly Record<string, unknown>[];
type Values = readonly (string | number | null)[];

/** The console's statements by their name. */
const ANSWERS: Readonly<
	Record<string, (cluster: Cluster, node: PracticeNode, server: Server, values: Values) => Rows>
> = {
	repmgr_console_facts: (_, node, server) => [{ ...factsAnswer(node, server) }],
	repmgr_console_promoted_at: (_, node) => promotedAnswer(node),
	repmgr_console_poll: (cluster, node, server, [digest]) => [
		{ reading: pollAnswer(cluster, node, server, digest) },
	],
	repmgr_console_timeout: () => [{}],
	repmgr_console_events: (_, node, __, [since]) => [{ reading: eventsAnswer(node, since) }],
	repmgr_console_timelines: (_, node) => [{ timelines: timelinesAnswer(node) }],
	repmgr_console_survey: (cluster, node) => [{ survey: surveyAnswer(cluster, node) }],
	repmgr_console_setup_rights: () => [{ canReadSettings: true, canReadHba: true, canReadFileSettings: true }],
	repmgr_console_setup: (_, node) => [{ setup: setupAnswer(node) }],
	repmgr_console_drill_role: (_, node) => [{ is_primary: isPrimary(node) }],
	repmgr_console_drill_missing: (_, node, __, [ids]) => drillMissing(node, ids),
	repmgr_console_basebackup: (cluster, node, _, [name]) =>
		cluster.nodes.flatMap(({ copy }) =>
			copy !== null && copy.fresh === null && copy.fromId === node.nodeId && copy.name === name
				? [{ phase: "streaming database files", bytes: copy.bytes, total: copy.totalBytes }]
				: [],
		),
	repmgr_console_databases: () => [{ id: "16384", name: "shop" }],
	repmgr_console_tables: () => [{ id: "1663/16397", name: "public.orders" }],
};

export function answerStatement(
	cluster: Cluster,
	node: PracticeNode,
	server: Server,
	{ name }: Statement,
	values: Values,
): Outcome<Rows> {
	if (name === "repmgr_console_drill_write") return drillWrite(node, values);
	const answer = ANSWERS[name];
	if (answer !== undefined) return { value: answer(cluster, node, server, values) };
	cluster.unknown.push(name);
	return { fault: { kind: "command", message: `not part of practice yet: the statement ${name}` } };
}

const PROMOTIONS = ["standby_promote", "repmgrd_failover_promote", "standby_switchover"];

function timelinesAnswer(node: PracticeNode): TimelinesAnswer {
	const { events } = tablesOf(node);
	return {
		histories: node.data.history.slice(1).map((branch, index) => {
			const history = node.data.history.slice(0, index + 2);
			return { name: historyFileName(history), writtenAt: branch.beganAt, lines: historyLines(history) };
		}),
		events: {
			promotions: events.filter(({ event }) => PROMOTIONS.includes(event)),
			since: events.at(-1)?.timestamp ?? null,
		},
	};
}

function surveyAnswer(cluster: Cluster, node: PracticeNode): ServerSurvey {
	const { data } = node;
	const receivers = receiversOf(cluster, node);
	const idle = [...data.slots.keys()].filter(
		(name) => !receivers.some((other) => other.data.slotName === name),
	);
	return {
		role: "console",
		baseBackups: 0,
		backupSessions: 0,
		longTransactions: [],
		preparedTransactions: 0,
		logicalSlots: [],
		syncedSlots: [],
		freeWalSenders: 10 - receivers.length,
		freeSlots: 10 - data.slots.size,
		idleSlots: idle,
		silentReceivers: receivers.flatMap(({ name, server: other }) => {
			const seconds = (Date.now() - (other?.receiver?.heardAt ?? Date.now())) / 1000;
			return seconds > 30 && other?.receiver != null
				? [{ pid: other.receiver.pid + 20_000, applicationName: name, seconds }]
				: [];
		}),
		uncheckpointedBytes: data.isStandby ? null : data.end - data.checkpoint.lsn,
		canBeRewound: true,
		monitoringHistoryBytes: 8192,
		clientSessions: data.isStandby || node.isWitness ? 0 : 4,
		writingSessions: 0,
		lastCommitAt: null,
	};
}

/** As pg_settings has a value: without its unit. */
const rawValue = (value: string): string => {
	const [, gigabytes] = /^(\d+)GB$/.exec(value) ?? [];
	return gigabytes === undefined ? value.replace(/^(\d+)MB$/, "$1") : String(1024 * Number(gigabytes));
};

function setupAnswer(node: PracticeNode): SetupAnswer {
	const values = {
		...settingsOf(node),
		...{
			fsync: "on",
			hot_standby_feedback: "off",
			max_locks_per_transaction: "64",
			max_prepared_transactions: "0",
		},
		...{
			max_worker_processes: "8",
			restore_command: "",
			ssl: "on",
			wal_receiver_timeout: "60000",
			wal_sender_timeout: "60000",
		},
	};
	const configured = new Map(configuredOn(node).map((line) => [line.name, line]));
	return {
		version: 150020,
		address: node.address,
		settings: Object.entries(values).flatMap(([name, value]) => {
			const { file = null, line = null } = configured.get(name) ?? {};
			return value === null ? [] : [{ name, value: rawValue(value), file, line, pendingRestart: false }];
		}),
		role: { name: "repmgr", isSuperuser: true, canReplicate: true, missingRoles: [], missingFunctions: [] },
		monitoringHistoryBytes: 8192,
		logicalSlots: [],
		syncedSlots: [],
		physicalSlots: [],
		followsWithDatabase: isPrimary(node) ? null : false,
		repmgrVersion: "5.3",
		hba: hbaRules(node).map(({ database, user, ...rule }) => ({
			...rule,
			...{ databases: [database], users: [user], error: null },
		})),
		fileErrors: [],
	};
}
