import { authoritativeRegistrations } from "../assess/authority.ts";
import type { Evidence } from "../model/finding.ts";
import { current } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { NodeView } from "../model/snapshot.ts";
import { consoleEvidence, predatesConsole, type World } from "./world.ts";

/** The authoritative copy of repmgr.nodes and the node that holds it; null while none can be read. */
export function authoritativeCopy({
	snapshot,
}: World): { readonly holder: NodeView; readonly rows: readonly Registration[] } | null {
	const rows = authoritativeRegistrations(snapshot.nodes.map(({ state }) => state));
	const holder = rows && snapshot.nodes.find(({ state }) => current(state.server)?.registrations === rows);
	return holder ? { holder, rows } : null;
}

/** Has a node's copy been the same ever since this console started? */
export function isCopyUnchanged(world: World, node: NodeView): boolean {
	const since = node.state.server.good?.value.registrationsSince ?? null;
	return since !== null && predatesConsole(world, node, since);
}

/** Has the authoritative copy been the same for the grace time, or ever since this console started? repmgrd writes short-lived changes. */
export function isCopySettled(world: World): boolean {
	const holder = authoritativeCopy(world)?.holder;
	const since = holder?.state.server.good?.value.registrationsSince ?? null;
	if (holder === undefined || since === null || isCopyUnchanged(world, holder)) return true;
	return world.snapshot.takenAt - since >= world.thresholds.graceSeconds * 1000;
}

/** Evidence from the authoritative copy. */
export function registeredEvidence(world: World, text: string): Evidence {
	const holder = authoritativeCopy(world)?.holder;
	return holder === undefined
		? consoleEvidence(world, `repmgr.nodes: ${text}`)
		: {
				nodeId: holder.nodeId,
				at: holder.state.server.good?.at ?? 0,
				by: "sql",
				text: `repmgr.nodes: ${text}`,
			};
}
