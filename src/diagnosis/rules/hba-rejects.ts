import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * HBA_REJECTS: a server's pg_hba.conf has no line for this console, or one that rejects it, or one with a method that
 * this console can't use (SQLSTATE 28000: peer, ident, certificate; also a role that does not exist). The server runs;
 * more is not known. Open sessions are not affected.
 */
export const hbaRejects: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const { fault } = node;
		if (fault?.code !== "28000") return [];
		const isHba = /pg_hba\.conf/.test(fault.message);
		return [
			finding({
				code: "HBA_REJECTS",
				severity: "warning",
				node,
				message: isHba
					? `pg_hba.conf of ${quoted(node)} rejects this console`
					: `${quoted(node)} does not let this console's user log in`,
				detail: `It says: ${fault.message}. It runs; nothing else is known about it now.`,
				hint: isHba
					? "Add a line for this host, user and database to pg_hba.conf there and reload it; the first line that matches decides. Check also that repmgr's own hosts are not rejected."
					: "Check the user name, and the method that pg_hba.conf requires.",
				evidence: [evidenceOf(node, `SQLSTATE 28000: ${fault.message}`)],
				doNot: "Do not assume that the node is down: it answers.",
			}),
		];
	});
