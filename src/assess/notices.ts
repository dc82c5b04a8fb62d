import { type Fault, isLate, TOO_BUSY } from "../model/fault.ts";
import type { NodeState } from "../model/node-state.ts";
import { MOST_NODES } from "../model/registration.ts";
import { cutName } from "../text/words.ts";
import { isMistaken, otherNodeId } from "./identity.ts";

const LATE = "not read in time";

const ONE_FOR_THE_SERVER =
	", and there is only one for the whole server: another database there uses repmgr, too, or the node was registered under another id since the server started. What is shown of its repmgrd may belong to the other one. If it was registered again, restart its PostgreSQL";

const UNLISTED =
	": only those that were registered before are monitored. Delete the rows on the primary that are not nodes of this cluster";

const SHRINK =
	". Delete the old ones on the primary (DELETE FROM repmgr.events WHERE event_timestamp < now() - interval '90 days'), then VACUUM FULL repmgr.events";

/** What stays unknown and why, once for all nodes concerned. */
export function noticesOf(states: Iterable<NodeState>, sshOff: string | null): readonly string[] {
	const all = [...states];
	const notes = new Map<string, { names: string[]; more: string }>();
	const note = (what: string, nodeName: string, more = ""): void => {
		const known = notes.get(what);
		notes.set(what, { names: [...(known?.names ?? []), nodeName], more: known?.more ?? more });
	};
	const byId = new Map(all.map((state) => [state.nodeId, state]));
	for (const state of all) {
		const { registration, server, host, events } = state;
		const nodeName = cutName(registration.nodeName);
		for (const right of server.good?.value.missingRights ?? []) note(`may not read ${right}`, nodeName);
		const count = server.good?.value.tooManyNodes;
		if (count)
			note(
				`${count} nodes are registered in repmgr.nodes, and the console handles at most ${MOST_NODES}`,
				nodeName,
				UNLISTED,
			);
		const other = otherNodeId(state);
		if (other !== null && !isMistaken(state, byId)) {
			note(`repmgr's shared memory there has node id ${other}`, nodeName, ONE_FOR_THE_SERVER);
		}
		if (events.good?.value.isWhole === false) {
			const megabytes = Math.round(events.good.value.tableBytes / 2 ** 20);
			note(
				`repmgr.events has ${megabytes} MB: only its end is read, and events may be missing`,
				nodeName,
				SHRINK,
			);
		}
		if (host.fault === null) continue;
		const { fault } = host.fault;
		if (isLate(fault)) {
			note(LATE, nodeName, fault.code === TOO_BUSY ? ": this machine is too busy to judge" : "");
			continue;
		}
		// Faults of several hosts are alike but for the host's name.
		const name = `"${registration.host}"`;
		const message = fault.message.replace(`host ${name}`, "it").replace(name, "it");
		note(`host not read: ${message}`, nodeName, reasonAndHint(fault));
	}
	return [
		...(sshOff === null ? [] : [sshOff]),
		...[...notes].map(([what, { names, more }]) =>
			what === LATE
				? `${names.join(", ")}: ${names.length === 1 ? "its host was" : "their hosts were"} not read in time${more}`
				: `${names.length === all.length ? "all nodes" : names.join(", ")}: ${what}${more}`,
		),
	];
}

/** Detail and hint come last: if a notice is cut off, the message is kept. */
function reasonAndHint({ detail, hint }: Fault): string {
	const sentences = [detail, hint].filter((text) => text !== undefined && text !== "");
	return ["", ...sentences].join(". ").replaceAll(/\.+ /g, ". ").trimEnd();
}
