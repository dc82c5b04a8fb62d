import type { SwitchoverIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { attachedTo, caughtUp, replays, replicatesFrom, roomFor } from "../checks/candidate.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import { everyNodeAnswers, noOtherOperation, onePrimary, pauseKnown } from "../checks/cluster.ts";
import {
	canRunOn,
	hasConfigFile,
	hasDiskSpace,
	isNotFenced,
	keepsSettings,
	programsExist,
	sameVersion,
	stopsItsServer,
	sudoWorks,
} from "../checks/hosts.ts";
import {
	archiveIsUpToDate,
	noBackup,
	noLogicalSlots,
	noLongTransactions,
	receiversAnswer,
} from "../checks/primary-work.ts";
import { reachesBySsh } from "../checks/ssh.ts";
import { confNumber, type Facts, isUsingSlots, serverOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { serviceIsIdle } from "../service/changing.ts";

/** Two nodes that change places, and all others. */
export interface Roles {
	readonly candidate: NodeView;
	readonly primary: NodeView;
	/** The other active nodes, a witness among them. */
	readonly siblings: readonly NodeView[];
}

/** The checks of a switchover; repmgr makes its own in the dry run. */
export function switchoverChecks(
	intent: SwitchoverIntent,
	facts: Facts,
	roles: Roles,
): readonly Prerequisite[] {
	return [noOtherOperation(facts), ...takeoverChecks(intent, facts, roles)];
}

/** The same within an operation, which holds the lock itself. */
export function takeoverChecks(
	intent: SwitchoverIntent,
	facts: Facts,
	{ candidate, primary, siblings }: Roles,
): readonly Prerequisite[] {
	const followers = intent.siblingsFollow ? siblings : [];
	const involved = [candidate, primary, ...followers];
	return [
		onePrimary(facts),
		everyNodeAnswers(facts),
		pauseKnown(facts),
		attachedTo(candidate, primary),
		caughtUp(candidate),
		replays(candidate),
		...[candidate, primary].map((node) => canRunOn(facts, node)),
		...[candidate, primary].map((node) => sudoWorks(facts, node)),
		...[candidate, primary].flatMap((node) => serviceIsIdle(facts, node)),
		...[candidate, primary].map((node) => programsExist(facts, node)),
		isNotFenced(facts, primary),
		stopsItsServer(facts, primary),
		...involved.filter((node) => node !== candidate).map((node) => reachesBySsh(facts, candidate, node)),
		...involved.map((node) => hasConfigFile(facts, node)),
		...[primary, ...followers].flatMap((node) => keepsSettings(facts, node)),
		sameVersion(facts, involved),
		timeoutsFit(facts, { candidate, primary, siblings }),
		roomFor(facts, candidate, [primary, ...followers], isUsingSlots(facts, candidate.nodeId)),
		...[primary, ...followers]
			.filter(({ registered }) => registered.type !== "witness")
			.map((node) => replicatesFrom(facts, node, candidate)),
		archiveIsUpToDate(facts, primary),
		receiversAnswer(facts, primary),
		noLogicalSlots(facts, primary, [candidate], intent.acceptLostSlots),
		noBackup(facts, primary),
		noBackup(facts, candidate),
		noLongTransactions(facts, primary),
		...[candidate, primary].map((node) => hasDiskSpace(facts, node)),
		...(intent.forceRewind ? [canBeRewound(facts, { candidate, primary, siblings })] : []),
		otherNodesFollow(intent, { candidate, primary, siblings }),
	];
}

/** The new primary must not give up on the old one while that still tries to rejoin (repmgr.conf's documentation). */
function timeoutsFit(facts: Facts, { candidate, primary }: Roles): Prerequisite {
	const title = "node_rejoin_timeout fits standby_reconnect_timeout";
	const rejoin = confNumber(facts, primary.nodeId, "node_rejoin_timeout", 60);
	const reconnect = confNumber(facts, candidate.nodeId, "standby_reconnect_timeout", 60);
	if (rejoin === null || reconnect === null) return unknown(title, "repmgr.conf can't be read on both.");
	const found = `${rejoin} s on ${quoted(primary)}, ${reconnect} s on ${quoted(candidate)}.`;
	return rejoin <= reconnect
		? ok(title, found)
		: failed(title, found, `Lower node_rejoin_timeout on ${quoted(primary)}, or raise the other.`);
}

function canBeRewound(facts: Facts, { primary }: Roles): Prerequisite {
	const title = `${quoted(primary)} could be rewound`;
	const can = serverOf(facts, primary.nodeId).value?.canBeRewound ?? null;
	if (can === null) return unknown(title, "Its settings can't be read.");
	return can
		? ok(title, "full_page_writes, and wal_log_hints or data checksums.")
		: failed(
				title,
				"It has neither wal_log_hints nor data checksums, or no full_page_writes.",
				"Set wal_log_hints = on (needs a restart), or leave out --force-rewind.",
			);
}

function otherNodesFollow({ siblingsFollow }: SwitchoverIntent, { primary, siblings }: Roles): Prerequisite {
	const title = "the other nodes follow";
	if (siblings.length === 0) return ok(title, "There are none.");
	const names = siblings.map(quoted).join(", ");
	return siblingsFollow
		? ok(title, `${names}.`)
		: warning(
				title,
				`${names} stay with ${quoted(primary)}, as standbys of a standby.`,
				"Leave out --no-siblings-follow.",
			);
}
