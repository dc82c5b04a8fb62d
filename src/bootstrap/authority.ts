import type { Inventory } from "../model/inventory.ts";
import type { HostSurvey } from "./host-survey.ts";
import type { Refusal } from "./refusal.ts";

/**
 * What libpq checks servers' certificates by although sslmode is "require" (manual 34.19.1). repmgr logs in as postgres, and this console
 * as its own user.
 */
const AS_VERIFY_CA =
	"With it sslmode=require works as verify-ca does, and refuses the certificates that bootstrap makes, which no authority has signed.";

export function hostAuthorityRefusals(
	{ tls }: Inventory,
	name: string,
	{ authority }: HostSurvey,
): readonly Refusal[] {
	if (!tls || authority === undefined) return [];
	return [
		{
			key: "tls",
			message: `${authority} on "${name}" makes libpq check certificates`,
			detail: AS_VERIFY_CA,
			hint: "Move it away there if nothing needs it; or set tls: off.",
		},
	];
}

/** @param authority what this user's libpq, and this console with it, checks certificates by; null: nothing. */
export function authorityRefusals(
	{ tls, console: watcher }: Inventory,
	authority: string | null,
): readonly Refusal[] {
	if (!tls || watcher === null || authority === null) return [];
	const isSystem = authority === "system";
	return [
		{
			key: "tls",
			message: `${isSystem ? "PGSSLROOTCERT=system" : authority} makes this console check certificates`,
			detail: isSystem
				? "With it sslmode=require is refused, and no authority has signed the certificates that bootstrap makes."
				: AS_VERIFY_CA,
			hint: isSystem
				? "Start the console without it; or set tls: off."
				: "Move it away here if nothing needs it; or set tls: off.",
		},
	];
}
