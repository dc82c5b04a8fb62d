import { quoted } from "../advice.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * WRONG_PASSWORD: a server rejects this console's password, or asks for one and none is known (SQLSTATE 28P01).
 * It runs, and more is not known of it. If repmgr uses the same user and password, its commands, repmgrd and
 * replication will fail as well (issues #509, #658; field notes 2, pain 6).
 */
export const wrongPassword: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const { fault } = node;
		if (fault?.code !== "28P01") return [];
		return [
			finding({
				code: "WRONG_PASSWORD",
				severity: "warning",
				node,
				message: `${quoted(node)} rejects this console's password`,
				detail: `It says: ${fault.message}. ${fault.detail ?? "It runs; nothing else is known of it now."}`,
				hint:
					fault.hint ??
					"Check the password in ~/.pgpass (one line for this host, port, database and user; mode 0600) or PGPASSWORD.",
				evidence: [evidenceOf(node, `SQLSTATE 28P01: ${fault.message}`)],
				doNot: "Do not take the node for down: it answers.",
			}),
		];
	});
