import { DATABASE_OWNER } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { failoverOf } from "../failover.ts";
import { isMoreThanAStall } from "../grace.ts";
import { lossOf, possiblyPromoted } from "../lost-primary.ts";
import { solePrimary } from "../members.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence, type World } from "../world.ts";

/**
 * PRIMARY_HUNG: connections open and get no answer, or open sessions work while new connections hang or are refused. With
 * a frozen postmaster existing sessions and walsenders go on, so only a new connection shows it. repmgr's default
 * connection_check_type=ping may or may not notice (issue #851). If it wakes up after a promotion, there are two primaries.
 */
export const primaryHung: Rule = (world) => {
	const node = hungPrimary(world);
	if (node === null || !isMoreThanAStall(world, node)) return [];
	const { state, observed } = node;
	const process = state.host.good?.value.postmaster;
	const frozen = process && process.state === "T" ? process.pid : null;
	const isOpen = observed.reachable;
	const { isUnderWay, candidates, secondsLimit, clock, overdue } = failoverOf(world, { kind: "hung", node });
	const names = listed(candidates.map(quoted));
	const how = observed.status === "refusing" ? "refuses new connections" : "does not answer new connections";
	return [
		finding({
			code: "PRIMARY_HUNG",
			severity: "critical",
			node,
			message: `${
				isOpen
					? `primary ${quoted(node)} ${how}, though open sessions still work`
					: `primary ${quoted(node)} accepts connections, but does not answer`
			}${overdue === null ? "" : ", and the failover is overdue"}`,
			detail: `${
				isOpen
					? "Connected clients go on writing; no new ones get in."
					: "It is not down: unfinished work may go on when it wakes up."
			} ${
				overdue !== null
					? overdue
					: clock !== null && !isOpen
						? `repmgrd ${clock}.`
						: isUnderWay
							? `If this lasts, repmgrd on ${names} treats it as dead and promotes a standby beside it.`
							: "repmgrd may treat it as dead and promote a standby."
			}`,
			hint:
				isUnderWay && overdue === null
					? `Wait until repmgrd has promoted a standby, at most ${formatDuration(secondsLimit)}; then stop this server for good (stop its host, or kill -KILL its processes) before it wakes up. If no standby is promoted by then, check its host: load, memory, blocked I/O, a full disk${frozen === null ? "" : `; its postmaster (${frozen}) is frozen`}.`
					: frozen === null
						? "Check its host: load, memory, blocked I/O (processes in state D), a full disk."
						: `Its postmaster is frozen (SIGSTOP, a debugger, a frozen cgroup): "kill -CONT ${frozen}" as its owner wakes it up.${overdue === null ? "" : ` Or stop it for good (kill -KILL its processes, or stop its host), pause repmgrd, and promote a standby.`}`,
			evidence: [
				statusEvidence(node),
				...(process ? [evidenceOf(node, `postmaster ${process.pid} in state ${process.state}`, "ssh")] : []),
			],
			remedy:
				frozen === null || (isUnderWay && overdue === null) || possiblyPromoted(world, node).length > 0
					? null
					: {
							title: `wake up the postmaster of ${quoted(node)}, unless a standby was promoted meanwhile`,
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
	// One whose session still works is "refusing" because its ping failed.
	return primary && ["hung", "refusing"].includes(primary.observed.status) ? primary : null;
}
