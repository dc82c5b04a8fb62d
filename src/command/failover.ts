import type { ClusterSnapshot } from "../cluster/snapshot.ts";
import type { ElectionForecast } from "../diagnosis/election.ts";
import { formatBytes, formatSeconds } from "../store/format.ts";

/** `failover --preview` as text: who would be promoted if the primary died now, and why. */
export function formatForecast(forecast: ElectionForecast, { nodes }: ClusterSnapshot): string {
	const name = (nodeId: number): string =>
		nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? `node ${nodeId}`;
	const { winnerNodeId, detectionSeconds, lossBytes, lossSeconds } = forecast;
	return [
		winnerNodeId === null
			? `If ${name(forecast.primaryNodeId)} died now, nobody would be promoted: ${forecast.obstacle}.`
			: `If ${name(forecast.primaryNodeId)} died now, ${name(winnerNodeId)} would be promoted: it ${forecast.reason}.`,
		`Nodes that answer: ${forecast.visible} of ${forecast.electorate}; more than half must.`,
		...(detectionSeconds === null
			? []
			: [
					`Writes would stop for ${detectionSeconds.least} s (server killed) to ${detectionSeconds.most} s (network cut), promotion not counted.`,
				]),
		...(lossBytes === null
			? []
			: [
					`At most ${formatBytes(lossBytes)} of WAL would be lost${lossSeconds === null ? "" : ` (${formatSeconds(lossSeconds)})`}.`,
				]),
		...forecast.excluded.map(({ nodeId, reason }) => `${name(nodeId)}: ${reason}.`),
		...forecast.assumptions.map((assumption) => `Assumed: ${assumption}.`),
	].join("\n");
}
