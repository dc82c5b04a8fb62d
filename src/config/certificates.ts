import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConnectionParameters, SslMode } from "./connection-parameters.ts";
import type { ConninfoValues } from "./conninfo-keywords.ts";
import { type Configured, refuse } from "./problem.ts";

const modes: readonly string[] = [
	"disable",
	"allow",
	"prefer",
	"require",
	"verify-ca",
	"verify-full",
] satisfies SslMode[];

function isSslMode(text: string): text is SslMode {
	return modes.includes(text);
}

/** The mode (manual 34.19.3), default prefer; with the system's roots only verify-full makes sense. */
export function sslMode(values: ConninfoValues): Configured<SslMode> {
	const system = values.sslrootcert === "system";
	const mode = values.sslmode ?? (system ? "verify-full" : "prefer");
	if (!isSslMode(mode))
		return refuse({
			message: `invalid sslmode value: "${mode}"`,
			hint: `It is one of ${modes.join(", ")}.`,
			exitCode: 64,
		});
	if (system && mode !== "verify-full")
		return refuse({
			message: `weak sslmode "${mode}" may not be used with sslrootcert=system (use "verify-full")`,
			exitCode: 64,
		});
	return { value: mode };
}

/**
 * Mode and files as libpq finds them (manual 34.19): given, else those in ~/.postgresql that exist.
 * With a root certificate, require means verify-ca; without one, verify-ca and verify-full are refused.
 */
export function sslSettings(values: ConninfoValues, home: string): Configured<ConnectionParameters["ssl"]> {
	const checked = sslMode(values);
	if (checked.problems !== undefined) return checked;
	const mode = checked.value;
	const path = (given: string | undefined, name: string) =>
		given === undefined || given === "" ? join(home, ".postgresql", name) : given;
	const wantedRoot = path(values.sslrootcert, "root.crt");
	const wantedCert = path(values.sslcert, "postgresql.crt");
	const wantedKey = path(values.sslkey, "postgresql.key");

	const hasRoot = wantedRoot === "system" || existsSync(wantedRoot);
	if (!hasRoot && mode.startsWith("verify"))
		return refuse({
			message: `root certificate file "${wantedRoot}" does not exist`,
			hint: "Either provide the file, use the system's trusted roots with sslrootcert=system, or change sslmode to disable server certificate verification.",
			exitCode: 78,
		});
	const usesCert = mode !== "disable" && values.sslcertmode !== "disable" && existsSync(wantedCert);
	if (usesCert && !existsSync(wantedKey))
		return refuse({ message: `certificate present, but not private key file "${wantedKey}"`, exitCode: 78 });
	return {
		value: {
			mode: hasRoot && mode === "require" ? "verify-ca" : mode,
			...(hasRoot && { rootcert: wantedRoot }),
			...(usesCert && { cert: wantedCert, key: wantedKey }),
			...(usesCert && values.sslpassword !== undefined && { keyPassphrase: values.sslpassword }),
		},
	};
}
