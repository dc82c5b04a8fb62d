import { createStore, type StoreApi } from "zustand/vanilla";
import { authoritativeRegistrations } from "../assess/authority.ts";
import { changesBetween } from "../assess/changes.ts";
import { acknowledge, type FindingPeriods, recordFindings } from "../assess/finding-periods.ts";
import { type NodeHistory, recordPeriods } from "../assess/node-history.ts";
import { noticesOf } from "../assess/notices.ts";
import { isLockedNow, takeSnapshot } from "../assess/take-snapshot.ts";
import { forecastElection } from "../diagnosis/election/forecast.ts";
import type { Crosscheck } from "../model/crosscheck.ts";
import type { LintReport } from "../model/lint-result.ts";
import { appendEntries, type LogEntry, repmgrEntry } from "../model/log-entry.ts";
import { appendChunk, type LogChunk, type LogName, type NodeLogs, UNREAD_LOGS } from "../model/log-tail.ts";
import { type NodeState, observe, type Report, unreadNode } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { ClusterSnapshot, NamedServer } from "../model/snapshot.ts";
import { DEFAULT_THRESHOLDS, type Thresholds } from "../model/thresholds.ts";
import { diagnoseSnapshot, withFindings } from "./diagnose-snapshot.ts";
import { type LagHistory, sampleLag } from "./lag-history.ts";

/** All that the console knows. Every action makes a new value; nothing is changed in place. */
export interface ConsoleState {
	readonly name: string;
	/** Why hosts are not looked at, or null. */
	readonly sshOff: string | null;
	/** The configuration forbids every change (read_only). */
	readonly isReadOnly: boolean;
	readonly nodes: ReadonlyMap<number, NodeState>;
	/** The copy of repmgr.nodes that is believed; the same array until a node reads another. */
	readonly registrations: readonly Registration[];
	/** Oldest first. */
	readonly log: readonly LogEntry[];
	readonly snapshot: ClusterSnapshot;
	/** How each node fared since the start. */
	readonly history: NodeHistory;
	/** Since when each finding has been there, and which of them an operator knows of. */
	readonly findingPeriods: FindingPeriods;
	readonly lagHistory: LagHistory;
	/** Of the nodes whose logs somebody read, by node id. */
	readonly logs: ReadonlyMap<number, NodeLogs>;
	readonly setupCheck: SetupCheck;
	/** The newest one, as far as it has come; null before the first. */
	readonly crosscheck: Crosscheck | null;
	/** Epoch ms. */
	readonly now: number;
}

/** The last check of the set-up, and how far the one that runs is. */
export interface SetupCheck {
	/** Null: none was made yet. */
	readonly report: LintReport | null;
	/** Nodes that were read and nodes to read; null: none runs. */
	readonly progress: { readonly read: number; readonly of: number } | null;
}

export interface ConsoleStore extends StoreApi<ConsoleState> {
	/** Takes in what was seen, and answers with the nodes the cluster now has. */
	receive(reports: readonly Report[]): readonly Registration[];
	/** Takes in nodes told by a server that the user named, while no node was read yet. */
	found(registrations: readonly Registration[], by?: NamedServer): readonly Registration[];
	/** Takes in what a look at a node's logs found. */
	receiveLogs(nodeId: number, looks: Readonly<Record<LogName, LogChunk>>, at: number): void;
	/** Takes in how far a crosscheck has come. */
	receiveCrosscheck(crosscheck: Crosscheck): void;
	/** This console begins or ends to carry something out. */
	setOperating(isOn: boolean): void;
	/** An operator knows of a finding (its `findingKey`), or with null no longer. */
	acknowledge(key: string, note: string | null): void;
	/** Takes in how far a check of the set-up is, or its report. */
	receiveSetupCheck(change: Partial<SetupCheck>): void;
	/** Time passes: ages grow. */
	tick(now: number): void;
}

export interface ConsoleStoreOptions {
	readonly name: string;
	readonly sshOff: string | null;
	readonly isReadOnly?: boolean;
	readonly thresholds?: Thresholds;
	readonly now: number;
	/** Nodes known from last time or from the file. */
	readonly known: readonly Registration[];
}

/** Between two judgements, for each node: what changes meanwhile waits for the next report or tick. */
const JUDGING_PAUSE_MS = 1;

