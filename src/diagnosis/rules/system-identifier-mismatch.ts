import { isForeign } from "../members.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * SYSTEM_IDENTIFIER_MISMATCH: a node registered as primary or standby was not cloned from this cluster: another initdb,
 * another cluster's address, a restored image. It can neither stream nor be rewound. A witness has its own identifier.
 * Critical where it accepts writes under a member's name.
 */
export const systemIdentifierMismatch: Rule = (world) =>
	world.snapshot.nodes
		.filter((node) => isForeign(world, node))
		.map((node) => {
			const server = node.state.server.good?.value;
			const own = server?.systemIdentifier ?? node.state.host.good?.value.controlData?.systemIdentifier;
			const isWriting = node.observed.role === "primary";
			return finding({
				code: "SYSTEM_IDENTIFIER_MISMATCH",
				severity: isWriting ? "critical" : "warning",
				node,
				message: `${quoted(node)} belongs to another cluster: its system identifier is ${own}`,
				detail: `This cluster's is ${world.snapshot.cluster.systemIdentifier}.${isWriting ? " It accepts writes, which no other node will ever see." : ""}`,
				hint: "Check that its address in repmgr.nodes is right. If it is, and its data is not needed, clone it again from the primary (operation clone).",
				evidence: [
					evidenceOf(node, `system identifier ${own}`, server?.systemIdentifier ? "sql" : "ssh"),
					...world.snapshot.nodes
						.filter(
							({ state }) =>
								state.server.good?.value.systemIdentifier === world.snapshot.cluster.systemIdentifier,
						)
						.map((other) =>
							evidenceOf(other, `system identifier ${world.snapshot.cluster.systemIdentifier}`),
						),
				],
				doNot: "Do not clone over it before you know what data it holds, and do not try to rejoin it.",
			});
		});
