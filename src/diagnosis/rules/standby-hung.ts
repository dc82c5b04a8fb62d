import { DATABASE_OWNER } from "../../model/registration.ts";
import { isMoreThanAStall, isPastGrace } from "../grace.ts";
import { isFormerPrimary, primariesSeen, standbys } from "../members.ts";
import { feedOf } from "../wal-senders.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence } from "../world.ts";

/**
 * STANDBY_HUNG: a standby accepts connections and does not answer, or serves open sessions and hangs on (or refuses) new
 * ones, for longer than the grace time. A synchronous standby that hangs blocks commits.
 */
export const standbyHung: Rule = (world) =>
	standbys(world)
		.filter(
			({ observed }) => observed.status === "hung" || (observed.status === "refusing" && observed.reachable),
		)
		// An open session proves that it does not restart.
		.filter((node) => (node.observed.reachable ? isMoreThanAStall : isPastGrace)(world, node))
		.map((node) => {
			const process = node.state.host.good?.value.postmaster;
			const frozen = process && process.state === "T" ? process.pid : null;
			const feed = feedOf(world, node);
			const isFormer = isFormerPrimary(world, node) && primariesSeen(world).length > 0;
			return finding({
				code: "STANDBY_HUNG",
				severity: "warning",
				node,
				message: isFormer
					? `${quoted(node)}, the former primary, hangs`
					: node.observed.reachable
						? `standby ${quoted(node)} accepts no new connections, though open sessions still work`
						: `standby ${quoted(node)} accepts connections, but does not answer`,
				detail: isFormer
					? "If it wakes up, it accepts writes beside the present primary."
					: "It can't serve reads, and may not be able to take over.",
				hint:
					frozen === null
						? "Check its host: load, memory, blocked I/O (processes in state D), a full disk."
						: isFormer
							? `Its postmaster (${frozen}) is frozen: stop it there (kill -KILL) rather than wake it up, then rejoin the node.`
							: `Its postmaster is frozen (SIGSTOP, a debugger, a frozen cgroup): "kill -CONT ${frozen}" as its owner wakes it up.`,
				evidence: [
					statusEvidence(node),
					...(process
						? [evidenceOf(node, `postmaster ${process.pid} in state ${process.state}`, "ssh")]
						: []),
					...(typeof feed === "object"
						? [
								evidenceOf(
									feed.from,
									`walsender ${feed.sender.pid} for it, flushed up to ${feed.sender.flushLsn ?? "unknown"}`,
								),
							]
						: []),
				],
				remedy:
					frozen === null || isFormer
						? null
						: {
								title: `wake up the postmaster of ${quoted(node)}`,
								nodeId: node.nodeId,
								user: DATABASE_OWNER,
								argv: ["kill", "-CONT", String(frozen)],
							},
				...(isFormer && { doNot: "Do not wake it up: it does not know that another node was promoted." }),
			});
		});
