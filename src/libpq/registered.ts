import { formatConninfo, parseConninfo, unreadableConninfo, withoutSecrets } from "./conninfo.ts";
import type { ConninfoValues } from "./conninfo-keywords.ts";
import { connectionTargets, ownTargets } from "./targets.ts";

/** Where a conninfo in repmgr.nodes leads, and as which role; null where it doesn't say. */
export interface Login {
	readonly host: string | null;
	readonly port: number;
	readonly user: string | null;
	readonly database: string | null;
}

/** The login of a registered conninfo. Of several hosts, the node's own counts. */
export function loginOf(conninfo: string, nodeName: string): Login {
	const values = valuesOf(conninfo);
	const target = ownTargets(connectionTargets(values).value ?? [], nodeName)[0];
	return {
		host: target?.host || null,
		port: target?.port ?? 5432,
		user: values.user || null,
		database: values.dbname || null,
	};
}

/** A registered conninfo for a command line: keywords and values without secrets; null where it names no server. */
export function conninfoTo(conninfo: string): string | null {
	const values = valuesOf(conninfo);
	return values.host || values.hostaddr || values.service ? formatConninfo(withoutSecrets(values)) : null;
}

function valuesOf(conninfo: string): ConninfoValues {
	return conninfo === unreadableConninfo ? {} : (parseConninfo(conninfo).value ?? {});
}
