import {
	type ConfEntry,
	type ConfSetup,
	type FilePlace,
	HIDDEN,
	type NodeSetup,
	type ServerSetup,
} from "../model/setup.ts";

/** The entry of repmgr.conf that counts: the last one. */
export function entryOf({ entries }: ConfSetup, name: string): ConfEntry | null {
	return entries.findLast((entry) => entry.name === name) ?? null;
}

/** A value of repmgr.conf; "" where it is not set. */
export function confValue(conf: ConfSetup, name: string): string {
	return entryOf(conf, name)?.value ?? "";
}

/** The line of a setting, or the file where it is not set. */
export function placeOf(conf: ConfSetup, name: string): FilePlace {
	return entryOf(conf, name)?.place ?? { file: conf.path, line: null };
}

export function isOn(conf: ConfSetup, name: string): boolean {
	return /^(true|yes|on|1)$/i.test(confValue(conf, name));
}

/** A whole number, or repmgr's default. */
export function numberOf(conf: ConfSetup, name: string, byDefault: number): number {
	const value = Number.parseInt(confValue(conf, name), 10);
	return Number.isNaN(value) ? byDefault : value;
}

/** A command line; null where none is set, or where it is hidden since it may contain a password. */
export function commandOf(conf: ConfSetup, name: string): string | null {
	const value = confValue(conf, name);
	return value === "" || value === HIDDEN ? null : value;
}

/** failover=automatic; the default is manual. */
export function failsOver(conf: ConfSetup): boolean {
	return confValue(conf, "failover").toLowerCase() === "automatic";
}

/** The argument of -f or --config-file in a command line; null where there is none. */
export function configFileIn(command: string): string | null {
	const [, file] = /(?:^|\s)(?:-f\s*|--config-file[= ]\s*)["']?([^\s"']+)/.exec(command) ?? [];
	return file ?? null;
}

/** The value of a setting; "" where the server does not have it. */
export function settingOf({ settings }: ServerSetup, name: string): string {
	return settings.get(name)?.value ?? "";
}

/** Where a setting is set, else the server's main configuration file. */
export function settingPlace(node: NodeSetup, { settings }: ServerSetup, name: string): FilePlace {
	return settings.get(name)?.place ?? { file: configFileOf(node), line: null };
}

function configFileOf({ sources: { privileged } }: NodeSetup): string {
	return privileged.value?.settings.get("config_file")?.value ?? "postgresql.conf";
}
