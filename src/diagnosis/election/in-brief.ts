import type { ElectionForecast } from "../../model/forecast.ts";
import { cutName } from "../../text/cut-name.ts";

/** The forecast in one clause, for a line that says that all is well. */
export function forecastInBrief(forecast: ElectionForecast): string {
	const { promotedNodeIds, isSure, nodes, reason, seconds, reservations } = forecast;
	const [winner, ...more] = nodes.filter(({ nodeId }) => promotedNodeIds.includes(nodeId));
	if (winner === undefined) return `${isSure ? "no failover" : "failover uncertain"}: ${reason}`;
	if (more.length > 0) return `a failover would split: ${reason}`;
	if (seconds === null)
		return `whether failover is automatic is not known; if it is: ${cutName(winner.nodeName)}`;
	const armed = reservations.length === 0 ? "failover armed" : "failover armed, with reservations";
	return `${armed}: ${cutName(winner.nodeName)} (${seconds.crash.least}–${seconds.cut.most} s)`;
}
