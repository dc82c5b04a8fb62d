import { current } from "../../model/node-state.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * REPMGRD_NOT_PRELOADED: shared_preload_libraries lacks repmgr. repmgrd then refuses to start, and repmgr's functions
 * return null (repmgr.c; issues #153, #675). Not reported where the setting may not be read.
 */
export const repmgrdNotPreloaded: Rule = ({ snapshot }) =>
	snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		const libraries = server?.settings.shared_preload_libraries;
		if (libraries === undefined || namesRepmgr(libraries)) return [];
		return [
			finding({
				code: "REPMGRD_NOT_PRELOADED",
				severity: "warning",
				node,
				message: `the server on ${quoted(node)} does not preload repmgr's library`,
				detail: "repmgrd can't run on this node without it, so the node takes no part in a failover.",
				hint: "Append repmgr to shared_preload_libraries in postgresql.conf, and restart PostgreSQL at a quiet time.",
				evidence: [evidenceOf(node, `shared_preload_libraries = '${libraries}'`)],
				doNot:
					libraries.trim() === ""
						? "Do not restart a primary for this alone: a switchover to a node that is ready is a shorter outage."
						: `Do not set shared_preload_libraries to 'repmgr' alone: ${libraries} would be lost.`,
			}),
		];
	});

function namesRepmgr(libraries: string): boolean {
	return libraries.split(",").some((name) => /^["\s]*(?:.*\/)?repmgr(?:\.so)?["\s]*$/.test(name));
}
