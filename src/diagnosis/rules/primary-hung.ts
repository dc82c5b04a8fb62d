import { DATABASE_OWNER } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { duration, listed, quoted } from "../advice.ts";
import { failoverOf } from "../failover.ts";
import { isMoreThanAStall } from "../grace.ts";
import { lossOf, possiblyPromoted } from "../lost-primary.ts";
import { solePrimary } from "../members.ts";
import { evidenceOf, finding, type Rule, statusEvidence, type World } from "../world.ts";

/**
 * PRIMARY_HUNG: connections open and get no answer, or open sessions go on while new connections hang (a
 * frozen postmaster; a console that only keeps its session sees a healthy primary then, field notes 0), or
 * are refused. repmgr's default connection_check_type=ping may or may not notice (issue #851). When it wakes
 * up after a promotion there are two primaries.
 */
export const primaryHung: Rule = (world) => {
	const node = hungPrimary(world);
	if (node === null || !isMoreThanAStall(world, node)) return [];
	const { state, observed } = node;
	const process = state.host.good?.value.postmaster;
	const frozen = process && process.state === "T" ? process.pid : null;
	const isOpen = observed.reachable;
	const { isUnderWay, candidates, secondsLimit, clock, overdue } = failoverOf(world, { kind: "hung", node });
	const electors = listed(candidates.map(quoted));
	const how = observed.status === "refusing" ? "refuses new connections" : "does not answer new connections";
	return [
		finding({
			code: "PRIMARY_HUNG",
			severity: "critical",
			node,
			message: `${
				isOpen
					? `primary ${quoted(node)} ${how}, though open sessions go on`
					: `primary ${quoted(node)} accepts connections, but does not answer`
			}${overdue === null ? "" : ", and the failover that was due has not come"}`,
			detail: `${
				isOpen
					? "Clients that are connected go on writing; nobody else gets in."
					: "It is not down: what it had begun may go on when it wakes up."
			} ${
				overdue !== null
					? overdue
					: clock !== null && !isOpen
						? `repmgrd ${clock}.`
						: isUnderWay
							? `repmgrd on ${electors} takes it for dead when it stays so, and promotes a standby beside it.`
							: "repmgrd may take it for dead and promote a standby."
			}`,
			hint:
				isUnderWay && overdue === null
					? `Wait until repmgrd has promoted a standby, at most ${duration(secondsLimit)}; then end this server for good (stop its host, or kill -KILL its processes) before it wakes up. If nothing is promoted by then, look at its host: load, memory, blocked I/O, a full disk${frozen === null ? "" : `; its postmaster (${frozen}) stands still`}.`
					: frozen === null
						? "Look at its host: load, memory, blocked I/O (processes in state D), a full disk."
						: `Its postmaster stands still (SIGSTOP, a debugger, a frozen cgroup): "kill -CONT ${frozen}" as its owner wakes it up.${overdue === null ? "" : ` Or end it for good (kill -KILL its processes, or stop its host), pause repmgrd, and promote a standby.`}`,
			evidence: [
				statusEvidence(node),
				...(process ? [evidenceOf(node, `postmaster ${process.pid} in state ${process.state}`, "ssh")] : []),
			],
			remedy:
				frozen === null || (isUnderWay && overdue === null) || possiblyPromoted(world, node).length > 0
					? null
					: {
							title: `let the postmaster of ${quoted(node)} go on, unless a standby was promoted meanwhile`,
							nodeId: node.nodeId,
							user: DATABASE_OWNER,
							argv: ["kill", "-CONT", String(frozen)],
						},
			doNot:
				"Do not promote a standby before this server is stopped for good: it may wake up and accept writes beside the new primary.",
		}),
	];
};

function hungPrimary(world: World): NodeView | null {
	const loss = lossOf(world);
	if (loss?.kind === "hung") return loss.node;
	const primary = solePrimary(world);
	// A primary that is read is "refusing" by its ping alone.
	return primary && ["hung", "refusing"].includes(primary.observed.status) ? primary : null;
}
