import { tablesOf } from "./cluster.ts";
import { methodFor } from "./host-files.ts";
import type { PracticeNode } from "./state.ts";

/** A login over the network, as the server sees it. */
export interface LoginAttempt {
	/** From which the server sees it come. */
	readonly address: string;
	readonly database: string;
	readonly user: string;
	readonly hasPassword: boolean;
}

/** What a server says to a login over the network; null: it lets it in. */
export function loginProblem(
	target: PracticeNode,
	{ address, database, user, hasPassword }: LoginAttempt,
	isEncrypted = true,
): string | null {
	const method = methodFor(target, { address, database, user, isEncrypted });
	if (method === null) {
		const how = isEncrypted ? "SSL encryption" : "no encryption";
		return `FATAL:  no pg_hba.conf entry for host "${address}", user "${user}", database "${database}", ${how}`;
	}
	const { made } = tablesOf(target);
	if (!made.includes(`role ${user}`))
		return method === "trust"
			? `FATAL:  role "${user}" does not exist`
			: `FATAL:  password authentication failed for user "${user}"`;
	if (method !== "trust" && !hasPassword) return "fe_sendauth: no password supplied";
	return made.includes(`database ${database}`) || database === "replication"
		? null
		: `FATAL:  database "${database}" does not exist`;
}
