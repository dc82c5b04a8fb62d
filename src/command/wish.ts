import type {
	DrillIntent,
	Intent,
	PromoteIntent,
	RejoinIntent,
	SwitchoverIntent,
} from "../cluster/intent.ts";
import type { Session } from "../session.ts";

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
	| {
			readonly kind:
				| ("start" | "restart" | "repmgrd-start" | "repmgrd-stop")
				| ("register" | "witness-register" | "unregister");
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
	const { node, ...rest } = wish;
	const nodeId = nodeIdOf(node, session);
	if (typeof nodeId === "string") return nodeId;
	if (rest.kind !== "follow") return { ...rest, nodeId };
	const { primaryNodeId } = session.store.getState().snapshot.cluster;
	const upstreamNodeId = rest.upstream === null ? primaryNodeId : nodeIdOf(rest.upstream, session);
	if (upstreamNodeId === null) return "no primary is seen, or more than one: give --upstream";
	return typeof upstreamNodeId === "string" ? upstreamNodeId : { kind: "follow", nodeId, upstreamNodeId };
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
