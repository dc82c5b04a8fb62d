import { AT_LEAST_AS_ON_PRIMARY } from "../../model/setting.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { type Facts, settingsOf } from "../plan/facts.ts";

/** A data node, what it has, and what it takes to give it the wanted value. */
export interface Change {
	readonly node: NodeView;
	/** In base units: what its server has, and what the wanted value is. */
	readonly value: string;
	readonly wanted: string;
	readonly needsWrite: boolean;
	readonly needsRestart: boolean;
}

/** Null: its settings could not be read, which a check reports. */
export function changeOf(facts: Facts, node: NodeView): Change | null {
	const known = settingsOf(facts, node.nodeId).value;
	const setting = known?.setting ?? null;
	const wanted = known?.tried?.value;
	if (setting === null || wanted === undefined) return null;
	const differs = setting.value !== wanted;
	return {
		node,
		value: setting.value,
		wanted,
		needsWrite: differs || setting.isPending,
		needsRestart: differs && setting.context === "postmaster",
	};
}

export function mustNotBeLower(name: string): boolean {
	return AT_LEAST_AS_ON_PRIMARY.some((one) => one === name);
}

/** A standby with less than its primary does not start: the primary is lowered first, and therefore restarts where it is. */
export function orderOf(
	name: string,
	changes: readonly Change[],
	primary: NodeView,
): "primary first" | "standbys first" {
	const own = changes.find(({ node }) => node === primary);
	return mustNotBeLower(name) && own?.needsRestart && Number(own.wanted) < Number(own.value)
		? "primary first"
		: "standbys first";
}
