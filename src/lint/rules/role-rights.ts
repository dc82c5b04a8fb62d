import { listed, quoted } from "../../cluster/words.ts";
import { confValue } from "../conf.ts";
import { repmgrManual } from "../links.ts";
import { hostOf, nodeRule, REGISTERED } from "../rule.ts";

/** ROLE_RIGHTS: what a role that is no superuser needs (manual, "repmgr database user permissions"). */
export const roleRights = nodeRule(
	"ROLE_RIGHTS",
	["server", "registered"],
	({ server, registered }, node) => {
		const { role } = server;
		const { user } = registered;
		if (user === undefined || role?.isSuperuser === true) return [];
		const ownReplication =
			node.sources.conf.value && confValue(node.sources.conf.value, "replication_user") !== "";
		const lacksReplication = role !== null && !role.canReplicate && !ownReplication;
		const missing = role?.missingRoles ?? [];
		if (role !== null && !lacksReplication && missing.length === 0) return [];
		const name = `"${user.replaceAll('"', '""')}"`;
		const lacks = [...(lacksReplication ? ["REPLICATION"] : []), ...missing];
		return [
			{
				severity: role === null || lacksReplication ? "error" : "warning",
				message:
					role === null
						? `role "${user}" of the registered conninfo does not exist on ${quoted(node.registration)}`
						: `role "${user}" on ${quoted(node.registration)} is no superuser and lacks ${listed(lacks)}`,
				place: role === null ? REGISTERED : { file: "view pg_roles", line: null },
				why:
					role === null
						? "No repmgr of another node can connect to this one."
						: "Without REPLICATION nobody can be cloned from here or stream from here; without the other roles repmgr does not see where the data lie, who is attached, and can't checkpoint before a switchover.",
				link: repmgrManual("configuration-permissions"),
				change: [
					{
						title: `in SQL, as superuser on the primary${node.registration.type === "witness" ? ` and on ${hostOf(node)}` : ""}`,
						text:
							role === null
								? `CREATE ROLE ${name} LOGIN REPLICATION IN ROLE pg_monitor;`
								: [
										...(lacksReplication ? [`ALTER ROLE ${name} REPLICATION;`] : []),
										...(missing.length > 0 ? [`GRANT ${missing.join(", ")} TO ${name};`] : []),
									].join(" "),
					},
				],
			},
		];
	},
);
