import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Viewpoints } from "../model/viewpoint.ts";

/** `viewpoints --json`, schema 1, as reference/json.md documents it. Null is unknown, or that there is no such thing. */
export function viewpointsRecord({ views, comparisons }: Viewpoints, { takenAt, cluster }: ClusterSnapshot) {
	return {
		schema: 1,
		takenAt: new Date(takenAt).toISOString(),
		cluster,
		nodes: views.map(({ nodeId, nodeName, copy, isCurrent }) => ({
			nodeId,
			nodeName,
			answers: isCurrent,
			copy: copy && {
				ageMs: Math.max(0, takenAt - copy.readAt),
				unchangedSince: copy.unchangedSince === null ? null : new Date(copy.unchangedSince).toISOString(),
			},
		})),
		questions: comparisons.map(({ attribute, about, observed, answers }) => ({
			aspect: attribute,
			about,
			observed,
			answers: views.map(({ nodeId, isCurrent }, position) => {
				const { answer = null, differs = false } = answers[position] ?? {};
				return { nodeId, answer: isCurrent ? answer : null, differs };
			}),
		})),
	};
}
