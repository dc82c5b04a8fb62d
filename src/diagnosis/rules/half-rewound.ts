import { current } from "../../model/node-state.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * HALF_REWOUND: pg_rewind began on a node's data directory and did not end. It holds pages of two servers then, while its control
 * data, which pg_rewind writes last, look like those of a server that was shut down cleanly: started, it comes up damaged. The
 * manual says of such a directory: take a new backup (reference III, pg_rewind, "Warning: Failures While Rewinding").
 */
export const halfRewound: Rule = ({ snapshot }) =>
	snapshot.nodes.flatMap((node) => {
		const host = current(node.state.host);
		if (host?.isHalfRewound !== true) return [];
		const runs = host.postmaster !== false && host.postmaster !== null;
		return [
			finding({
				code: "HALF_REWOUND",
				severity: "critical",
				node,
				message: `a rewind of ${quoted(node)} has broken off`,
				detail: `Its data directory holds pages of two servers${runs ? ", and a server runs on it" : ""}: it can't be repaired.`,
				hint: `${runs ? "Stop it, and clone" : "Clone"} it again: clone ${node.nodeName}. The WAL that the rewind discarded was saved on its host before.`,
				evidence: [
					evidenceOf(
						node,
						`pg_rewind began in ${host.dataDirectory ?? "its data directory"}, and the control data are still on timeline ${host.controlData?.timeline ?? "unknown"}`,
					),
				],
				remedy: null,
				doNot: `Do not start PostgreSQL on ${quoted(node)}: it would come up with damaged data, as a primary perhaps.`,
			}),
		];
	});
