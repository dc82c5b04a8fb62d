import { isAllUnreachable } from "../lost-primary.ts";
import { consoleEvidence, evidenceOf, finding, type Rule } from "../world.ts";

const CUT_OFF = [
	"Nothing is known about the cluster: it may be healthy, with only this console cut off.",
	"Check this machine's own network, VPN, name resolution and firewall first, and try from another host.",
] as const;

const FILTERED = [
	"Hosts answer SSH, but PostgreSQL's port can't be reached from here.",
	"Look for a firewall between this machine and the port, and check the servers over SSH.",
] as const;

const HANGING = [
	"Servers accept connections, but none answers in time: this machine may be too busy, or storage that they share may hang.",
	"Check the load and the network of this machine first, then the servers and their storage over SSH.",
] as const;

/**
 * ALL_UNREACHABLE: no node answers, and none refuses. The likeliest common cause is on this side: this machine's
 * network, VPN, name resolution, firewall or load (Orchestrator's DeadMasterAndReplicas). Nothing is known about the
 * cluster then, so nothing is critical.
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
			doNot: "Do not promote, restart or fence anything because of this: nothing can be seen from here.",
		}),
	];
};
