import type { NodeSetup, RoleSetup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { confValue } from "../conf.ts";
import { type Draft, hostOf, nodeRule, REGISTERED, repmgrManual } from "../rule.ts";

const LINK = repmgrManual("configuration-permissions");

/** ROLE_RIGHTS: the privileges that a role without superuser needs (repmgr manual, "repmgr database user permissions"). */
export const roleRights = nodeRule(
	"ROLE_RIGHTS",
	["server", "registered"],
	({ server, registered }, node) => {
		const { user } = registered;
		if (user === undefined) return [];
		if (server.role === null) return [absent(user, node)];
		return server.role.isSuperuser ? [] : lacking(server.role, node);
	},
);

function absent(user: string, node: NodeSetup): Draft {
	return {
		severity: "error",
		message: `role "${user}" of the registered conninfo does not exist on ${quoted(node.registration)}`,
		place: REGISTERED,
		why: "repmgr on other nodes can't connect to this one.",
		link: LINK,
		change: [
			{ title: where(node), text: `CREATE ROLE ${identifier(user)} LOGIN REPLICATION IN ROLE pg_monitor;` },
		],
	};
}

function lacking(role: RoleSetup, node: NodeSetup): readonly Draft[] {
	const { conf } = node.sources;
	const hasOther = conf.value !== undefined && confValue(conf.value, "replication_user") !== "";
	const lacksReplication = !role.canReplicate && !hasOther;
	const { missingRoles, missingFunctions } = role;
	const lacks = [
		...(lacksReplication ? ["REPLICATION"] : []),
		...missingRoles,
		...missingFunctions.map((name) => `EXECUTE on ${name}`),
	];
	if (lacks.length === 0) return [];
	const name = identifier(role.name);
	return [
		{
			severity: lacksReplication ? "error" : "warning",
			message: `role "${role.name}" on ${quoted(node.registration)} is not a superuser and lacks ${listed(lacks)}`,
			place: { file: "view pg_roles", line: null },
			why: "Without REPLICATION no standby can be cloned from or stream from here; without the rest repmgr can't see the data directory or the attached standbys, can't checkpoint before a switchover, and can't promote or resume replay by SQL.",
			link: LINK,
			change: [
				...(lacksReplication ? [`ALTER ROLE ${name} REPLICATION;`] : []),
				...(missingRoles.length > 0 ? [`GRANT ${missingRoles.join(", ")} TO ${name};`] : []),
				...missingFunctions.map((routine) => `GRANT EXECUTE ON FUNCTION ${routine} TO ${name};`),
			].map((text) => ({ title: where(node), text })),
		},
	];
}

/** Standbys have the primary's roles, a witness its own. */
function where(node: NodeSetup): string {
	const host = node.registration.type === "witness" ? hostOf(node) : "the primary";
	return `in SQL as superuser, in repmgr's database on ${host}`;
}

function identifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
