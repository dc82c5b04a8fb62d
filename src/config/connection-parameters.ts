/** libpq's sslmode (manual 34.19.3). */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

/** libpq's names, which Node shares. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/**
 * Everything needed to open one session on one server: libpq's parameters after
 * conninfo, environment and defaults were merged (manual 34.1.2, 34.15).
 * The password is asked for at connect time and kept nowhere else.
 */
export interface ConnectionParameters {
	/** Host name, address, or an absolute directory for a Unix socket. */
	readonly host: string;
	/** Numeric address to connect to instead of resolving `host`; `host` is then only verified. */
	readonly hostaddr?: string;
	readonly port: number;
	readonly user: string;
	readonly dbname: string;
	/** Null where none is known; then only methods without a password can succeed. */
	readonly password: () => Promise<string | null>;
	/** The password comes from a conninfo, a service file or PGPASSWORD, so no password file is read. */
	readonly isPasswordGiven?: boolean;
	/** The file that `password` reads last; `passfileProblem` in passfile.ts tells why it is ignored. */
	readonly passfile?: string;
	readonly ssl: {
		readonly mode: SslMode;
		readonly minVersion?: TlsVersion;
		readonly maxVersion?: TlsVersion;
		/**
		 * Paths of files that exist, given or found in ~/.postgresql. A root certificate may also be "system":
		 * the operating system's trusted roots.
		 */
		readonly rootcert?: string;
		readonly cert?: string;
		/** Certificates that were revoked; only beside a root certificate. */
		readonly crl?: string;
		readonly key?: string;
		/** Opens an encrypted key file (sslpassword). */
		readonly keyPassphrase?: string;
	};
	/** Milliseconds; undefined where the user did not ask for one. */
	readonly connectTimeoutMs?: number;
	/** Further addresses of the server, tried in turn as libpq does with several hosts. */
	readonly otherwise?: readonly ConnectionParameters[];
	/** libpq's `options`: command-line options for the server, e.g. "-c geqo=off". */
	readonly options?: string;
}
