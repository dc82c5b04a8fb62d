import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * WRONG_PASSWORD: a server rejects this console's password, or asks for one and none is known (SQLSTATE 28P01). The
 * server runs; more is not known. If repmgr uses the same user and password, its commands, repmgrd and replication fail,
 * too (issues #509, #658, #813). One finding if all nodes do so.
 */
export const wrongPassword: Rule = ({ snapshot: { nodes } }) => {
	const rejecting = nodes.filter(({ fault }) => fault?.code === "28P01");
	const isAll = rejecting.length > 1 && rejecting.length === nodes.length;
	return (isAll ? [rejecting] : rejecting.map((node) => [node])).map(findingOf);
};

function findingOf(nodes: readonly NodeView[]) {
	const [node] = nodes;
	const isOne = nodes.length === 1;
	const fault = node?.fault;
	const subject = isOne && node ? quoted(node) : `all ${nodes.length} nodes`;
	const isNoneKnown = nodes.every((one) => one.fault?.message.endsWith("none is known"));
	return finding({
		code: "WRONG_PASSWORD",
		severity: "warning",
		...(isOne && node && { node }),
		message: isNoneKnown
			? `${subject} ${isOne ? "asks" : "ask"} for a password, and none is known`
			: `${subject} ${isOne ? "rejects" : "reject"} this console's password`,
		detail: `${isOne ? "It says" : "The first one says"}: ${fault?.message}. ${fault?.detail ?? (isOne ? "It runs; nothing else is known about it now." : "They run; nothing else is known about them now.")}`,
		hint:
			fault?.hint ??
			"Check the password in ~/.pgpass (one line for this host, port, database and user; mode 0600) or PGPASSWORD.",
		evidence: nodes.map((one) => evidenceOf(one, `SQLSTATE 28P01: ${one.fault?.message}`)),
		doNot: isOne
			? "Do not assume that the node is down: it answers."
			: "Do not assume that the nodes are down: they answer.",
	});
}
