import { isMoreThanAStall, isPastGrace } from "../grace.ts";
import { isRejectionExplained } from "../lost-primary.ts";
import { startServer } from "../remedies.ts";
import { connectionHint, notReached, quoted } from "../words.ts";
import { finding, type Rule, statusEvidence } from "../world.ts";

/**
 * WITNESS_DOWN: the witness does not answer queries, so it has no vote; with one standby no failover is possible then
 * (do_election() in repmgrd-physical.c; reported by FAILOVER_NOT_READY). WITNESS_UNREACHABLE_FROM_HERE: the other nodes
 * may still reach it, so the severity is unknown.
 */
export const witnessDown: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const { status } = node.observed;
		if (node.registered.type !== "witness") return [];
		// An open session proves that it does not restart.
		if (!(node.observed.reachable ? isMoreThanAStall : isPastGrace)(world, node)) return [];
		const evidence = [statusEvidence(node)];
		const detail =
			"While the witness does not answer it has no vote, and a failover may fail for lack of a majority.";
		switch (status) {
			case "stopped":
				return [
					finding({
						code: "WITNESS_DOWN",
						severity: "warning",
						node,
						message: `witness ${quoted(node)} is down`,
						detail,
						hint: "Start PostgreSQL there, and check that its repmgrd runs afterwards.",
						evidence,
						remedy: startServer(node),
					}),
				];
			case "refusing":
			case "hung":
			case "starting":
			case "stopping": {
				const words = {
					refusing: "refuses connections",
					hung: "does not answer",
					starting: "is still starting",
					stopping: "is still shutting down",
				};
				return [
					finding({
						code: "WITNESS_DOWN",
						severity: "warning",
						node,
						message: `witness ${quoted(node)} ${words[status]}`,
						detail,
						hint: "Check the server's log and its processes on its host.",
						evidence,
					}),
				];
			}
			case "unreachable":
			case "unresolved":
				return [
					finding({
						code: "WITNESS_UNREACHABLE_FROM_HERE",
						severity: "unknown",
						node,
						message: notReached(`witness ${quoted(node)}`, node),
						detail:
							"Whether the other nodes reach it is not known. If they don't, a failover may fail for lack of a majority.",
						hint: connectionHint(
							node,
							"Check the network from here to its host, and try to reach it from the other nodes.",
						),
						evidence,
					}),
				];
			case "rejecting":
				return isRejectionExplained(node)
					? []
					: [
							finding({
								code: "WITNESS_UNREACHABLE_FROM_HERE",
								severity: "unknown",
								node,
								message: `witness ${quoted(node)} rejects this console`,
								detail: "It answers, but whether the other nodes can use it is not known.",
								hint: `The server says: ${node.fault?.message ?? "no reason"}. Fix that to see it again.`,
								evidence,
							}),
						];
			default:
				return [];
		}
	});
