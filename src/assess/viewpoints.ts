import { current } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import type { Attribute, AttributeValue, Comparison, MetadataView, Viewpoints } from "../model/viewpoint.ts";
import { authoritativeRegistrations } from "./authority.ts";

/** Each node's view of the cluster compared with what is seen. Pure; apart from the cells, linear in the number of nodes. */
export function viewpointsOf(snapshot: ClusterSnapshot): Viewpoints {
	const { nodes } = snapshot;
	const views = nodes.map(metadataViewOf);
	const authoritative = copyOf(authoritativeRegistrations(nodes.map(({ state }) => state)) ?? []);
	// Equal copies are one array.
	const copies = new Map<readonly Registration[], Copy>();
	for (const { copy } of views) if (copy && !copies.has(copy.rows)) copies.set(copy.rows, copyOf(copy.rows));

	const compare = (
		attribute: Attribute,
		about: number | null,
		observed: AttributeValue,
		expected: AttributeValue,
		read: (copy: Copy) => AttributeValue,
	): Comparison => {
		const reference = observed ?? expected ?? (authoritative.size === 0 ? null : read(authoritative));
		const said = new Map([...copies].map(([rows, copy]) => [rows, read(copy)]));
		const differing = new Set(
			[...said].filter(([, answer]) => isOther(answer, reference)).map(([rows]) => rows),
		);
		return {
			attribute,
			about,
			observed,
			answers: views.map(({ copy, isCurrent }) => ({
				answer: (copy && said.get(copy.rows)) ?? null,
				reference,
				differs: isCurrent && copy !== null && differing.has(copy.rows),
			})),
		};
	};

	const primaries = nodes.filter(({ observed }) => observed.role === "primary").map(({ nodeId }) => nodeId);
	return {
		views,
		comparisons: [
			compare("primary", null, primaries.length === 0 ? null : primaries, null, primariesIn),
			...ownComparisons(snapshot, copies),
			...nodes.flatMap((node) => {
				const of = (
					attribute: Attribute,
					key: keyof Registration,
					observed: AttributeValue,
					expected: AttributeValue = null,
				) => compare(attribute, node.nodeId, observed, expected, (copy) => valueIn(copy, node.nodeId, key));
				const { observed } = node;
				return [
					of("type", "type", observed.role),
					of("active", "active", observed.reachable ? true : null),
					of("upstream", "upstreamNodeId", observedUpstream(node), expectedUpstream(node, snapshot)),
					of("priority", "priority", configuredPriority(node)),
					// Long, and seldom different: only where they differ.
					...[
						of("name", "nodeName", null),
						of("location", "location", null),
						of("slot", "slotName", null),
						of("conninfo", "conninfo", null),
					].filter(({ answers }) => answers.some(({ differs }) => differs)),
				];
			}),
		],
	};
}

type Copy = ReadonlyMap<number, Registration>;

function copyOf(rows: readonly Registration[]): Copy {
	return new Map(rows.map((row) => [row.nodeId, row]));
}

function metadataViewOf({ nodeId, nodeName, state }: NodeView): MetadataView {
	const { good } = state.server;
	const rows = good?.value.registrations ?? null;
	return {
		nodeId,
		nodeName,
		copy: good && rows && { rows, readAt: good.at, unchangedSince: good.value.registrationsSince ?? null },
		isCurrent: current(state.server) !== null,
	};
}

function primariesIn(copy: Copy): AttributeValue {
	return [...copy.values()]
		.filter(({ type, active }) => type === "primary" && active)
		.map(({ nodeId }) => nodeId);
}

function valueIn(copy: Copy, nodeId: number, key: keyof Registration): AttributeValue {
	const row = copy.get(nodeId);
	return row === undefined ? "missing" : (row[key] ?? "none");
}

/** Null for a detached standby: having none now does not tell which one it should have. */
function observedUpstream({ observed }: NodeView): AttributeValue {
	if (observed.role === "primary") return "none";
	return observed.role === "standby" && observed.attached ? observed.upstreamNodeId : null;
}

/** A witness does not stream, and should monitor the primary (issues #765, #827). */
function expectedUpstream({ observed }: NodeView, { cluster }: ClusterSnapshot): AttributeValue {
	return observed.role === "witness" ? cluster.primaryNodeId : null;
}

/** The priority in repmgr.conf, which the next registration will use. */
function configuredPriority({ state }: NodeView): AttributeValue {
	const { priority, include } = current(state.host)?.repmgrConf ?? {};
	// An included file may set another one.
	const isTold = priority !== undefined && include === undefined && /^\d{1,9}$/.test(priority);
	return isTold ? Number(priority) : null;
}

/** What every node reports about itself. */
function ownComparisons(
	snapshot: ClusterSnapshot,
	copies: ReadonlyMap<readonly Registration[], Copy>,
): readonly Comparison[] {
	const { nodes } = snapshot;
	const ids = new Set(nodes.map(({ nodeId }) => nodeId));
	const comparison = (
		attribute: Attribute,
		read: (node: NodeView) => AttributeValue,
		hasReference = true,
	): Comparison => ({
		attribute,
		about: null,
		observed: null,
		answers: nodes.map((node) => {
			const answer = read(node);
			const reference = hasReference ? (observedUpstream(node) ?? expectedUpstream(node, snapshot)) : null;
			const isCurrent = current(node.state.server) !== null;
			return { answer, reference, differs: isCurrent && answer !== null && isOther(answer, reference) };
		}),
	});
	return [
		comparison("ownUpstream", ({ nodeId, state }) => {
			const copy = copies.get(state.server.good?.value.registrations ?? []);
			return copy === undefined ? null : valueIn(copy, nodeId, "upstreamNodeId");
		}),
		// A witness may report an id that belongs to no node (issue #744).
		comparison("repmgrdUpstream", ({ state, observed }) => {
			const upstream = state.server.good?.value.repmgrd?.upstreamNodeId ?? null;
			return observed.role !== "primary" && upstream !== null && ids.has(upstream) ? upstream : null;
		}),
		comparison(
			"repmgrdLastSeen",
			({ state }) => state.server.good?.value.repmgrd?.upstreamLastSeenSeconds ?? null,
			false,
		),
	];
}

function isOther(answer: AttributeValue, reference: AttributeValue): boolean {
	return reference !== null && String(answer) !== String(reference);
}
