import { isAllUnreachable } from "../lost-primary.ts";
import { consoleEvidence, evidenceOf, finding, type Rule } from "../world.ts";

const CUT_OFF = [
	"Nothing is known of the cluster: it may be well, and only this console cut off.",
	"Check this machine's own network, VPN, name resolution and firewall first, and look from another place.",
] as const;

const FILTERED = [
	"Hosts answer SSH, but nobody can connect to PostgreSQL's port from here.",
	"Look for a firewall between this machine and the port, and at the servers over SSH.",
] as const;

const HANGING = [
	"Servers accept connections, and none answers in time: this machine may be too busy to listen, or a storage that they share stands still.",
	"Look at the load and the network of this machine first, then at the servers and their storage over SSH.",
] as const;

/**
 * ALL_UNREACHABLE: not one node answers, and none refuses either. The likeliest common cause is on our
 * side: the network of this machine, a VPN, name resolution, a firewall, its own load (field notes 3.1,
 * DeadMasterAndReplicas). Nothing is known of the cluster then, so nothing is critical.
 */
export const allUnreachable: Rule = (world) => {
	if (!isAllUnreachable(world)) return [];
	const { nodes } = world.snapshot;
	const hosts = nodes.filter(({ state }) => state.host.good !== null && state.host.fault === null);
	const isAnyHung = nodes.some(({ observed }) => observed.status === "hung");
	const [detail, hint] = isAnyHung ? HANGING : hosts.length > 0 ? FILTERED : CUT_OFF;
	return [
		finding({
			code: "ALL_UNREACHABLE",
			severity: "unknown",
			message:
				nodes.length === 1
					? `the only node ${isAnyHung ? "does not answer" : "can't be reached from here"}`
					: `no node ${isAnyHung ? "answers" : "can be reached from here"}`,
			detail,
			hint,
			evidence: [
				consoleEvidence(world, `${nodes.length} of ${nodes.length} nodes do not answer`),
				...nodes.map((node) => evidenceOf(node, node.fault?.message ?? "no answer")),
			],
			doNot: "Do not promote, restart or fence anything from what is seen here: from here nothing is seen.",
		}),
	];
};
