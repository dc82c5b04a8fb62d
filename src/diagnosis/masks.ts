import type { Finding, FindingCode } from "../cluster/finding.ts";

/**
 * Which findings a cause explains: they are then not said. `onSameNode` ones only about the same node;
 * `everywhere` ones about any node.
 */
interface Mask {
	readonly onSameNode?: readonly FindingCode[];
	readonly everywhere?: readonly FindingCode[];
}

export const MASKS: Partial<Record<FindingCode, Mask>> = {};

/** The findings that no other one explains. */
export function unmasked(findings: readonly Finding[]): readonly Finding[] {
	return findings.filter(
		(consequence) =>
			!findings.some((cause) => {
				const mask = MASKS[cause.code];
				return (
					mask?.everywhere?.includes(consequence.code) ||
					(cause.nodeId === consequence.nodeId && mask?.onSameNode?.includes(consequence.code))
				);
			}),
	);
}
