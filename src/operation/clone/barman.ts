import type { BarmanSurvey } from "../../model/barman.ts";
import type { CloneSurvey } from "../../model/clone-survey.ts";
import type { CloneHostIntent, CloneIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { sentence } from "../../text/words.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { refused } from "../plan/refusal.ts";
import { barmanChecks, timeToCopy } from "./barman-checks.ts";
import { barmanFrom } from "./barman-options.ts";
import type { BarmanCopy } from "./target.ts";

/** A Barman that a clone is to be made from. */
interface ChosenBarman {
	readonly survey: BarmanSurvey;
	/** Null: it has no backup, which a check says. */
	readonly copy: BarmanCopy | null;
}

type Refused = Extract<Requested, { readonly refusal: unknown }>;

/** What Barman has for a clone that is to be made from there; null: it is not. */
export function barmanOf(
	title: string,
	intent: CloneIntent | CloneHostIntent,
	{ barman: read }: Facts,
): ChosenBarman | Refused | null {
	const { method, barman: given = "", maxRate, spreadCheckpoint = false } = intent;
	if (method !== "barman") {
		return given === ""
			? null
			: no(`${title} is refused: Barman is named, and is not to be used`, {
					hint: "--method barman, or leave --barman out.",
				});
	}
	if (barmanFrom(given) === undefined) {
		return no(`${title} is refused: "${given}" does not name a server of Barman`, {
			detail:
				"repmgr hands both names to a shell: only letters, digits and . _ - are allowed, and @ in the host.",
			hint: "--barman barman@HOST:SERVER",
		});
	}
	if (maxRate !== "") {
		return no(`${title} is refused: a copy from Barman can't be limited`, {
			detail: "repmgr copies with rsync, and gives it no limit.",
			hint: "Leave --max-rate out, or: --method basebackup",
		});
	}
	if (spreadCheckpoint) {
		return no(`${title} is refused: a copy from Barman needs no checkpoint`, {
			hint: "Leave --spread-checkpoint out, or: --method basebackup",
		});
	}
	if (read?.fault !== undefined)
		return no(`${title} is refused: Barman can't be asked`, { detail: sentence(read.fault) });
	const survey = read?.value;
	if (!survey) {
		return no(`${title} is refused: no Barman is named`, {
			detail: "repmgr.conf there has no barman_host.",
			hint: "Set barman_host and barman_server there, or: --barman barman@HOST:SERVER",
		});
	}
	if (barmanFrom(`${survey.host}:${survey.server}`) === undefined || /[^\w./-]/.test(survey.configFile)) {
		return no(`${title} is refused: repmgr.conf does not name a server of Barman`, {
			detail: `barman_host is "${survey.host}", barman_server "${survey.server}", barman_config "${survey.configFile}"; repmgr hands them to a shell.`,
			hint: "Correct them there, or: --barman barman@HOST:SERVER",
		});
	}
	const { backup, walFiles, restoreCommand, madeRestoreCommand, host, server, configFile } = survey;
	const made = restoreCommand === "" && survey.fetchFault === null ? madeRestoreCommand : "";
	return {
		survey,
		copy: backup && {
			...{ host, server, configFile, backup },
			...{ walFiles: walFiles.length, madeRestoreCommand: made },
		},
	};
}

/** The checks of a clone from there. */
export function barmanChecksOf(
	facts: Facts,
	{ survey: barman, copy }: ChosenBarman,
	upstream: NodeView,
	{ source }: CloneSurvey,
): readonly Prerequisite[] {
	return [
		...barmanChecks(facts, barman, upstream, source),
		...(copy === null ? [] : [timeToCopy(barman, copy.backup)]),
	];
}

const no = (...given: Parameters<typeof refused>): Refused => refused(...given) as Refused;
