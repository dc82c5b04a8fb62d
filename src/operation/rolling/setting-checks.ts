import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { canRunOn } from "../checks/hosts.ts";
import { type Facts, isUsingSlots, serverOf, settingsOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import type { Assignment } from "./assignment.ts";
import { type Change, mustNotBeLower } from "./change.ts";
import { settingsAreRead } from "./checks.ts";

/** Whether every data node can be given the value, and would start with it. */
export function settingChecks(
	facts: Facts,
	assignment: Assignment,
	members: readonly NodeView[],
	changes: readonly Change[],
): readonly Prerequisite[] {
	return [
		...members.flatMap((node) => [
			canRunOn(facts, node),
			settingsAreRead(facts, node),
			...(settingsOf(facts, node.nodeId).value === undefined
				? []
				: [acceptsValue(facts, assignment, node), mayWrite(facts, assignment, node)]),
		]),
		...(assignment.name === "max_connections"
			? changes.map((change) => leavesConnections(facts, change))
			: []),
		...(assignment.name === "max_wal_senders" ? changes.map((change) => leavesSenders(facts, change)) : []),
		...(assignment.name === "max_replication_slots"
			? changes.map((change) => leavesSlots(facts, change))
			: []),
		...(assignment.name === "shared_preload_libraries" ? [keepsRepmgr(assignment)] : []),
		...(assignment.name === "wal_level" ? [replicates(assignment, members)] : []),
		...(mustNotBeLower(assignment.name) ? [orderIsKept(assignment, changes)] : []),
		witnessesAreLeft(facts),
	];
}

/** postgres -C reads the server's files, and checks the value as a start does. */
function acceptsValue(facts: Facts, { name, value }: Assignment, node: NodeView): Prerequisite {
	const title = `${quoted(node)} accepts ${name} = ${value}`;
	const tried = settingsOf(facts, node.nodeId).value?.tried ?? null;
	if (tried === null) return failed(title, "It was not tried.", "See the other checks of this node.");
	return tried.refusal === undefined
		? ok(title, `Tried with "postgres -C" there: ${tried.value === "" ? "empty" : tried.value}.`)
		: failed(title, `It says: ${tried.refusal}`, "Give a value that it accepts.");
}

function mayWrite(facts: Facts, { name }: Assignment, node: NodeView): Prerequisite {
	const title = `ALTER SYSTEM reaches ${name} on ${quoted(node)}`;
	const known = settingsOf(facts, node.nodeId).value;
	const source = known?.setting?.source ?? "";
	if (known?.setting === null)
		return failed(title, "It has no such setting.", "Load the library that defines it there.");
	if (known?.isSuperuser === false)
		return failed(
			title,
			"repmgr's login is no superuser there.",
			`Set ${name} by hand, and: rolling restart`,
		);
	if (known?.allowsAlterSystem === false) {
		return failed(
			title,
			"allow_alter_system is off: its files are managed elsewhere.",
			`Set ${name} there, standbys first, reload, and: rolling restart`,
		);
	}
	if (!["default", "configuration file"].includes(source)) {
		return failed(
			title,
			`Its value comes from: ${source}, which overrides the files.`,
			`Remove it there first.`,
		);
	}
	return ok(title, `It comes from: ${known?.setting?.place ?? source}.`);
}

function leavesConnections(facts: Facts, { node, wanted }: Change): Prerequisite {
	const title = `max_connections leaves room for others on ${quoted(node)}`;
	const reserved = settingsOf(facts, node.nodeId).value?.reservedConnections ?? 0;
	const found = `${reserved} are reserved.`;
	if (Number(wanted) <= reserved) return failed(title, `${found} The server would not start.`, "Give more.");
	const sessions = serverOf(facts, node.nodeId).value?.clientSessions ?? null;
	return sessions !== null && sessions > Number(wanted) - reserved
		? warning(title, `${found} ${sessions} clients are connected now.`)
		: ok(title, found);
}

/** Of the present number those in use stay in use. */
function leavesSenders(facts: Facts, { node, value, wanted }: Change): Prerequisite {
	const title = `max_wal_senders leaves enough on ${quoted(node)}`;
	const free = serverOf(facts, node.nodeId).value?.freeWalSenders ?? null;
	// Every data node may become the primary, which sends to all others and to a backup.
	const most = facts.snapshot.nodes.filter(({ registered }) => registered.type !== "witness").length + 1;
	const needed = Math.max(most, free === null ? 0 : Number(value) - free);
	const found = `At least ${needed} are needed: for the other nodes if it is the primary, and a backup.`;
	return Number(wanted) < needed ? failed(title, found, "Give more.") : ok(title, found);
}

/** With more slots on its disk than that a server does not start (RestoreSlotFromDisk() in slot.c). */
function leavesSlots(facts: Facts, { node, wanted }: Change): Prerequisite {
	const title = `max_replication_slots leaves enough on ${quoted(node)}`;
	const slots = current(node.state.server)?.slots.length ?? null;
	// As the primary it has one for each other data node.
	const others = facts.snapshot.nodes.filter(
		(other) => other !== node && other.registered.type !== "witness" && isUsingSlots(facts, other.nodeId),
	);
	if (slots === null) return failed(title, "Its slots can't be read.", "Try again once it answers.");
	const needed = Math.max(slots, others.length);
	const found = `It has ${slots} slots; at least ${needed} are needed, as it may be the primary.`;
	return Number(wanted) < needed ? failed(title, found, "Give more.") : ok(title, found);
}

function keepsRepmgr({ value }: Assignment): Prerequisite {
	const title = "repmgr stays among the libraries";
	return /(?:^|[\s,"/])repmgr(?:[\s,"]|$)/.test(value)
		? ok(title, "It does.")
		: failed(title, "Without it repmgrd does not work.", "Add repmgr to the list.");
}

function replicates({ value }: Assignment, members: readonly NodeView[]): Prerequisite {
	const title = "standbys can follow";
	// A server with a logical slot does not start with less than logical.
	const logical = /^logical$/i.test(value)
		? []
		: members.filter(({ state }) =>
				current(state.server)?.slots.some(({ slotType }) => slotType === "logical"),
			);
	if (logical.length > 0) {
		return failed(
			title,
			`${listed(logical.map(quoted))} would not start with wal_level ${value}: there are logical slots.`,
			"Drop them first: pg_drop_replication_slot().",
		);
	}
	return /^(?:replica|logical)$/i.test(value)
		? ok(title, `wal_level ${value} is enough.`)
		: failed(title, `wal_level ${value} is not enough.`, "Give replica or logical.");
}

function orderIsKept({ name }: Assignment, changes: readonly Change[]): Prerequisite {
	const title = `no standby has a lower ${name} than its primary at any time`;
	const said = changes.map(({ node, value, wanted }) => `${quoted(node)} ${value} -> ${wanted}`);
	return ok(title, `By the order of the steps: ${listed(said)}.`);
}

function witnessesAreLeft({ snapshot }: Facts): Prerequisite {
	const title = "only the servers of the cluster's data are changed";
	const witnesses = snapshot.nodes.filter(({ registered }) => registered.type === "witness");
	return ok(
		title,
		witnesses.length === 0
			? "There is no witness."
			: `Witness ${listed(witnesses.map(quoted))} has a small server of its own, and keeps its value.`,
	);
}
