import { authoritativeRegistrations } from "../cluster/authority.ts";
import type { Evidence } from "../cluster/finding.ts";
import { current } from "../cluster/node-state.ts";
import type { Registration } from "../cluster/registration.ts";
import type { NodeView } from "../cluster/snapshot.ts";
import { consoleEvidence, type World } from "./world.ts";

/** The copy of repmgr.nodes that is believed now, and whose it is; null while none can be read. */
export function believedCopy({
	snapshot,
}: World): { readonly holder: NodeView; readonly rows: readonly Registration[] } | null {
	const rows = authoritativeRegistrations(snapshot.nodes.map(({ state }) => state));
	const holder = rows && snapshot.nodes.find(({ state }) => current(state.server)?.registrations === rows);
	return holder ? { holder, rows } : null;
}

/** What is registered, by the node whose copy is believed. */
export function registeredEvidence(world: World, text: string): Evidence {
	const holder = believedCopy(world)?.holder;
	return holder === undefined
		? consoleEvidence(world, `repmgr.nodes: ${text}`)
		: {
				nodeId: holder.nodeId,
				at: holder.state.server.good?.at ?? 0,
				by: "sql",
				text: `repmgr.nodes: ${text}`,
			};
}
