import type { CloneSurvey } from "../../model/clone-survey.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes, formatSeconds } from "../../text/format.ts";
import { quoted } from "../../text/words.ts";
import { ok, unknown, warning } from "../checks/check.ts";
import { keepsSettings } from "../checks/hosts.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { leavesBarman } from "./barman-checks.ts";
import { disksHold, placesCanBeTaken, tablespacesFit } from "./place-checks.ts";
import type { Clone } from "./target.ts";
import {
	fitsVersion,
	hasConfigFiles,
	hasLocales,
	isOfOneCluster,
	keepsWal,
	namesHost,
	optionsFit,
	reachesUpstream,
	roomOnUpstream,
	sameCollation,
	sameMachine,
	samePages,
	upstreamCanServe,
} from "./upstream-checks.ts";

/** The checks that rest on what the host read and tried, for a node and for a new host. */
export function surveyChecks(
	facts: Facts,
	{ target, upstream, hasSlot, barman }: Pick<Clone, "target" | "upstream" | "hasSlot" | "barman">,
	survey: CloneSurvey,
	discardOld: boolean,
	again: string,
): readonly Prerequisite[] {
	const { source } = survey;
	return [
		upstreamCanServe(upstream),
		namesHost(upstream),
		// The copy has a copy of this one's file.
		...keepsSettings(facts, upstream),
		...reachesUpstream(survey, upstream),
		...placesCanBeTaken(survey),
		optionsFit(survey),
		...(source === null
			? []
			: [
					isOfOneCluster(facts, source),
					fitsVersion(survey, source),
					...tablespacesFit(source),
					roomOnUpstream(source, upstream, target.usesSlots && !hasSlot),
					keepsWal(source, upstream),
					sameMachine(survey, source),
					...samePages(survey, source),
					sameCollation(survey, source),
					...hasLocales(survey, source),
					...hasConfigFiles(survey, source, upstream),
				]),
		...(barman === null ? leavesBarman(survey) : []),
		...disksHold(withBackup(survey, barman), discardOld, again),
	];
}

/** What is to be copied: a backup may be larger than what the databases take now. */
export function withBackup(survey: CloneSurvey, barman: Clone["barman"]): CloneSurvey {
	const { source } = survey;
	if (barman === null || source === null || source.bytes === null) return survey;
	return { ...survey, source: { ...source, bytes: Math.max(source.bytes, barman.backup.bytes) } };
}

/** How long it will take. */
export function timeNeeded(
	{ source }: CloneSurvey,
	maxBytesPerSecond: number | null,
	isCheckpointSpread: boolean,
): Prerequisite {
	const title = "how long the copy will take";
	const measured = source?.bytesPerSecond ?? null;
	const rate = Math.min(measured ?? Number.POSITIVE_INFINITY, maxBytesPerSecond ?? Number.POSITIVE_INFINITY);
	if (source?.bytes == null || !Number.isFinite(rate)) return unknown(title, "No rate was measured.");
	const by = rate === measured ? "as measured with a few MB" : "the limit that was given";
	return ok(
		title,
		`About ${formatSeconds(source.bytes / rate)} for ${formatBytes(source.bytes)} at ${formatBytes(rate)}/s, ${by}.${isCheckpointSpread ? " It begins after a checkpoint that the upstream spreads over minutes (checkpoint_timeout, checkpoint_completion_target)." : ""}`,
	);
}

/** Its clients lose their connections when it is stopped. */
export function whoUsesIt(node: NodeView): Prerequisite {
	const title = `no client uses ${quoted(node)}`;
	const sessions = node.observed.reachable ? (current(node.state.server)?.clientSessions ?? null) : 0;
	if (sessions === null) return unknown(title, "Its sessions can't be counted.");
	return sessions === 0
		? ok(title, "It has no client sessions.")
		: warning(title, `It has ${sessions} client sessions, which drop for the few seconds of the exchange.`);
}
