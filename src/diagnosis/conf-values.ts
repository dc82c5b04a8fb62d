import { checkFailoverCommand, type FailoverCommandName } from "../assess/failover-command.ts";
import { current } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";

/** What a node's repmgr.conf said when it was last read. */
export interface Conf {
	readonly values: Readonly<Record<string, string>>;
	/** False: included files may say more, so what is missing need not be unset. */
	readonly isWhole: boolean;
}

/** Null where it was never read. The file seldom changes, so a reading from before SSH broke is good enough. */
export function confOf({ state }: NodeView): Conf | null {
	const values = state.host.good?.value.repmgrConf ?? null;
	return values && { values, isWhole: values.include === undefined };
}

/** repmgr's own limits and their defaults (repmgr.conf.sample). */
const REPMGR_LIMITS = {
	archive_ready_warning: 16,
	archive_ready_critical: 128,
	replication_lag_warning: 300,
	replication_lag_critical: 600,
} as const;

/** A limit of repmgr: from this console's configuration, else from the node's repmgr.conf, else repmgr's default. */
export function repmgrLimit(node: NodeView, name: keyof typeof REPMGR_LIMITS, given: number | null): number {
	return given ?? confNumber(node, name, REPMGR_LIMITS[name]);
}

/** A number in repmgr.conf, or `byDefault` when it is not known to be set. */
export function confNumber(node: NodeView, name: string, byDefault: number): number {
	const value = Number.parseFloat(confOf(node)?.values[name] ?? "");
	return Number.isFinite(value) ? value : byDefault;
}

/** Is a boolean of repmgr.conf, off by default, known to be on? By parse_bool() in repmgr's configfile.c. */
export function confIsOn(node: NodeView, name: string): boolean {
	return /^(?:1|true|on|yes)$/i.test(confOf(node)?.values[name] ?? "");
}

/**
 * Only repmgr.conf has it (issue #222); the default is manual. Null where it was not read, or where included files may
 * say otherwise.
 */
export function failoverMode(node: NodeView): "automatic" | "manual" | null {
	const conf = confOf(node);
	if (!conf?.isWhole) return null;
	return conf.values.failover?.toLowerCase() === "automatic" ? "automatic" : "manual";
}

/** Is a parameter known not to be set? */
export function confIsUnset(node: NodeView, name: string): boolean {
	const conf = confOf(node);
	return conf?.isWhole === true && conf.values[name] === undefined;
}

/**
 * Why a node's promote_command or follow_command can't work, as a clause; null where no reason is known. Included files
 * may set another command.
 */
export function commandTrouble(node: NodeView, name: FailoverCommandName): string | null {
	const conf = confOf(node);
	if (!conf?.isWhole) return null;
	const command = conf.values[name];
	if (command === undefined) return `its repmgr.conf has no ${name}`;
	const { trouble } = checkFailoverCommand(name, command);
	return trouble && `its ${name} ${trouble}`;
}

/** recovery_min_apply_delay of a standby in seconds; null where its form is unknown. */
export function applyDelaySeconds({ state }: NodeView): number | null {
	const text = current(state.server)?.settings.recovery_min_apply_delay;
	if (text === undefined) return 0;
	// As current_setting() prints it: "0", "90s", "5min", "1h", "1d", "500ms".
	const [, number, unit = "ms"] = /^(\d+)(ms|s|min|h|d)?$/.exec(text) ?? [];
	const factor = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 }[unit];
	return number === undefined || factor === undefined ? null : Number(number) * factor;
}
