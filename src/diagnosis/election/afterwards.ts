import type { NodeView } from "../../model/snapshot.ts";
import { commandTrouble, confNumber, failoverMode } from "../conf-values.ts";
import { quoted } from "../words.ts";
import { daemonTrouble } from "./absence.ts";
import { type Electorate, isVoter } from "./electorate.ts";

/** What happens to a node that is not promoted, as a predicate; `isLoss` where it is left behind. */
export interface Afterwards {
	readonly text: string;
	readonly isLoss: boolean;
}

/** When a sibling was promoted (wait_primary_notification(), follow_new_primary() in repmgrd-physical.c). */
export function afterPromotion(electorate: Electorate, node: NodeView, winner: NodeView): Afterwards {
	const { registered } = node;
	const left = (text: string): Afterwards => ({ text, isLoss: true });
	if (!isVoter(registered, electorate.primary)) return unconcerned(node, winner);
	const daemon = daemonTrouble(node);
	if (registered.type === "witness") {
		return daemon === null
			? { text: `follows ${quoted(winner)}`, isLoss: false }
			: left(`stays with the old primary: ${daemon}`);
	}
	if (daemon !== null) return left(`does not follow: ${daemon}`);
	// Both follow if they are notified while they still try the old primary (try_primary_reconnect()).
	if (node.repmgrd.paused === true) return left("may stay behind: its repmgrd is paused");
	if (failoverMode(node) === "manual") return left("may stay behind: its repmgr.conf says failover=manual");
	const command = commandTrouble(node, "follow_command");
	if (command !== null) return left(`is left behind: ${command}`);
	return isAhead(electorate, node, winner)
		? left(`can't follow without a rewind: it has received more than ${quoted(winner)}`)
		: { text: `follows ${quoted(winner)}`, isLoss: false };
}

/** When no standby is promoted. */
export function afterNothing(electorate: Electorate, node: NodeView): Afterwards {
	const daemon = daemonTrouble(node);
	const isIdle =
		daemon !== null || node.repmgrd.paused === true || !isVoter(node.registered, electorate.primary);
	if (isIdle) return { text: "does nothing", isLoss: false };
	const limit = confNumber(node, "degraded_monitoring_timeout", -1);
	return {
		text: `waits for the old primary or a new one${limit > 0 ? `; its repmgrd exits after ${limit} s` : ""}`,
		isLoss: false,
	};
}

/** A node below another standby goes on as before; one that does not count is not notified. */
function unconcerned({ registered, observed }: NodeView, winner: NodeView): Afterwards {
	if (!registered.active) return { text: "is not notified: it is registered as inactive", isLoss: true };
	if (registered.type === "witness")
		return { text: "is not notified: it is not registered under the primary", isLoss: true };
	return observed.attached !== false && registered.upstreamNodeId === winner.nodeId
		? { text: `goes on under ${quoted(winner)}`, isLoss: false }
		: { text: "goes on under its upstream", isLoss: false };
}

function isAhead({ positions }: Electorate, node: NodeView, winner: NodeView): boolean {
	return (positions.get(node.nodeId) ?? 0n) > (positions.get(winner.nodeId) ?? 0n);
}
