import type { NodeSetup, Setup } from "../../model/setup.ts";
import { listed, quoted } from "../../text/words.ts";
import { confLine, registerAgain } from "../changes.ts";
import { confValue, placeOf } from "../conf.ts";
import { nodeRule, othersOf, repmgrManual } from "../rule.ts";

const LINK = repmgrManual("configuration-file-settings");

/** Other nodes with this id or name: registered with it, or having it in repmgr.conf unless this node is registered with it. */
function holdersOf(
	setting: "node_id" | "node_name",
	value: string,
	node: NodeSetup,
	setup: Setup,
): readonly NodeSetup[] {
	const registeredOf = ({ registration }: NodeSetup): string =>
		setting === "node_id" ? String(registration.nodeId) : registration.nodeName;
	const isOwn = registeredOf(node) === value;
	return othersOf(setup, node).filter((other) => {
		const conf = other.sources.conf.value;
		return (
			registeredOf(other) === value || (!isOwn && conf !== undefined && confValue(conf, setting) === value)
		);
	});
}

/** DUPLICATE_NODE_ID: repmgr on this host acts as another node. */
export const duplicateNodeId = nodeRule("DUPLICATE_NODE_ID", ["conf"], ({ conf }, node, setup) => {
	const value = confValue(conf, "node_id");
	const holders = value === "" ? [] : holdersOf("node_id", value, node, setup);
	if (holders.length === 0) return [];
	const { nodeId } = node.registration;
	return [
		{
			severity: "error",
			message: `repmgr.conf of ${quoted(node.registration)} has the node_id ${value} of ${listed(holders.map(({ registration }) => quoted(registration)))}`,
			place: placeOf(conf, "node_id"),
			why: "An id identifies one node. Two repmgrd with the same id overwrite each other's state, and a command on one of the hosts acts on the row of the other.",
			link: LINK,
			change: value === String(nodeId) ? [] : [confLine(node, conf, "node_id", String(nodeId))],
		},
	];
});

/** NODE_ID_MISMATCH: the file on the host has an id that is not registered. */
export const nodeIdMismatch = nodeRule("NODE_ID_MISMATCH", ["conf"], ({ conf }, node, setup) => {
	const value = confValue(conf, "node_id");
	const { nodeId } = node.registration;
	if (value === "" || Number.parseInt(value, 10) === nodeId) return [];
	if (holdersOf("node_id", value, node, setup).length > 0) return [];
	return [
		{
			severity: "error",
			message: `repmgr.conf of ${quoted(node.registration)} has node_id ${value}, but ${nodeId} is registered`,
			place: placeOf(conf, "node_id"),
			why: "repmgrd refuses to start for an id that is not registered, and repmgr does not find its own node.",
			link: LINK,
			change: [confLine(node, conf, "node_id", String(nodeId))],
		},
	];
});

/** DUPLICATE_NODE_NAME: the name is also the application_name by which repmgr knows a standby on its primary. */
export const duplicateNodeName = nodeRule("DUPLICATE_NODE_NAME", ["conf"], ({ conf }, node, setup) => {
	const value = confValue(conf, "node_name");
	const holders = value === "" ? [] : holdersOf("node_name", value, node, setup);
	if (holders.length === 0) return [];
	const { nodeName } = node.registration;
	return [
		{
			severity: "error",
			message: `repmgr.conf of node ${node.registration.nodeId} has the node_name "${value}" of node ${listed(holders.map(({ registration }) => String(registration.nodeId)))}`,
			place: placeOf(conf, "node_name"),
			why: "repmgr uses node_name as a standby's application_name and looks for that on the primary: with the same name for two nodes it takes a detached standby for an attached one, and synchronous_standby_names can't tell them apart.",
			link: LINK,
			change: value === nodeName ? [] : [confLine(node, conf, "node_name", nodeName)],
		},
	];
});

/** NODE_NAME_MISMATCH: the file was changed, and the node was not registered again. */
export const nodeNameMismatch = nodeRule("NODE_NAME_MISMATCH", ["conf"], ({ conf }, node, setup) => {
	const value = confValue(conf, "node_name");
	const { nodeName } = node.registration;
	if (value === "" || value === nodeName) return [];
	if (holdersOf("node_name", value, node, setup).length > 0) return [];
	return [
		{
			severity: "warning",
			message: `repmgr.conf of ${quoted(node.registration)} has node_name "${value}"`,
			place: placeOf(conf, "node_name"),
			why: "The other nodes use the registered name and look for it as the application_name of its replication connection.",
			link: LINK,
			change: [{ ...registerAgain(node, setup), title: "if the file is right, as postgres on its host" }],
		},
	];
});
