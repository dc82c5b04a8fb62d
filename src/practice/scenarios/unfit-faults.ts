import { calmCluster } from "../cluster/calm.ts";
import { faultOf, unfitness } from "../faults.ts";

/**
 * Faults that can't happen, whatever time passes between them: each is made on a calm cluster after those before it. What an
 * operator does meanwhile does not count, or what happens would depend on it.
 */
export function unfitFaults(
	happens: readonly { readonly fault: string; readonly node: string }[],
): readonly { readonly index: number; readonly why: string }[] {
	// Nothing waits in it: what a fault changes is changed at once.
	const cluster = calmCluster(Number.POSITIVE_INFINITY);
	return happens.flatMap(({ fault: id, node: name }, index) => {
		const node = cluster.nodeAt(name);
		if (node === null) return { index, why: `There is no ${name}.` };
		const fault = faultOf(id);
		const why = unfitness(fault, node, cluster);
		if (why !== null) return { index, why: `It can't happen to ${name} then: ${why}.` };
		void fault.start(node, cluster);
		return [];
	});
}
