import { notReached, quoted, startServer, wayHint } from "../advice.ts";
import { isMoreThanAStall, isPastGrace } from "../grace.ts";
import { isRejectionExplained } from "../lost-primary.ts";
import { finding, type Rule, statusEvidence } from "../world.ts";

/**
 * WITNESS_DOWN: the witness does not serve, so it has no vote; with one standby that means no failover at
 * all (field notes 1.9; FAILOVER_NOT_READY says so). WITNESS_UNREACHABLE_FROM_HERE: it may well be there for
 * the others: severity unknown.
 */
export const witnessDown: Rule = (world) =>
	world.snapshot.nodes.flatMap((node) => {
		const { status } = node.observed;
		if (node.registered.type !== "witness") return [];
		// An open session proves that this is no restart.
		if (!(node.observed.reachable ? isMoreThanAStall : isPastGrace)(world, node)) return [];
		const evidence = [statusEvidence(node)];
		const detail = "The witness has no vote while it does not serve, so a failover may lack its majority.";
		switch (status) {
			case "stopped":
				return [
					finding({
						code: "WITNESS_DOWN",
						severity: "warning",
						node,
						message: `witness ${quoted(node)} is down`,
						detail,
						hint: "Start PostgreSQL there, and see that its repmgrd is running afterwards.",
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
						hint: "Look at its host: the server's log and its processes.",
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
							"Whether it serves the other nodes is not known. If it does not, a failover may lack its majority.",
						hint: wayHint(
							node,
							"Check the way from here to its host, and try to reach it from the other nodes.",
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
								message: `witness ${quoted(node)} turns this console away`,
								detail: "It answers, but whether it serves the other nodes is not known.",
								hint: `The server says: ${node.fault?.message ?? "no reason"}. Mend that, to see it again.`,
								evidence,
							}),
						];
			default:
				return [];
		}
	});
