import type { CloneSurvey } from "../../model/clone-survey.ts";
import type { Requested } from "../plan/plan.ts";
import { refused } from "../plan/refusal.ts";

/** What pg_basebackup takes as --max-rate, in bytes a second; null: no limit. Undefined: it would not take that. */
export function rateOf(text: string): number | null | undefined {
	if (text === "") return null;
	const [, digits, unit] = /^(\d{1,9})([kM]?)$/.exec(text) ?? [];
	const bytes = Number(digits) * (unit === "M" ? 1024 ** 2 : 1024);
	// From 32 kB to 1 GB a second (manual, pg_basebackup).
	return digits !== undefined && bytes >= 32 * 1024 && bytes <= 1024 ** 3 ? bytes : undefined;
}

/**
 * pg_basebackup_options for the copy: of an option given twice the last one counts.
 *
 * @param slot null: of a backup of Barman repmgr takes --waldir alone.
 */
export function optionsOf(survey: CloneSurvey, slot: string | null, maxRate: string): string {
	return [
		survey.options,
		slot === null ? "" : `--slot=${slot}`,
		...(maxRate === "" ? [] : [`--max-rate=${maxRate}`]),
	]
		.filter((option) => option !== "")
		.join(" ");
}

export function wrongRate(title: string, rate: string): Requested {
	return refused(`${title} is refused: "${rate}" is no rate`, {
		detail: "pg_basebackup takes 32 kB to 1 GB a second: kB as a number, MB with the suffix M.",
		hint: "--max-rate 50M",
	});
}
