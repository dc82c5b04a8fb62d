import type { FilePlace, NodeSetup, ServerSetup } from "../model/setup.ts";

/** The value of a setting; "" where the server does not have it. */
export function settingOf({ settings }: ServerSetup, name: string): string {
	return settings.get(name)?.value ?? "";
}

/** Where a setting stands, else the server's main configuration file. */
export function settingPlace(node: NodeSetup, { settings }: ServerSetup, name: string): FilePlace {
	return settings.get(name)?.place ?? { file: configFileOf(node), line: null };
}

function configFileOf({ sources: { privileged } }: NodeSetup): string {
	return privileged.value?.settings.get("config_file")?.value ?? "postgresql.conf";
}