/** One store for one cluster. */
export function createConsoleStore({
	name,
	sshOff,
	isReadOnly = false,
	thresholds = DEFAULT_THRESHOLDS,
	now,
	known,
}: ConsoleStoreOptions): ConsoleStore {
	const nodes = membersOf(new Map(), known);
	const store = createStore<ConsoleState>(() => ({
		name,
		sshOff,
		isReadOnly,
		nodes,
		registrations: known,
		log: [],
		snapshot: takeSnapshot(name, nodes, noticesOf(nodes.values(), sshOff), now),
		history: new Map(),
		findingPeriods: new Map(),
		lagHistory: new Map(),
		logs: new Map(),
		setupCheck: { report: null, progress: null },
		crosscheck: null,
		now,
	}));

	let isOperating = false;
	let named: NamedServer | null = null;
	let judgedAt = 0;
	let isOwed = false;

	const set = (
		nodes: ReadonlyMap<number, NodeState>,
		registrations: readonly Registration[],
		entries: readonly LogEntry[],
		at: number,
		isTick = false,
	): void => {
		const state = store.getState();
		const seen = takeSnapshot(name, nodes, noticesOf(nodes.values(), sshOff), at, named);
		const taken = { ...seen, isOperating: isOperating || isLockedNow(seen) };
		const history = recordPeriods(state.history, taken);
		// Once a second, and at once when a node fares differently: but all rules take 0.06 ms a node.
		isOwed ||= history !== state.history || registrations !== state.registrations;
		const isDue = isTick || (isOwed && at - judgedAt >= nodes.size * JUDGING_PAUSE_MS);
		const judged = isDue
			? diagnoseSnapshot(taken, history, thresholds)
			: withFindings(taken, history, thresholds, state.snapshot.findings);
		// At 400 nodes another 8 ms: once a second, and none of a primary that is no longer the one, or is lost since.
		const known = state.snapshot.forecast;
		const { primaryNodeId } = taken.cluster;
		const isOfThisPrimary = primaryNodeId === (known?.lostAt === null ? known.primaryNodeId : null);
		const forecast = isTick
			? forecastElection({ snapshot: taken, history, thresholds })
			: isOfThisPrimary
				? known
				: null;
		const snapshot = { ...judged, forecast };
		if (isDue) [judgedAt, isOwed] = [at, false];
		const found = isDue
			? recordFindings(state.findingPeriods, snapshot.findings, at, now)
			: { periods: state.findingPeriods, entries: [] };
		const changes = [...changesBetween(state.snapshot, snapshot), ...found.entries];
		store.setState({
			nodes,
			history,
			findingPeriods: found.periods,
			registrations,
			log: appendEntries(state.log, [...entries, ...changes]),
			snapshot,
			lagHistory: isTick ? sampleLag(state.lagHistory, snapshot) : state.lagHistory,
			now: at,
		});
	};

	return {
		...store,
		receive(reports) {
			const state = store.getState();
			const nodes = new Map(state.nodes);
			const entries: LogEntry[] = [];
			let { now } = state;
			for (const report of reports) {
				const node = nodes.get(report.nodeId);
				if (node !== undefined) nodes.set(report.nodeId, applyReport(node, report));
				if (report.of === "events")
					entries.push(...(report.observation.value?.events ?? []).map(repmgrEntry));
				if (report.of !== "address") now = Math.max(now, report.observation.at);
			}
			const told = authoritativeRegistrations(nodes.values());
			// That nobody is registered any more is for a rule to say: the servers are still to be watched.
			const registrations = told?.length ? told : state.registrations;
			const isNew = registrations !== state.registrations;
			set(isNew ? membersOf(nodes, registrations) : nodes, registrations, entries, now);
			return store.getState().registrations;
		},
		found(registrations, by) {
			named = by ?? named;
			const state = store.getState();
			const isRead = [...state.nodes.values()].some(({ server }) => server.good !== null);
			if (!isRead) set(membersOf(state.nodes, registrations), registrations, [], state.now);
			return store.getState().registrations;
		},
		receiveLogs(nodeId, looks, at) {
			const { nodes, logs } = store.getState();
			const { postgresql, repmgrd } = logs.get(nodeId) ?? UNREAD_LOGS;
			const known = [...logs].filter(([id]) => nodes.has(id));
			const tails = {
				postgresql: appendChunk(postgresql, "postgresql", looks.postgresql, at),
				repmgrd: appendChunk(repmgrd, "repmgrd", looks.repmgrd, at),
			};
			store.setState({ logs: new Map([...known, [nodeId, tails]]) });
		},
		setOperating(isOn) {
			isOperating = isOn;
		},
		acknowledge(key, note) {
			store.setState(({ findingPeriods, now }) => ({
				findingPeriods: acknowledge(findingPeriods, key, note, now),
			}));
		},
		receiveSetupCheck(change) {
			store.setState({ setupCheck: { ...store.getState().setupCheck, ...change } });
		},
		receiveCrosscheck(crosscheck) {
			store.setState({ crosscheck });
		},
		tick(now) {
			const { nodes, registrations } = store.getState();
			set(nodes, registrations, [], now, true);
		},
	};
}

function applyReport(node: NodeState, report: Report): NodeState {
	switch (report.of) {
		case "server":
			return { ...node, server: observe(node.server, report.observation) };
		case "ping":
			return { ...node, ping: observe(node.ping, report.observation) };
		case "host":
			return { ...node, host: observe(node.host, report.observation) };
		case "address":
			return { ...node, address: report.address };
		case "events":
			return { ...node, events: observe(node.events, report.observation) };
	}
}

/** The registered nodes, each with what is known of it so far. */
function membersOf(
	nodes: ReadonlyMap<number, NodeState>,
	registrations: readonly Registration[],
): Map<number, NodeState> {
	return new Map(
		registrations.map((registration) => {
			const known =
				nodes.get(registration.nodeId) ??
				unreadNode(registration, `${registration.host}:${registration.port}`);
			return [registration.nodeId, { ...known, registration }];
		}),
	);
}
