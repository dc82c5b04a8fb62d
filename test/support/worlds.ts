import { expect } from "vitest";
import { type NodeHistory, recordPeriods } from "../../src/assess/node-history.ts";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { forecastElection } from "../../src/diagnosis/election/forecast.ts";
import type { Rule, World } from "../../src/diagnosis/world.ts";
import type { Fault } from "../../src/model/fault.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import type { Registration } from "../../src/model/registration.ts";
import type { ServerReading } from "../../src/model/server-reading.ts";
import type { ClusterSnapshot } from "../../src/model/snapshot.ts";
import { DEFAULT_THRESHOLDS, type Thresholds } from "../../src/model/thresholds.ts";
import {
	failed,
	good,
	hostReading,
	NOW,
	nodeState,
	primaryReading,
	receiver,
	registration,
	repmgrd,
	sender,
	slot,
	standbyReading,
	witnessReading,
} from "./records.ts";

/** Whole clusters as the probe reads them: a primary (1), two standbys (2, 3) and a witness (4), healthy unless changed. */

export interface NodeChanges {
	/** What differs in the reading of its server. */
	readonly server?: Partial<ServerReading>;
	/** Why reading it fails: for `secondsAgo` seconds if there is a `before`, else always. */
	readonly fault?: Partial<Fault>;
	/** Never read. */
	readonly isUnread?: true;
	readonly host?: Partial<HostReading>;
	/** The host was last read so many seconds ago. */
	readonly hostSecondsAgo?: number;
	readonly hostFault?: Partial<Fault>;
	/** Why new connections fail. */
	readonly ping?: Partial<Fault>;
	readonly registered?: Partial<Registration>;
	/** What differs in its own copy of repmgr.nodes, by node id. */
	readonly ownCopy?: Readonly<Record<number, Partial<Registration>>>;
}

export type Changes = Readonly<Record<number, NodeChanges>>;

export interface Circumstances {
	/** Are hosts read over SSH? */
	readonly ssh?: boolean;
	/** The cluster as it was `secondsAgo` seconds before; by default it was never read before. */
	readonly before?: Changes;
	readonly secondsAgo?: number;
	readonly thresholds?: Partial<Thresholds>;
	/** The nodes of the cluster. */
	readonly ids?: readonly number[];
}

const SETTINGS = {
	archive_command: "/bin/true",
	archive_library: "",
	archive_mode: "on",
	max_slot_wal_keep_size: "-1",
	primary_slot_name: "",
	shared_preload_libraries: "repmgr",
	synchronous_commit: "on",
	synchronous_standby_names: "",
};

const GIGABYTE = 1024 ** 3;

/** repmgr.conf as test/cluster/form-files.ts writes it and the host script reads it. */
function conf(nodeId: number): Readonly<Record<string, string>> {
	return {
		node_id: String(nodeId),
		node_name: `node${nodeId}`,
		conninfo: `host=node${nodeId} user=repmgr dbname=repmgr connect_timeout=2`,
		failover: "automatic",
		priority: nodeId === 4 ? "0" : "100",
		location: "default",
		promote_command: "/usr/bin/repmgr standby promote -f /etc/repmgr.conf --log-to-file",
		follow_command: "/usr/bin/repmgr standby follow -f /etc/repmgr.conf --log-to-file --upstream-node-id=%n",
		monitor_interval_secs: "1",
		repmgrd_service_start_command: "sudo /usr/bin/systemctl start repmgrd",
	};
}

export const UNITS: HostReading["units"] = [
	{ unit: "postgresql.service", active: "active", sub: "exited" },
	{ unit: "postgresql@15-main.service", active: "active", sub: "running" },
	{ unit: "repmgrd.service", active: "active", sub: "running" },
];

export function confOfNode(
	nodeId: number,
	changes: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
	return Object.fromEntries(
		Object.entries({ ...conf(nodeId), ...changes }).filter(
			(entry): entry is [string, string] => entry[1] !== undefined,
		),
	);
}

export function diskReading(usedShare: number, sizeBytes = 100 * GIGABYTE): HostReading["disks"] {
	const availableBytes = Math.round(sizeBytes * (1 - usedShare));
	return [
		{ of: "PGDATA", sizeBytes, availableBytes },
		{ of: "pg_wal", sizeBytes, availableBytes },
	];
}

function host(nodeId: number, changes: Partial<HostReading>): HostReading {
	return hostReading({ units: UNITS, disks: diskReading(0.1), repmgrConf: conf(nodeId), ...changes });
}

function rowOf(nodeId: number, changes: Partial<Registration> = {}): Registration {
	return registration(nodeId, {
		conninfo: `host=node${nodeId} user=repmgr dbname=repmgr connect_timeout=2`,
		...(nodeId === 4 && { type: "witness", priority: 0 }),
		...changes,
	});
}

