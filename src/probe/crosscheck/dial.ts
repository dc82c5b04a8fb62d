import { formatConninfo, parseConninfo } from "../../libpq/conninfo.ts";
import { concealed } from "../../libpq/conninfo-keywords.ts";
import type { Fault, Outcome } from "../../model/fault.ts";

/** A registered conninfo as repmgr on another host would use it. */
export interface DialConninfo {
	/** The keyword "host", which repmgr uses for SSH; null where there is none. */
	readonly host: string | null;
	/** For libpq on that host. The password is apart, to be kept out of argv. */
	readonly conninfo: Outcome<{ readonly text: string; readonly password: string | null }>;
}

/**
 * What repmgr on another host would pass to libpq to connect to a node: the registered conninfo with repmgr's additions
 * (dbutils.c, _establish_db_connection()), but with our timeout in seconds and our application name.
 */
export function dialConninfo(registered: string, timeoutSeconds: number): DialConninfo {
	const parsed = parseConninfo(registered);
	if (parsed.problems !== undefined) {
		const [problem] = parsed.problems;
		return { host: null, conninfo: cannot(problem?.message ?? "conninfo can't be parsed") };
	}
	const { password = null, sslpassword, ...values } = parsed.value;
	const host = values.host || null;
	if (password === concealed)
		return { host, conninfo: cannot("the password in its conninfo is not known yet") };
	// sslpassword could only be given in argv, where others see it; a password with a line break not as a line of input.
	if (sslpassword !== undefined || password?.includes("\n"))
		return { host, conninfo: cannot("its conninfo holds a secret that can't be handed on safely") };
	const text = formatConninfo({
		...values,
		connect_timeout: String(timeoutSeconds),
		options: "-csearch_path=",
		fallback_application_name: values.fallback_application_name ?? "repmgr-console",
	});
	return { host, conninfo: { value: { text, password } } };
}

function cannot(message: string): { readonly fault: Fault } {
	return { fault: { kind: "protocol", message } };
}
