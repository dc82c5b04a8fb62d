import type { Intent } from "../model/intent.ts";
import { byteCount, quoted } from "../text/words.ts";
import { ok, unknown } from "./checks/check.ts";
import { noOtherOperation, onePrimary } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile } from "./checks/hosts.ts";
import type { Operation } from "./operation.ts";
import { psql, repmgr } from "./plan/commands.ts";
import { type Facts, nodeOf, serverOf } from "./plan/facts.ts";
import type { Prerequisite, Requested } from "./plan/plan.ts";
import { noDisturbance, planOf, refused, refusedUnless } from "./plan/refusal.ts";
import { step } from "./plan/step.ts";

/** repmgrd goes on writing while the rows are deleted and the table is vacuumed. */
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
				about: "but for that of the last days",
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
				{ value: "0", label: "nothing", note: "", unfit: null },
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
					// It takes no notice of --dry-run, and does it (field notes 1.1).
					key: "cleanup",
					title: `${what} is deleted, and the table is vacuumed`,
					command: repmgr(facts, primary, [
						"cluster",
						"cleanup",
						...(keepDays === 0 ? [] : [`--keep-history=${keepDays}`]),
					]),
					verification: "repmgr ends with 0; the next step reads the table",
					wayBack: "There is none: what was deleted is gone.",
				}),
				step({
					key: "look",
					title: `${quoted(primary)} has none of it any more`,
					command: psql(facts, primary, noneIsLeft(keepDays)),
					verification: "psql ends with 0: no such row is found",
				}),
			],
			blastRadius: noDisturbance(
				`Only rows of repmgr.monitoring_history go${keepDays === 0 ? ", all of them (TRUNCATE, which waits for who reads the table)" : ""}. The WAL of it goes to all standbys.`,
			),
			confirmation: { kind: "yes" },
		}),
	);
}

/** Ends with an error where a row is left that should have gone; by age(), as repmgr counts days (delete_monitoring_records). */
function noneIsLeft(keepDays: number): string {
	return `DO $$BEGIN IF EXISTS (SELECT FROM repmgr.monitoring_history WHERE age(now(), last_monitor_time) >= interval '${keepDays} days ${SLACK}') THEN RAISE 'rows are left that should have gone'; END IF; END$$`;
}

function sizeOfHistory(facts: Facts, nodeId: number): Prerequisite {
	const title = "the size of repmgr.monitoring_history";
	const bytes = serverOf(facts, nodeId).value?.monitoringHistoryBytes ?? null;
	return bytes === null ? unknown(title, "It can't be read.") : ok(title, `${byteCount(bytes)}.`);
}
