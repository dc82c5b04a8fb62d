import type { NodeSetup, PassfileSetup, Setup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { asRoot } from "../changes.ts";
import { isOn } from "../conf.ts";
import { hostsOf, neededBetween, type Purpose } from "../connections.ts";
import { hostOf, type LintRule, nodeRule, postgresManual, repmgrManual } from "../rule.ts";

const PASSWORD_METHODS = ["md5", "scram-sha-256", "password"];

/** PASSFILE_PERMISSIONS: libpq ignores a password file that others can read. */
export const passfilePermissions = nodeRule("PASSFILE_PERMISSIONS", ["passfile"], ({ passfile }, node) => {
	const { file, path } = passfile;
	if (file === null || (file.mode & 0o077) === 0) return [];
	return [
		{
			severity: "error",
			message: `the password file of ${quoted(node.registration)} can be read by users other than ${file.owner}`,
			place: { file: path, line: null },
			why: `Its mode is ${file.mode.toString(8).padStart(4, "0")}. libpq ignores it: repmgr and replication fail with "no password supplied". Its passwords may also be known to others.`,
			link: postgresManual("libpq-pgpass"),
			change: [asRoot(node, ["chmod", "600", path])],
		},
	];
});

interface Missing {
	readonly to: NodeSetup;
	/** Without the password. */
	readonly line: string;
}

/** The nodes for whose password this node has no line; PASSFILE_PERMISSIONS reports a file that libpq ignores. */
function missingLines(
	node: NodeSetup,
	{ lines }: PassfileSetup,
	purpose: Purpose,
	setup: Setup,
): readonly Missing[] {
	return setup.nodes.flatMap((to): readonly Missing[] => {
		const needed = neededBetween(node, to, purpose);
		const registered = to.sources.registered.value;
		if (needed === null || registered === undefined || needed.decision.kind !== "rule") return [];
		// With several hosts libpq searches a line for each one.
		if (hostsOf(registered).length > 1) return [];
		if (!PASSWORD_METHODS.includes(needed.decision.rule.method)) return [];
		const { host = registered.hostaddr ?? "localhost", port = "5432", password } = registered;
		const { conf } = node.sources;
		const isGiven =
			password !== undefined &&
			(purpose === "repmgr" ||
				(conf.value !== undefined && isOn(conf.value, "use_primary_conninfo_password")));
		const wanted = { host, port, dbname: needed.connection.database, user: needed.connection.user };
		const isThere = lines.some((line) =>
			(["host", "port", "dbname", "user"] as const).every(
				(field) => line[field] === null || line[field] === wanted[field],
			),
		);
		return isGiven || isThere ? [] : [{ to, line: Object.values(wanted).map(escaped).join(":") }];
	});
}

/** ":" and "\" in a field (manual 34.16). */
function escaped(field: string): string {
	return field.replace(/[\\:]/g, "\\$&");
}

function missing(code: string, purpose: Purpose, what: string, why: string): LintRule {
	return nodeRule(code, ["passfile"], ({ passfile }, node, setup) => {
		const found = missingLines(node, passfile, purpose, setup);
		if (found.length === 0) return [];
		return [
			{
				severity: "error",
				message: `${quoted(node.registration)} has no password for ${what} ${listed(found.map(({ to }) => quoted(to.registration)))}`,
				place: { file: passfile.path, line: null },
				why,
				link: repmgrManual("configuration-password-management"),
				change: found.map(({ line }) => ({
					title: `to ${passfile.path} on ${hostOf(node)} (mode 0600), with the password for PASSWORD`,
					text: `${line}:PASSWORD`,
				})),
			},
		];
	});
}

/** PASSFILE_LINE_MISSING: pg_hba.conf requires a password that the password file does not have. */
export const passfileLineMissing = missing(
	"PASSFILE_LINE_MISSING",
	"repmgr",
	"repmgr's database on",
	'pg_hba.conf there requires one. repmgr on this host fails with "fe_sendauth: no password supplied" and counts the node as unreachable.',
);

/** PASSFILE_REPLICATION_LINE_MISSING: a line for repmgr's database does not cover replication. */
export const passfileReplicationLineMissing = missing(
	"PASSFILE_REPLICATION_LINE_MISSING",
	"replication",
	"replication from",
	"Replication needs a line with the database \"replication\" (or *): one for repmgr's database is not enough. As a standby of that node, after a failover or switchover, this one can't stream.",
);
