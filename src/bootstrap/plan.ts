import type { InventoryNode } from "../model/inventory.ts";
import { databaseSteps, repmgrdSteps, synchronousSteps } from "./cluster-steps.ts";
import { hostSteps, serverSteps } from "./host-steps.ts";
import { NodeContext } from "./node-context.ts";
import { type Situation, versionOf } from "./situation.ts";
import type { BootstrapStep } from "./step.ts";

export interface BootstrapPlan {
	readonly cluster: string;
	readonly version: number;
	readonly steps: readonly BootstrapStep[];
}

/** All that has to be so for the inventory's cluster, and what of it is. */
export function planOf(situation: Situation): BootstrapPlan {
	return {
		cluster: situation.inventory.cluster,
		version: versionOf(situation),
		steps: situation.inventory.nodes.flatMap((node) => stepsOf(situation, node)),
	};
}

function stepsOf(situation: Situation, node: InventoryNode): readonly BootstrapStep[] {
	const context = new NodeContext(situation, node);
	const host = hostSteps(context);
	return [
		...host,
		...serverSteps(context),
		...databaseSteps(context),
		...synchronousSteps(context),
		...repmgrdSteps(context, host),
	];
}