function readingOf(nodeId: number, changes: Partial<ServerReading>): ServerReading {
	const told = {
		settings: SETTINGS,
		serverAddress: `10.99.1.1${nodeId}`,
		archiver: {
			archivedCount: 6,
			failedCount: 0,
			lastArchivedWal: "000000010000000000000004",
			lastFailedWal: null,
			failing: false,
		},
		registrationsSince: NOW - 600_000,
		clockOffsetMs: 3,
		roundTripMs: 8,
		syncRepOldestSeconds: null,
	};
	const mine = (upstreamNodeId: number | null) => repmgrd({ localNodeId: nodeId, upstreamNodeId });
	if (nodeId === 4) return witnessReading({ ...told, repmgrd: mine(1), ...changes });
	if (nodeId === 1) {
		const senders = [2, 3].map((id) =>
			sender(60 + id, {
				applicationName: `node${id}`,
				clientAddress: `10.99.1.1${id}`,
				connectedSeconds: 3600,
			}),
		);
		const slots = [2, 3].map((id) => slot(`repmgr_slot_${id}`, 60 + id));
		return primaryReading({ ...told, walSenders: senders, slots, repmgrd: mine(null), ...changes });
	}
	return standbyReading({
		...told,
		settings: { ...SETTINGS, primary_slot_name: `repmgr_slot_${nodeId}` },
		walReceiver: receiver({ slotName: `repmgr_slot_${nodeId}`, connectedSeconds: 3600 }),
		repmgrd: mine(1),
		...changes,
	});
}

export function statesOf(
	changes: Changes,
	circumstances: Circumstances = {},
): ReadonlyMap<number, NodeState> {
	const { ssh = true, ids = [1, 2, 3, 4] } = circumstances;
	const rows = ids.map((nodeId) => rowOf(nodeId, changes[nodeId]?.registered));
	return new Map(
		rows.map((row) => {
			const { nodeId } = row;
			const { server = {}, fault, isUnread, ping, ownCopy = {}, ...rest } = changes[nodeId] ?? {};
			const copy = rows.map((one) => ({ ...one, ...ownCopy[one.nodeId] }));
			const reading = readingOf(nodeId, { registrations: copy, ...server });
			const looked =
				rest.hostFault !== undefined
					? [failed({ kind: "timeout", message: "SSH does not answer", ...rest.hostFault })]
					: [
							{
								...good(host(nodeId, rest.host ?? {}), NOW - 1000 * (rest.hostSecondsAgo ?? 0)),
								by: "ssh" as const,
							},
						];
			const state = nodeState(row, {
				server: isUnread
					? []
					: fault === undefined
						? [good(reading)]
						: failing(reading, fault, circumstances),
				ping: ping === undefined ? [] : [failed(ping)],
				host: ssh || rest.host !== undefined || rest.hostFault !== undefined ? looked : [],
			});
			return [nodeId, state];
		}),
	);
}

function failing(reading: ServerReading, fault: Partial<Fault>, { before, secondsAgo = 0 }: Circumstances) {
	if (before === undefined) return [failed(fault)];
	const at = NOW - secondsAgo * 1000;
	return [good(reading, at - 1000), failed(fault, at), failed(fault)];
}

/** The world of a cluster with these changes. */
export function worldOf(changes: Changes = {}, circumstances: Circumstances = {}): World {
	const { before, secondsAgo = 0, thresholds = {} } = circumstances;
	const snapshot = takeSnapshot("prod", statesOf(changes, circumstances), [], NOW);
	let history: NodeHistory = new Map();
	if (before !== undefined) {
		// Healthy for an hour, then as before, then as now.
		history = recordPeriods(history, takeSnapshot("prod", statesOf({}, circumstances), [], NOW - 3_600_000));
		history = recordPeriods(
			history,
			takeSnapshot("prod", statesOf(before, circumstances), [], NOW - secondsAgo * 1000),
		);
	}
	return {
		snapshot,
		history: recordPeriods(history, snapshot),
		thresholds: { ...DEFAULT_THRESHOLDS, ...thresholds },
	};
}

/** The snapshot, with the forecast of what repmgrd would do if the primary died. */
export function foreseen(changes: Changes = {}, circumstances: Circumstances = {}): ClusterSnapshot {
	const world = worldOf(changes, circumstances);
	return { ...world.snapshot, forecast: forecastElection(world) };
}

/** A world that was healthy for an hour and has had these changes for so many seconds. */
export function since(seconds: number, changes: Changes, circumstances: Circumstances = {}): World {
	return worldOf(changes, { ...circumstances, before: changes, secondsAgo: seconds });
}

/** Runs a rule, and checks the format of each finding. */
export function judge(rule: Rule, world: World): readonly Finding[] {
	const findings = rule(world);
	for (const { message, detail, hint, evidence, remedy, doNot } of findings) {
		expect(message).toMatch(/^(?:[^A-Z]|WAL ).*[^.]$/);
		for (const sentences of [detail, hint, ...(doNot === null ? [] : [doNot])]) {
			expect(sentences).toMatch(/^[^a-z].*\.$|^node\d.*\.$|^repmgr.*\.$|^max_slot.*\.$/);
			expect(sentences).not.toMatch(/undefined|null,|NaN|Infinity| {2}|\.\./);
		}
		expect(evidence).not.toHaveLength(0);
		for (const { at, text } of evidence) {
			expect(at).toBeGreaterThan(0);
			expect(text).not.toMatch(/undefined|NaN|Infinity/);
		}
		expect(remedy?.argv.every((word) => word !== "" && !word.includes("********")) ?? true).toBe(true);
	}
	return findings;
}

/** Findings in short, for tables of tests: severity, code and node. */
export function inShort(findings: readonly Finding[]): readonly string[] {
	return findings.map(({ code, severity, nodeId }) => `${severity} ${code} ${nodeId ?? "cluster"}`);
}
