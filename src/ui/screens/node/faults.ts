import type { Source } from "../../../model/node-state.ts";
import { formatAge, formatTime } from "../../../text/format.ts";
import { field, note, type Row, type Section, text } from "./section.ts";
import type { Subject } from "./subject.ts";

/** The evidence behind the status, and why the newest attempts failed; null if nothing is wrong. */
export function faultsSection({ node, now }: Subject): Section | null {
	const { server, ping, host } = node.state;
	const rows = [
		// Often the detail repeats the SQL fault, which follows with its hint.
		...(node.detail === null || node.detail.startsWith(server.fault?.fault.message ?? "\0")
			? []
			: [note(node.detail, "warning")]),
		...faultRows("SQL", server, now),
		...(server.fault === null ? faultRows("new connections", ping, now) : []),
		...faultRows("SSH", host, now),
	];
	if (rows.length === 0) return null;
	return {
		title: "WHAT IS WRONG",
		origin: { text: "newest attempts", isStale: false },
		rows,
	};
}

function faultRows(label: string, { fault: failure }: Source<unknown>, now: number): readonly Row[] {
	if (failure === null) return [];
	const { fault, since } = failure;
	return [
		field(label, text(fault.message, "critical")),
		...(fault.detail === undefined ? [] : [field("", fault.detail)]),
		...(fault.hint === undefined ? [] : [field("", `Hint: ${fault.hint}`)]),
		field("", text(`fails since ${formatTime(since)} UTC, ${formatAge(now - since)}`, "muted")),
	];
}
