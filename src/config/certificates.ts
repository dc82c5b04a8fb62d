import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ConninfoValues } from "../libpq/conninfo-keywords.ts";
import { type Configured, refuse } from "../text/message.ts";
import type { ConnectionParameters, SslMode, TlsVersion } from "./connection-parameters.ts";

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

/** Oldest first. */
export const TLS_VERSIONS: readonly TlsVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** libpq's since version 13, and Node's. */
const DEFAULT_MIN_VERSION: TlsVersion = "TLSv1.2";

/** The range of TLS versions (manual 34.1.2), in any case as in libpq; "" is the default. */
export function tlsVersions(
	values: ConninfoValues,
): Configured<{ readonly minVersion?: TlsVersion; readonly maxVersion?: TlsVersion }> {
	const read = (
		keyword: "ssl_min_protocol_version" | "ssl_max_protocol_version",
	): Configured<TlsVersion | undefined> => {
		const text = values[keyword] ?? "";
		const version = TLS_VERSIONS.find((known) => known.toLowerCase() === text.toLowerCase());
		return text === "" || version !== undefined
			? { value: version }
			: refuse({
					message: `invalid ${keyword} value: "${text}"`,
					hint: `It is one of ${TLS_VERSIONS.join(", ")}.`,
					exitCode: 64,
				});
	};
	const min = read("ssl_min_protocol_version");
	if (min.problems !== undefined) return min;
	const max = read("ssl_max_protocol_version");
	if (max.problems !== undefined) return max;
	const ranks = [min.value ?? DEFAULT_MIN_VERSION, max.value ?? "TLSv1.3"].map((version) =>
		TLS_VERSIONS.indexOf(version),
	);
	if ((ranks[0] ?? 0) > (ranks[1] ?? 0))
		return refuse({ message: "invalid SSL protocol version range", exitCode: 64 });
	return {
		value: { ...(min.value && { minVersion: min.value }), ...(max.value && { maxVersion: max.value }) },
	};
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
	const versions = tlsVersions(values);
	if (versions.problems !== undefined) return versions;
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
	if (usesCert && isOpenToOthers(wantedKey))
		return refuse({
			message: `private key file "${wantedKey}" has group or world access`,
			hint: "Its mode must be 0600 or less, or 0640 or less where root owns it.",
			exitCode: 78,
		});
	const crl = wantedCrl(values, home);
	return {
		value: {
			...versions.value,
			mode: hasRoot && mode === "require" ? "verify-ca" : mode,
			...(hasRoot && crl !== null && { crl }),
			...(hasRoot && { rootcert: wantedRoot }),
			...(usesCert && { cert: wantedCert, key: wantedKey }),
			...(usesCert && values.sslpassword !== undefined && { keyPassphrase: values.sslpassword }),
		},
	};
}

/**
 * What makes sslmode=require check certificates here: a file, or the system's roots (manual 34.19.1); null: nothing does.
 *
 * @param given sslrootcert, or PGSSLROOTCERT.
 */
export function authorityOf(given: string | undefined, home: string): string | null {
	const path = given === undefined || given === "" ? join(home, ".postgresql", "root.crt") : given;
	return path === "system" || existsSync(path) ? path : null;
}

/** Refuses a key that others can read, as libpq does (initialize_SSL() in fe-secure-openssl.c). */
function isOpenToOthers(key: string): boolean {
	const { mode, uid } = statSync(key);
	return (mode & (uid === 0 ? 0o037 : 0o077)) !== 0;
}

/** Revoked certificates: the file given, else ~/.postgresql/root.crl where there is one. */
function wantedCrl({ sslcrl, sslrootcert }: ConninfoValues, home: string): string | null {
	if (sslcrl !== undefined && sslcrl !== "") return sslcrl;
	const usual = join(home, ".postgresql", "root.crl");
	return sslrootcert !== "system" && existsSync(usual) ? usual : null;
}
