import type { FenceNote, HostReading, MaskedUnit } from "../model/host-reading.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { formatDateTime } from "../text/format.ts";

/** What keeps a node's server from being started, or from accepting writes. */
export interface Fence {
	/** The unit of its server, if it is masked. */
	readonly mask: MaskedUnit | null;
	/** The fence of this console, as its note says. */
	readonly note: FenceNote | null;
}

/** Null: it is not fenced, as far as its host was read. */
export function fenceOf(
	look: HostReading | null | undefined,
	nodeId: number,
	{ cluster }: Pick<ClusterSnapshot, "cluster">,
): Fence | null {
	const mask = look?.masked?.find((one) => one.of === "PostgreSQL") ?? null;
	const note =
		look?.fences?.find((one) => one.nodeId === nodeId && one.systemIdentifier === cluster.systemIdentifier) ??
		null;
	return mask === null && note === null ? null : { mask, note };
}

/** e.g. 'its unit postgresql@15-main.service is masked, by the fence of alice on bastion1 at 2026-11-23 11:24:39 UTC: wrong side'. */
export function fenceWords({ mask, note }: Fence): string {
	const unit =
		mask === null
			? ""
			: `its unit ${mask.unit} is masked${mask.isRuntime ? " until its host boots again" : ""}`;
	if (note === null) return `${unit}, not by this console`;
	const by = `the fence of ${note.who} at ${formatDateTime(note.since)} UTC: ${note.reason}`;
	if (mask !== null) return `${unit}, by ${by}`;
	return note.how === "stop" ? `it is under ${by}; its unit is not masked` : `it is read-only by ${by}`;
}
