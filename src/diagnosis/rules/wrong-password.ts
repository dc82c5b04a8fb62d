import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../advice.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * WRONG_PASSWORD: a server rejects this console's password, or asks for one and none is known (SQLSTATE 28P01).
 * It runs, and more is not known of it. If repmgr uses the same user and password, its commands, repmgrd and
 * replication will fail as well (issues #509, #658; field notes 2, pain 6). One finding where all nodes do.
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
	const who = isOne && node ? quoted(node) : `all ${nodes.length} nodes`;
	const isNoneKnown = nodes.every((one) => one.fault?.message.endsWith("none is known"));
	return finding({
		code: "WRONG_PASSWORD",
		severity: "warning",
		...(isOne && node && { node }),
		message: isNoneKnown
			? `${who} ${isOne ? "asks" : "ask"} for a password, and none is known`
			: `${who} ${isOne ? "rejects" : "reject"} this console's password`,
		detail: `${isOne ? "It says" : "The first one says"}: ${fault?.message}. ${fault?.detail ?? (isOne ? "It runs; nothing else is known of it now." : "They run; nothing else is known of them now.")}`,
		hint:
			fault?.hint ??
			"Check the password in ~/.pgpass (one line for this host, port, database and user; mode 0600) or PGPASSWORD.",
		evidence: nodes.map((one) => evidenceOf(one, `SQLSTATE 28P01: ${one.fault?.message}`)),
		doNot: isOne
			? "Do not take the node for down: it answers."
			: "Do not take the nodes for down: they answer.",
	});
}
