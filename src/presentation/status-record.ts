import type { Finding } from "../model/finding.ts";
import type { ClusterSnapshot, NodeView, Pause } from "../model/snapshot.ts";

/** `status --json`, schema 1, as reference/json.md documents it. Null is unknown. */
export function statusRecord(snapshot: ClusterSnapshot) {
	return {
		schema: 1,
		takenAt: new Date(snapshot.takenAt).toISOString(),
		cluster: snapshot.cluster,
		severity: snapshot.severity,
		settling: snapshot.settling && {
			...snapshot.settling,
			since: new Date(snapshot.settling.since).toISOString(),
		},
		notRead: snapshot.notRead.map(({ fault, ...what }) => ({ ...what, reason: fault?.message ?? null })),
		nodes: snapshot.nodes.map(nodeRecord),
		findings: snapshot.findings.map(findingRecord),
		notices: statusNotices(snapshot),
	};
}

/** The snapshot's notices, and one about the console's own role that the screen does not repeat. */
export function statusNotices({ notices, nodes }: ClusterSnapshot): readonly string[] {
	const isSuperuser = nodes.some(({ state }) => state.server.good?.value.isSuperuser === true);
	return isSuperuser ? [...notices, SUPERUSER] : notices;
}

const SUPERUSER =
	"this console logs in as a superuser: a member of pg_monitor sees as much, and can do no harm (see README)";

function nodeRecord({ nodeId, nodeName, registered, observed, repmgrd, ageMs, detail }: NodeView) {
	const { type, active, upstreamNodeId, location, priority, slotName, conninfo } = registered;
	return {
		nodeId,
		nodeName,
		registered: { type, active, upstreamNodeId, location, priority, slotName, conninfo },
		observed: { ...observed, detail },
		repmgrd: { ...repmgrd, pause: pauseRecord(repmgrd.pause ?? null) },
		ageMs,
	};
}

function pauseRecord(pause: Pause | null) {
	return (
		pause && {
			...pause,
			since: new Date(pause.since).toISOString(),
			until: pause.until === null ? null : new Date(pause.until).toISOString(),
		}
	);
}

function findingRecord({ evidence, remedy, ...finding }: Finding) {
	const { title, nodeId, host, user, argv } = remedy ?? {};
	const byHand = remedy && { title, nodeId, ...(host !== undefined && { host }), user, argv };
	return {
		...finding,
		remedy: byHand,
		evidence: evidence.map((seen) => ({ ...seen, at: new Date(seen.at).toISOString() })),
	};
}
