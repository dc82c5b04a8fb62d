import type { Intent } from "../../model/intent.ts";
import { byteCount, quoted } from "../../text/words.ts";
import { ok, unknown } from "../checks/check.ts";
import { nobodyElse, onePrimary } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile } from "../checks/hosts.ts";
import { psql, repmgr } from "../plan/commands.ts";
import { type Facts, nodeOf, serverOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { noDisturbance, planOf, refused, refusedUnless } from "../plan/refusal.ts";

/** repmgrd goes on writing while the rows are deleted and the table is vacuumed. */
const SLACK = "1 hour";

/** `repmgr cluster cleanup`: of the table that grows with repmgr.conf's monitoring_history and that nobody else empties. */
export function requestCleanup(intent: Extract<Intent, { kind: "cleanup" }>, facts: Facts): Requested {
	const { keepDays } = intent;
	const what = keepDays === 0 ? "all monitoring history" : `monitoring history older than ${keepDays} days`;
	const title = `delete ${what}`;
	const { primaryNodeId } = facts.snapshot.cluster;
	const primary = primaryNodeId === null ? null : nodeOf(facts, primaryNodeId);
	if (primary === null) {
		return refused(
			`${title} is refused: no primary is seen, or more than one`,
			"The table is written on the primary.",
			'See "status" for why.',
		);
	}
	const prerequisites = [
		nobodyElse(facts),
		onePrimary(facts),
		canRunOn(facts, primary),
		hasConfigFile(facts, primary),
		sizeOfHistory(facts, primary.nodeId),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				{
					// It takes no notice of --dry-run, and does it (field notes 1.1).
					key: "cleanup",
					title: `${what} is deleted, and the table is vacuumed`,
					command: repmgr(facts, primary, [
						"cluster",
						"cleanup",
						...(keepDays === 0 ? [] : [`--keep-history=${keepDays}`]),
					]),
					expects: [],
					settleSeconds: 0,
					verification: "repmgr ends with 0; the next step reads the table",
					wayBack: "There is none: what was deleted is gone.",
					runs: "in order",
					rejoinLogOn: null,
				},
				{
					key: "look",
					title: `${quoted(primary)} has none of it any more`,
					command: psql(facts, primary, noneIsLeft(keepDays)),
					expects: [],
					settleSeconds: 0,
					verification: "psql ends with 0: no such row is found",
					wayBack: "Nothing to go back from.",
					runs: "in order",
					rejoinLogOn: null,
				},
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
