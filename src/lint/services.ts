import type { ConfSetup, SystemdSetup, UnitSetup } from "../model/setup.ts";
import { commandOf } from "./conf.ts";

/** What repmgr does to PostgreSQL by service_ACTION_command (repmgr manual, "Service command settings"). */
export const SERVICE_ACTIONS = ["start", "stop", "restart", "reload"] as const;

/** A setting of repmgr.conf whose command uses systemctl, and its unit. */
export interface UnitCommand {
	readonly name: string;
	readonly command: string;
	/** With its suffix. */
	readonly unit: string;
}

export function unitCommandsOf(conf: ConfSetup): readonly UnitCommand[] {
	const names = [
		...SERVICE_ACTIONS.map((action) => `service_${action}_command`),
		"repmgrd_service_start_command",
		"repmgrd_service_stop_command",
	];
	return names.flatMap((name) => {
		const command = commandOf(conf, name) ?? "";
		const [, last] = /\bsystemctl\s.*?([^\s]+)\s*$/.exec(command) ?? [];
		return last === undefined ? [] : [{ name, command, unit: withSuffix(last) }];
	});
}

/** As systemctl does with a name without a suffix. */
export function withSuffix(unit: string): string {
	return /\.(service|target)$/.test(unit) ? unit : `${unit}.service`;
}

export function unitOf({ units }: SystemdSetup, name: string): UnitSetup | null {
	return units.find((unit) => unit.name === name) ?? null;
}

/** The unit in which repmgrd runs, else that of Debian's and most other packages. */
export function repmgrdUnitOf(systemd: SystemdSetup): UnitSetup | null {
	const unit = unitOf(systemd, systemd.repmgrdUnit ?? "repmgrd.service");
	return unit === null || unit.loadState === "not-found" ? null : unit;
}

/** Units in which a server runs that was started by pg_ctl from there. */
const NOT_POSTGRESQL = /^(repmgr|ssh|cron|user@|session|ansible|getty|sudo)/;

/** PostgreSQL's own unit; null where the server runs in none, or in another service's. */
export function postgresUnitOf({ postgresUnit, repmgrdUnit }: SystemdSetup): string | null {
	return postgresUnit === repmgrdUnit || NOT_POSTGRESQL.test(postgresUnit ?? "") ? null : postgresUnit;
}
