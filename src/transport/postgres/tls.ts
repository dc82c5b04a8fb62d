import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { ConnectionParameters } from "../../config/connection-parameters.ts";
import type { Outcome } from "../../model/fault.ts";

/** TLS options for one attempt to connect; false is without TLS. */
export type Encryption = ConnectionOptions | false;

/**
 * The attempts that sslmode asks for, in order (manual 34.19.3): `prefer` falls back to no TLS,
 * `allow` from no TLS to TLS. A Unix socket is never encrypted.
 */
export async function encryptionAttempts(
	parameters: ConnectionParameters,
): Promise<Outcome<readonly Encryption[]>> {
	const { mode } = parameters.ssl;
	if (mode === "disable" || parameters.host.startsWith("/")) return { value: [false] };
	const tls = await tlsOptions(parameters);
	if (tls.fault !== undefined) return mode === "allow" || mode === "prefer" ? { value: [false] } : tls;
	if (mode === "allow") return { value: [false, tls.value] };
	return { value: mode === "prefer" ? [tls.value, false] : [tls.value] };
}

async function tlsOptions({ host, ssl }: ConnectionParameters): Promise<Outcome<ConnectionOptions>> {
	const verifies = ssl.mode === "verify-ca" || ssl.mode === "verify-full";
	const useSystemAuthorities = ssl.rootcert === "system";
	if (verifies && ssl.rootcert === undefined) {
		return {
			fault: {
				kind: "authentication",
				message: 'root certificate file "~/.postgresql/root.crt" does not exist',
				hint: "Provide the file with sslrootcert, or change sslmode to disable server certificate verification.",
			},
		};
	}
	try {
		const [ca, crl, cert, key] = await Promise.all([
			ssl.rootcert === undefined || useSystemAuthorities ? undefined : readFile(ssl.rootcert),
			ssl.crl === undefined ? undefined : readFile(ssl.crl),
			ssl.cert === undefined ? undefined : readFile(ssl.cert),
			ssl.key === undefined ? undefined : readFile(ssl.key),
		]);
		return {
			value: {
				// As in libpq, a root certificate that is present makes `require` behave like verify-ca.
				rejectUnauthorized: verifies || ca !== undefined,
				...(ssl.minVersion && { minVersion: ssl.minVersion }),
				...(ssl.maxVersion && { maxVersion: ssl.maxVersion }),
				...(ssl.mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
				...(isIP(host) === 0 ? { servername: host } : {}),
				// Nothing is verified, so Node need not parse its built-in authorities (20 ms).
				...(verifies || ca !== undefined ? ca && { ca } : { ca: [] }),
				...(crl && { crl }),
				...(cert && { cert }),
				...(key && { key }),
				...(ssl.keyPassphrase !== undefined && { passphrase: ssl.keyPassphrase }),
			},
		};
	} catch (error) {
		return {
			fault: {
				kind: "authentication",
				message: `could not read certificate or key: ${(error as Error).message}`,
				hint: "Check sslrootcert, sslcert and sslkey, and the files in ~/.postgresql.",
			},
		};
	}
}
