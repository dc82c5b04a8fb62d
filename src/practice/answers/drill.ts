import type { Outcome } from "../../model/fault.ts";
import { isPrimary } from "../cluster/cluster.ts";
import type { PracticeNode } from "../cluster/state.ts";

/** The statements of the drill's writing sessions (operation/drill/probe.ts). */

const ROW_BYTES = 128;

export function drillWrite(
	node: PracticeNode,
	[id]: readonly unknown[],
): Outcome<readonly Record<string, unknown>[]> {
	const { data } = node;
	if (!isPrimary(node) || data.isReadOnly) {
		return {
			fault: { kind: "command", message: "cannot execute INSERT in a read-only transaction", code: "25006" },
		};
	}
	if (data.drillWrites === null) {
		return {
			fault: {
				kind: "command",
				message: 'relation "repmgr_console_drill.writes" does not exist',
				code: "42P01",
			},
		};
	}
	data.end += ROW_BYTES;
	data.replayed = data.end;
	data.drillWrites = [...data.drillWrites, { id: Number(id), lsn: data.end }];
	return { value: [] };
}

/** Those of the ids that are not there: a standby that was promoted has what it had received. */
export function drillMissing({ data }: PracticeNode, ids: unknown): readonly Record<string, unknown>[] {
	const there = new Set((data.drillWrites ?? []).filter(({ lsn }) => lsn <= data.end).map(({ id }) => id));
	const asked = String(ids)
		.replace(/[{}]/g, "")
		.split(",")
		.filter((id) => id !== "")
		.map(Number);
	return asked.filter((id) => !there.has(id)).map((id) => ({ id }));
}
