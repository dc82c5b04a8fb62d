import type { Registration } from "./registration.ts";

/** How a registered conninfo leads to a server: what is not named there is undefined. Never a password. */
export interface Login {
	readonly host: string | null;
	readonly port: number;
	readonly user: string | undefined;
	readonly database: string | undefined;
}

/** Who logs in where, by what is registered, which may be keywords and values or a URI. */
export function loginOf({ host, port, conninfo }: Pick<Registration, "host" | "port" | "conninfo">): Login {
	const keyword = (name: string): string | undefined =>
		new RegExp(`(?:^|\\s)${name}\\s*=\\s*([^\\s'\\\\]+)`).exec(conninfo)?.[1];
	const uri = /^postgres(?:ql)?:\/\/(?:([^:@/?]+)(?::[^@/]*)?@)?[^/]*\/([^?]+)/.exec(conninfo);
	return { host, port, user: keyword("user") ?? uri?.[1], database: keyword("dbname") ?? uri?.[2] };
}

/** A registered conninfo for a command line, where no password belongs; null where it is a URI, or is not shown. */
export function withoutPassword(conninfo: string): string | null {
	if (conninfo === "" || conninfo.startsWith("(") || conninfo.includes("://")) return null;
	return conninfo.replace(/(^|\s)(?:ssl)?password\s*=\s*(?:'(?:[^'\\]|\\.)*'|\S+)/g, "").trim();
}

/** A conninfo that leads to a registered server, whatever form its own has; null where that can't be told. */
export function conninfoTo(registered: Pick<Registration, "host" | "port" | "conninfo">): string | null {
	const own = withoutPassword(registered.conninfo);
	if (own !== null) return own;
	const { host, port, user, database } = loginOf(registered);
	if (host === null || user === undefined || database === undefined) return null;
	// What would have to be quoted is not worth the risk of being read as something else.
	if (![host, user, database].every((word) => /^[\w.:/-]+$/.test(word))) return null;
	return `host=${host} port=${port} user=${user} dbname=${database}`;
}
