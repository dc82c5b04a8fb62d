import type { Intent } from "../model/intent.ts";
import { formatBytes } from "../text/format.ts";
import { quoted } from "../text/words.ts";
import { ok, unknown } from "./checks/check.ts";
import { noOtherOperation, onePrimary } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile } from "./checks/hosts.ts";
import type { Operation } from "./operation.ts";
import { psql, repmgr } from "./plan/commands.ts";
import { type Facts, nodeOf, serverOf } from "./plan/facts.ts";
import type { Prerequisite, Requested } from "./plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "./plan/refusal.ts";
import { step } from "./plan/step.ts";

/** Rows may pass the limit while the table is deleted from and vacuumed. */
const SLACK = "1 hour";

type CleanupIntent = Extract<Intent, { kind: "cleanup" }>;

export const CLEANUP: Operation<CleanupIntent> = {
	kind: "cleanup",
	title: "clean up history",
	about: "Old rows of repmgr's monitoring history (repmgr.monitoring_history) are deleted.",
	commandLine: {
		about: "delete repmgr's monitoring history",
		options: [
			{
				flags: "--keep-history <days>",
				about: "keep the history of the last DAYS days",
				key: "keepDays",
				takes: "days",
			},
		],
	},
	questions: () => [
		{
			key: "keepDays",
			kind: "choice",
			title: "What is kept",
			choices: [
				{ value: "30", label: "30 days", note: "", unfit: null },
				{ value: "7", label: "7 days", note: "", unfit: null },
				{ value: "1", label: "1 day", note: "", unfit: null },
				{ value: "0", label: "keep nothing", note: "", unfit: null },
			],
		},
	],
	intent: ({ keepDays }) => ({ kind: "cleanup", keepDays: Number(keepDays ?? 0) }),
	plan: planCleanup,
};

/** `repmgr cluster cleanup`: nothing else empties the table that repmgrd fills where monitoring_history is on. */
function planCleanup(intent: CleanupIntent, facts: Facts): Requested {
	const { keepDays } = intent;
	const what = keepDays === 0 ? "all monitoring history" : `monitoring history older than ${keepDays} days`;
	const title = `delete ${what}`;
	const { primaryNodeId } = facts.snapshot.cluster;
	const primary = primaryNodeId === null ? null : nodeOf(facts, primaryNodeId);
	if (primary === null) {
		return refused(`${title} is refused: no primary is seen, or more than one`, {
			detail: "The table is written on the primary.",
			hint: 'See "status" for why.',
		});
	}
	const prerequisites = [
		noOtherOperation(facts),
		onePrimary(facts),
		canRunOn(facts, primary),
		hasConfigFile(facts, primary),
		sizeOfHistory(facts, primary.nodeId),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				step({
					// "cluster cleanup" ignores --dry-run and deletes (check_cli_parameters() in repmgr-client.c).
					key: "cleanup",
					title: `delete ${what} and vacuum the table`,
					command: repmgr(facts, primary, [
						"cluster",
						"cleanup",
						...(keepDays === 0 ? [] : [`--keep-history=${keepDays}`]),
					]),
					verification: "repmgr ends with 0; the next step reads the table",
					wayBack: "None: what was deleted is gone.",
				}),
				step({
					key: "look",
					title: `see that ${quoted(primary)} has no such rows any more`,
					command: psql(facts, primary, noneIsLeft(keepDays)),
					verification: "psql ends with 0: no such row is found",
				}),
			],
			blastRadius: impact({
				reasoning: `Only rows of repmgr.monitoring_history are deleted${keepDays === 0 ? ", all of them (TRUNCATE, which waits for readers of the table)" : ""}. The WAL for that goes to all standbys.`,
			}),
			confirmation: { kind: "yes" },
		}),
	);
}

/** Fails if such a row is left; uses age(), as repmgr does (delete_monitoring_records() in dbutils.c). */
function noneIsLeft(keepDays: number): string {
	return `DO $$BEGIN IF EXISTS (SELECT FROM repmgr.monitoring_history WHERE age(now(), last_monitor_time) >= interval '${keepDays} days ${SLACK}') THEN RAISE 'rows are left that should have gone'; END IF; END$$`;
}

function sizeOfHistory(facts: Facts, nodeId: number): Prerequisite {
	const title = "the size of repmgr.monitoring_history is known";
	const bytes = serverOf(facts, nodeId).value?.monitoringHistoryBytes ?? null;
	return bytes === null ? unknown(title, "It can't be read.") : ok(title, `${formatBytes(bytes)}.`);
}
