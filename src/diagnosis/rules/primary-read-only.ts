import { current } from "../../model/node-state.ts";
import { solePrimary } from "../members.ts";
import { psql } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, fenceEvidence, finding, type Rule } from "../world.ts";

/**
 * PRIMARY_READ_ONLY: default_transaction_read_only is on in the primary's configuration files, so that every write fails
 * unless its session asks for read-write. repmgr doesn't report it. This console's own sessions are always read-only, so
 * the files are read: as a superuser, or with EXECUTE on pg_show_all_file_settings().
 */
export const primaryReadOnly: Rule = (world) => {
	const node = solePrimary(world);
	if (node === null || current(node.state.server)?.readOnlyByDefault !== true) return [];
	const lift = psql(
		node,
		`make ${quoted(node)} accept writes again, if it was set by ALTER SYSTEM`,
		"ALTER SYSTEM RESET default_transaction_read_only",
	);
	return [
		finding({
			code: "PRIMARY_READ_ONLY",
			severity: "critical",
			node,
			message: `primary ${quoted(node)} is read-only by default`,
			detail:
				'Every write fails with "cannot execute … in a read-only transaction", unless its session asks for read-write.',
			hint: "Find out who set default_transaction_read_only and why: it may fence this node, or protect a disk that is nearly full. If it is set in postgresql.auto.conf, ALTER SYSTEM RESET and a reload lift it; otherwise edit the file that sets it.",
			evidence: [
				evidenceOf(node, "pg_file_settings: default_transaction_read_only = on"),
				...fenceEvidence(world, node),
			],
			remedy: {
				...lift,
				argv: [...lift.argv, "-c", "SELECT pg_reload_conf()"],
				intent: { kind: "unfence", nodeId: node.nodeId },
			},
			doNot: "Do not lift it while another node may accept writes: it may have been set as a fence.",
		}),
	];
};
