import type { Intent, PromoteIntent, SwitchoverIntent } from "../operation/intent.ts";
import type { Session } from "../session.ts";

/** An intent as words say it: nodes by their name or id. */
export type Wish = Named<SwitchoverIntent> | Named<PromoteIntent>;

type Named<T extends { readonly nodeId: number }> = Omit<T, "nodeId"> & { readonly node: string };

/** What is meant; or, as a text, why that can't be told. */
export function intentOf({ node, ...rest }: Wish, session: Session): Intent | string {
	const nodeId = nodeIdOf(node, session);
	return typeof nodeId === "string" ? nodeId : ({ ...rest, nodeId } as Intent);
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
