import { conninfoTo } from "../../libpq/registered.ts";
import type { ElectionForecast } from "../../model/forecast.ts";
import type { DrillIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { attachedTo, caughtUp, replays, roomFor } from "../checks/candidate.ts";
import { failed, ok } from "../checks/check.ts";
import { everyNodeAnswers, noOtherOperation, onePrimary, pauseKnown } from "../checks/cluster.ts";
import {
	canRunOn,
	hasConfigFile,
	hasDiskSpace,
	isNotFenced,
	keepsSettings,
	programsExist,
	sudoWorks,
} from "../checks/hosts.ts";
import { archiveIsUpToDate, noBackup, noLogicalSlots, noLongTransactions } from "../checks/primary-work.ts";
import { type Facts, hostOf, isUsingSlots, nodeOf, serverOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { serviceIsIdle } from "../service/changing.ts";

export interface DrillRoles {
	readonly primary: NodeView;
	/** The node that repmgrd would promote; null: none, or more than one. */
	readonly winner: NodeView | null;
	/** The other active nodes, the winner and a witness among them. */
	readonly others: readonly NodeView[];
	readonly how: DrillIntent["how"];
}

/** A drill is an outage on purpose: the checks make sure that it ends by itself and that the cluster recovers. */
export function drillChecks(facts: Facts, roles: DrillRoles): readonly Prerequisite[] {
	const { primary, winner, others, how } = roles;
	const followers = others.filter((node) => node !== winner);
	return [
		noOtherOperation(facts),
		onePrimary(facts),
		everyNodeAnswers(facts),
		repmgrdWouldPromote(facts),
		clusterIsHealthy(facts),
		pauseKnown(facts),
		...(winner === null
			? []
			: [
					attachedTo(winner, primary),
					caughtUp(winner),
					replays(winner),
					roomFor(facts, winner, [primary, ...followers], isUsingSlots(facts, winner.nodeId)),
					hasDiskSpace(facts, winner),
					hasUsableConninfo(winner),
				]),
		...[primary, ...others].map((node) => canRunOn(facts, node)),
		hasConfigFile(facts, primary),
		...[primary, ...followers].flatMap((node) => keepsSettings(facts, node)),
		sudoWorks(facts, primary),
		programsExist(facts, primary),
		isNotFenced(facts, primary),
		...serviceIsIdle(facts, primary),
		canBeRewound(facts, primary),
		...(how === "kill" ? [canBeKilled(facts, primary), lossIsKnown(facts)] : []),
		hasDiskSpace(facts, primary),
		archiveIsUpToDate(facts, primary),
		noLogicalSlots(
			facts,
			primary,
			winner === null ? followers.filter(({ registered }) => registered.type !== "witness") : [winner],
			false,
		),
		noBackup(facts, primary),
		noLongTransactions(facts, primary),
	];
}

/** By the forecast, which must have no reservations. */
function repmgrdWouldPromote({ snapshot }: Facts): Prerequisite {
	const title = "repmgrd would promote a standby";
	const { forecast } = snapshot;
	const fix = 'See "failover --preview".';
	if (forecast === null) return failed(title, "What repmgrd would do is unknown.", fix);
	const { promotedNodeIds, reason, seconds, reservations } = forecast;
	const [winnerId, ...more] = promotedNodeIds;
	const winner = winnerId === undefined ? null : nodeOf({ snapshot }, winnerId);
	if (winner === null) return failed(title, `It would promote none: ${reason}.`, fix);
	if (more.length > 0) return failed(title, `It would promote more than one: ${reason}.`, fix);
	if (seconds === null) {
		return failed(title, `How long it takes is unknown: repmgr.conf of ${quoted(winner)} was not read.`, fix);
	}
	return reservations.length > 0
		? failed(title, `${quoted(winner)}, with reservations: ${listed(reservations)}.`, fix)
		: ok(title, `${quoted(winner)}, ${inSeconds(forecast)} after the outage begins.`);
}

export function inSeconds({ seconds }: ElectionForecast): string {
	return seconds === null ? "an unknown time" : `${seconds.crash.least} to ${seconds.crash.most} s`;
}

function clusterIsHealthy({ snapshot }: Facts): Prerequisite {
	const title = "the cluster is healthy";
	const wrong = snapshot.findings.filter(({ severity }) => severity !== "notice");
	const said = wrong.slice(0, 3).map(({ code, message }) => `${code}: ${message}`);
	return wrong.length === 0
		? ok(title, "There is no finding above a notice.")
		: failed(title, `${said.join("; ")}.`, 'Fix that first; see "status".');
}

/** It has to follow the new primary afterwards, even if it has WAL of its own. */
function canBeRewound(facts: Facts, primary: NodeView): Prerequisite {
	const title = `${quoted(primary)} can come back as a standby`;
	const can = serverOf(facts, primary.nodeId).value?.canBeRewound ?? null;
	if (can === null)
		return failed(title, "Its settings can't be read.", "See README.md for the rights that are needed.");
	return can
		? ok(title, "pg_rewind can be used: full_page_writes, and wal_log_hints or data checksums.")
		: failed(
				title,
				"It has neither wal_log_hints nor data checksums, or no full_page_writes: it would have to be cloned again.",
				"Set wal_log_hints = on (needs a restart).",
			);
}

function hasUsableConninfo(winner: NodeView): Prerequisite {
	const title = `the conninfo of ${quoted(winner)} can be passed to repmgr`;
	return conninfoTo(winner.registered.conninfo) === null
		? failed(
				title,
				"It names no host, or can't be read.",
				"Register it as keywords and values with a host, and its password in .pgpass.",
			)
		: ok(title, "The old primary can rejoin with it.");
}

/** A killed server is recovered on its host before it can be rewound. */
function canBeKilled(facts: Facts, primary: NodeView): Prerequisite {
	const title = `the postmaster of ${quoted(primary)} can be killed`;
	const { look, serverConfigFile } = hostOf(facts, primary.nodeId).value ?? {};
	if (!look?.postmaster || look.dataDirectory === null) {
		return failed(title, "Its host does not say which process it is.", "--how stop");
	}
	return serverConfigFile
		? ok(title, `It is process ${look.postmaster.pid}, of ${look.dataDirectory}.`)
		: failed(title, "It could not be recovered: its postgresql.conf is not found.", "--how stop");
}

function lossIsKnown({ snapshot }: Facts): Prerequisite {
	const title = "the possible loss is known";
	const { forecast } = snapshot;
	if (forecast?.isSynchronous)
		return ok(title, "No acknowledged commit: the winner is a synchronous standby.");
	return forecast?.lossBytes == null
		? failed(title, "How much the winner has received is unknown.", "--how stop, which loses nothing")
		: ok(title, `${forecast.lossBytes} bytes now, and what is written in the last moment.`);
}
