import { current } from "../../model/node-state.ts";
import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDateTime, formatDuration } from "../../text/format.ts";
import { authoritativeCopy, isCopyUnchanged } from "../authoritative-copy.ts";
import { confNumber } from "../conf-values.ts";
import { solePrimary } from "../members.ts";
import { startRepmgrd } from "../remedies.ts";
import { listed, nameOf, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * METADATA_VIEWS_DISAGREE: a node's own copy of repmgr.nodes keeps differing from the primary's. repmgr commands on that
 * node act on its copy, not on the primary's (issues #584, #766).
 *
 * A standby that streams has the primary's table but for its replay lag, which has a code of its own. So only a witness,
 * whose repmgrd copies the table every 15 s (witness_sync_interval), and a detached standby can disagree. Both copies
 * must have been read unchanged for longer than a sync takes. A difference that was there when this console started, and
 * is younger than that, is a notice: the table may be copied soon.
 */
export const metadataViewsDisagree: Rule = (world) => {
	const authoritative = authoritativeCopy(world);
	const primary = solePrimary(world);
	if (authoritative === null || primary === null || authoritative.holder.nodeId !== primary.nodeId) return [];
	return world.snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (node === primary || !server?.registrations || !mayDisagree(node)) return [];
		const limit = Math.max(
			world.thresholds.viewsDisagreeSeconds,
			3 * confNumber(node, "witness_sync_interval", 15),
		);
		const since = Math.max(sinceOf(primary), sinceOf(node));
		const isForLong = world.snapshot.takenAt - since >= limit * 1000;
		if (!isForLong && !(isCopyUnchanged(world, primary) && isCopyUnchanged(world, node))) return [];
		// repmgrd marks nodes inactive and active for short times.
		const keys = KEYS.filter((key) => isForLong || key !== "active");
		const differences = differencesOf(world, keys, authoritative.rows, server.registrations);
		if (differences.length === 0) return [];
		return [
			finding({
				code: "METADATA_VIEWS_DISAGREE",
				severity: isForLong ? "warning" : "notice",
				node,
				message: `repmgr.nodes on ${quoted(node)} differs from the primary's`,
				detail: `There ${listed(differences)}. repmgr and repmgrd on ${quoted(node)} act on that.`,
				hint: !isForLong
					? `Check again in ${formatDuration(limit)}: repmgrd on a witness copies the table from time to time.`
					: node.observed.role === "witness"
						? `Find out why repmgrd on ${quoted(node)} no longer copies the table, and restart it.`
						: `Attach ${quoted(node)} to its upstream again; until then run repmgr on the primary.`,
				evidence: [
					evidenceOf(node, `unchanged since ${formatDateTime(sinceOf(node))} UTC: ${listed(differences)}`),
					evidenceOf(primary, `its copy is unchanged since ${formatDateTime(sinceOf(primary))} UTC`),
				],
				remedy: node.observed.role === "witness" ? startRepmgrd(node) : null,
				doNot: `Do not judge the cluster by "repmgr cluster show" on ${quoted(node)}.`,
			}),
		];
	});
};

function mayDisagree({ observed }: NodeView): boolean {
	return observed.role === "witness" || (observed.role === "standby" && observed.attached === false);
}

/** Infinity, so never long ago, where unknown. */
function sinceOf({ state }: NodeView): number {
	return current(state.server)?.registrationsSince ?? Number.POSITIVE_INFINITY;
}

const COMPARED = {
	nodeName: "name",
	type: "type",
	active: "active",
	upstreamNodeId: "upstream",
	location: "location",
	priority: "priority",
	conninfo: "conninfo",
	slotName: "slot",
} as const satisfies Partial<Record<keyof Registration, string>>;

const KEYS = Object.keys(COMPARED) as (keyof typeof COMPARED)[];

function differencesOf(
	world: World,
	keys: readonly (keyof typeof COMPARED)[],
	authoritative: readonly Registration[],
	own: readonly Registration[],
): readonly string[] {
	const ids = [...new Set([...authoritative, ...own].map(({ nodeId }) => nodeId))].sort((a, b) => a - b);
	return ids.flatMap((nodeId) => {
		const [there, here] = [authoritative, own].map((rows) => rows.find((row) => row.nodeId === nodeId));
		const name = nameOf(world, nodeId);
		if (here === undefined) return [`${name} is missing`];
		if (there === undefined) return [`${quoted(here)} is registered, but not on the primary`];
		return keys
			.filter((key) => here[key] !== there[key])
			.map((key) => `the ${COMPARED[key]} of ${name} is ${said(here[key])}, not ${said(there[key])}`);
	});
}

function said(value: string | number | boolean | null): string {
	return typeof value === "string" && value.includes(" ") ? `"${value}"` : String(value ?? "none");
}
