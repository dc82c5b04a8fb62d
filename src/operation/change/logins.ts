import { formatConninfo, parseConninfo, withoutSecrets } from "../../libpq/conninfo.ts";
import { firstMatch, type PassfileEntry, type PasswordOwner, parsePassfile } from "../../libpq/passfile.ts";
import type { LoginWay, PasswordSurvey } from "../../model/password-survey.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";

/** Of this console's own attempts, so that they are told from others' sessions. */
export const APPLICATION_NAME = "repmgr-console";

/** A login of repmgr's role at a node. */
export interface NodeLogin {
	readonly node: NodeView;
	readonly way: LoginWay;
	/** Without secrets and without a password file, which a script chooses. */
	readonly conninfo: string;
}

/** Everything that a host logs in to as repmgr's role: each node's database, and each data node for replication. */
export function loginsTo({ nodes }: Pick<ClusterSnapshot, "nodes">): readonly NodeLogin[] {
	return nodes.flatMap((node): readonly NodeLogin[] => {
		const sql = { node, way: "sql", conninfo: conninfoOf(node, "sql") } as const;
		return node.registered.type === "witness"
			? [sql]
			: [sql, { node, way: "replication", conninfo: conninfoOf(node, "replication") }];
	});
}

/** How a node is logged in to, by its registered conninfo. */
export function conninfoOf({ registered }: NodeView, way: LoginWay): string {
	const {
		passfile: _,
		replication: __,
		...values
	} = withoutSecrets(parseConninfo(registered.conninfo).value ?? {}) as Record<string, string>;
	const named = { connect_timeout: "5", ...values, application_name: APPLICATION_NAME };
	// libpq looks for this database's name in a password file; the server takes no notice of it.
	return formatConninfo(
		way === "sql" ? named : ({ ...named, dbname: "replication", replication: "true" } as typeof named),
	);
}

/** What libpq looks for in a password file to log in to a node. */
export function ownerOf({ node: { registered }, way }: Pick<NodeLogin, "node" | "way">): PasswordOwner {
	return {
		host: registered.host ?? "localhost",
		port: String(registered.port),
		dbname: way === "replication" ? "replication" : (registered.database ?? registered.user ?? ""),
		user: registered.user ?? "",
	};
}

/** The logins of a host: those to all nodes, and that of its own server to its upstream where that is named otherwise. */
export function ownersFor(
	snapshot: Pick<ClusterSnapshot, "nodes">,
	role: string,
	{ primaryConninfo }: PasswordSurvey,
): readonly PasswordOwner[] {
	const { host = "", hostaddr = "", port = "5432", user } = parseConninfo(primaryConninfo).value ?? {};
	const owners = loginsTo(snapshot).map(ownerOf);
	const place = host || hostaddr;
	return place === "" || (user !== undefined && user !== role)
		? owners
		: [...owners, { host: place, port: port || "5432", dbname: "replication", user: role }];
}

/** The lines of a host's password file in which the password changes. */
export interface LineChange {
	readonly lines: readonly PassfileEntry[];
	/** Logins that no line has. */
	readonly missing: readonly PasswordOwner[];
	/** Lines that are for other roles, too: these would lose their password. */
	readonly shared: readonly PassfileEntry[];
	/** Lines that are for other servers, too. */
	readonly wide: readonly PassfileEntry[];
}

/** All lines of the role for the nodes: those that decide now, and those behind them. */
export function lineChange(survey: PasswordSurvey, owners: readonly PasswordOwner[]): LineChange {
	const entries = parsePassfile(survey.lines.join("\n"));
	const found = owners.map((owner) => ({ owner, entry: firstMatch(entries, owner) }));
	const deciding = found.flatMap(({ entry }) => entry ?? []);
	const isOfRole = (entry: PassfileEntry): boolean =>
		owners.some(
			({ host, port, user }) =>
				entry.user === user &&
				(entry.host === null || entry.host === host) &&
				(entry.port === null || entry.port === port),
		);
	const lines = entries.filter((entry) => isOfRole(entry) || deciding.includes(entry));
	return {
		lines,
		missing: found.flatMap(({ owner, entry }) => (entry === null ? [owner] : [])),
		shared: lines.filter(({ user }) => user === null),
		wide: lines.filter(({ host }) => host === null),
	};
}

/** "node1:5432:repmgr:repmgr", as the file has it. */
export function lineText({ lines }: PasswordSurvey, { line }: PassfileEntry): string {
	return (lines[line - 1] ?? "").replace(/:$/, "");
}
