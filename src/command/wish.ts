import type { DrillIntent, Intent, PromoteIntent, RejoinIntent, SwitchoverIntent } from "../model/intent.ts";
import { current } from "../model/node-state.ts";
import type { Session } from "../session/session.ts";

/** An intent as words say it: nodes by their name or id. Without an upstream, `follow` means the primary. */
export type Wish =
	| Named<SwitchoverIntent>
	| Named<PromoteIntent>
	/** Without a node: the primary. */
	| (Omit<DrillIntent, "nodeId"> & { readonly node: string | null })
	| Extract<Intent, { kind: "pause" | "unpause" }>
	| { readonly kind: "follow"; readonly node: string; readonly upstream: string | null }
	| Named<RejoinIntent>
	| Extract<Intent, { kind: "cleanup" }>
	/** A standby without a row is meant by its name or address; then its repmgr.conf is there. */
	| { readonly kind: "register"; readonly node: string; readonly configFile: string }
	| {
			readonly kind:
				| ("start" | "stop" | "restart" | "repmgrd-start" | "repmgrd-stop")
				| ("witness-register" | "unregister");
			readonly node: string;
	  };

type Named<T extends { readonly nodeId: number }> = Omit<T, "nodeId"> & { readonly node: string };

/** What is meant; or, as a text, why that can't be told. */
export function intentOf(wish: Wish, session: Session): Intent | string {
	if (!("node" in wish)) return wish;
	if (wish.kind === "drill") {
		const { primaryNodeId } = session.store.getState().snapshot.cluster;
		const drilled = wish.node === null ? primaryNodeId : nodeIdOf(wish.node, session);
		if (drilled === null) return "no primary is seen, or more than one";
		return typeof drilled === "string" ? drilled : { kind: "drill", how: wish.how, nodeId: drilled };
	}
	if (wish.kind === "register") {
		const registered = nodeIdOf(wish.node, session);
		if (typeof registered === "number") return { kind: "register", nodeId: registered };
		return isStandbyCalled(wish.node, session)
			? { kind: "register-host", host: wish.node, configFile: wish.configFile }
			: registered;
	}
	const { node, ...rest } = wish;
	const nodeId = nodeIdOf(node, session);
	if (typeof nodeId === "string") return nodeId;
	if (rest.kind !== "follow") return { ...rest, nodeId };
	const { primaryNodeId } = session.store.getState().snapshot.cluster;
	const upstreamNodeId = rest.upstream === null ? primaryNodeId : nodeIdOf(rest.upstream, session);
	if (upstreamNodeId === null) return "no primary is seen, or more than one: give --upstream";
	return typeof upstreamNodeId === "string" ? upstreamNodeId : { kind: "follow", nodeId, upstreamNodeId };
}

/** Does a standby stream under that name, or from that address? */
function isStandbyCalled(word: string, { store }: Session): boolean {
	return store
		.getState()
		.snapshot.nodes.some(({ state }) =>
			current(state.server)?.walSenders.some(
				({ applicationName, clientAddress }) => applicationName === word || clientAddress === word,
			),
		);
}

/** Names come first: a node may be called "2". */
function nodeIdOf(word: string, { store }: Session): number | string {
	const { nodes } = store.getState().snapshot;
	const named = nodes.filter(({ nodeName }) => nodeName === word);
	const found = named.length > 0 ? named : nodes.filter(({ nodeId }) => String(nodeId) === word);
	const [only] = found;
	if (only !== undefined && found.length === 1) return only.nodeId;
	return only === undefined
		? `there is no node "${word}"; there are ${nodes.map(({ nodeName }) => nodeName).join(", ")}`
		: `more than one node is called "${word}": give its id`;
}
