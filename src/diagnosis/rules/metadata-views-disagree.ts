import { current } from "../../model/node-state.ts";
import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { duration, listed, quoted } from "../advice.ts";
import { authoritativeCopy, isCopyUnchanged } from "../authoritative-copy.ts";
import { confNumber } from "../conf-values.ts";
import { solePrimary } from "../members.ts";
import { startRepmgrd } from "../remedies.ts";
import { inUtc, nameOf } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/**
 * METADATA_VIEWS_DISAGREE: a node's own copy of repmgr.nodes lastingly differs from the primary's. What is
 * typed on that node acts on its copy (field notes 1.5, trap 4; issues #584, #766).
 *
 * A standby that streams has the primary's table but for its replay lag, which has a code of its own: only a
 * witness, whose repmgrd copies the table every 15 s (witness_sync_interval), and a standby that is detached can
 * disagree. Both copies must have been read unchanged for longer than a sync takes. One that differs ever since this
 * console looks, and not for so long yet, is a notice: it may be about to be copied.
 */
export const metadataViewsDisagree: Rule = (world) => {
	const believed = authoritativeCopy(world);
	const primary = solePrimary(world);
	if (believed === null || primary === null || believed.holder.nodeId !== primary.nodeId) return [];
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
		// repmgrd marks nodes inactive and active in passing.
		const keys = KEYS.filter((key) => isForLong || key !== "active");
		const differences = differencesOf(world, keys, believed.rows, server.registrations);
		if (differences.length === 0) return [];
		return [
			finding({
				code: "METADATA_VIEWS_DISAGREE",
				severity: isForLong ? "warning" : "notice",
				node,
				message: `${quoted(node)} has another copy of repmgr.nodes than the primary`,
				detail: `There ${listed(differences)}. repmgr and repmgrd on ${quoted(node)} act on that.`,
				hint: !isForLong
					? `Look again in ${duration(limit)}: repmgrd on a witness copies the table from time to time.`
					: node.observed.role === "witness"
						? `Look why the repmgrd of ${quoted(node)} no longer copies the table; start it again.`
						: `Attach ${quoted(node)} to its upstream again; until then run repmgr on the primary.`,
				evidence: [
					evidenceOf(node, `unchanged since ${inUtc(sinceOf(node))}: ${listed(differences)}`),
					evidenceOf(primary, `its copy is unchanged since ${inUtc(sinceOf(primary))}`),
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

/** Infinity, so never long ago, where it is not known. */
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
	believed: readonly Registration[],
	own: readonly Registration[],
): readonly string[] {
	const ids = [...new Set([...believed, ...own].map(({ nodeId }) => nodeId))].sort((a, b) => a - b);
	return ids.flatMap((nodeId) => {
		const [there, here] = [believed, own].map((rows) => rows.find((row) => row.nodeId === nodeId));
		const name = nameOf(world, nodeId);
		if (here === undefined) return [`${name} is missing`];
		if (there === undefined) return [`${quoted(here)} is registered, which the primary does not know`];
		return keys
			.filter((key) => here[key] !== there[key])
			.map((key) => `the ${COMPARED[key]} of ${name} is ${said(here[key])}, not ${said(there[key])}`);
	});
}

function said(value: string | number | boolean | null): string {
	return typeof value === "string" && value.includes(" ") ? `"${value}"` : String(value ?? "none");
}
