import { createStore, type StoreApi } from "zustand/vanilla";
import { authoritativeRegistrations } from "../assess/authority.ts";
import { changesBetween } from "../assess/changes.ts";
import { acknowledge, type FindingPeriods, recordFindings } from "../assess/finding-periods.ts";
import { type Handovers, NO_HANDOVER, recordHandover } from "../assess/handover.ts";
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
import type { Timelines } from "../model/timelines.ts";
import { diagnoseSnapshot, withFindings } from "./diagnose-snapshot.ts";
import { type LagHistory, sampleLag } from "./lag-history.ts";

/** Everything the console knows about one cluster. Never changed in place: every action makes a new value. */
export interface ConsoleState {
	readonly name: string;
	/** Why the console does not log in to hosts; null: it does. */
	readonly sshOff: string | null;
	/** read_only in the configuration. */
	readonly isReadOnly: boolean;
	readonly nodes: ReadonlyMap<number, NodeState>;
	/** The authoritative copy of repmgr.nodes; the same array until its content changes. */
	readonly registrations: readonly Registration[];
	/** Oldest first. */
	readonly log: readonly LogEntry[];
	readonly snapshot: ClusterSnapshot;
	readonly history: NodeHistory;
	/** The last change of the primary that was watched. */
	readonly handovers: Handovers;
	/** How long each finding has been present, and whether it is acknowledged. */
	readonly findingPeriods: FindingPeriods;
	readonly lagHistory: LagHistory;
	/** By node id; only of nodes whose logs were opened. */
	readonly logs: ReadonlyMap<number, NodeLogs>;
	readonly setupCheck: OnDemand<LintReport>;
	readonly timelines: OnDemand<Timelines>;
	/** The last one, which may still run; null before the first. */
	readonly crosscheck: Crosscheck | null;
	/** Epoch ms. */
	readonly now: number;
}

/** What is read on demand: the last report, and the progress of the running reading. */
export interface OnDemand<Report> {
	/** Null before the first. */
	readonly report: Report | null;
	/** Nodes read so far; null: nothing is being read. */
	readonly progress: { readonly read: number; readonly of: number } | null;
}

export interface ConsoleStore extends StoreApi<ConsoleState> {
	receive(reports: readonly Report[]): void;
	/** Takes in the nodes registered on a server that the user named; ignored once a node has been read. */
	found(registrations: readonly Registration[], by?: NamedServer): void;
	receiveLogs(nodeId: number, looks: Readonly<Record<LogName, LogChunk>>, at: number): void;
	receiveCrosscheck(crosscheck: Crosscheck): void;
	/** Whether this console is running an operation. */
	setOperating(isOn: boolean): void;
	/** Acknowledges a finding, by its `findingKey`; a null note undoes that. */
	acknowledge(key: string, note: string | null): void;
	/** Adds an entry to the event log: something that happened to this console. */
	note(entry: LogEntry): void;
	receiveSetupCheck(change: Partial<OnDemand<LintReport>>): void;
	receiveTimelines(change: Partial<OnDemand<Timelines>>): void;
	/** Called once a second: updates ages, findings and the forecast. */
	tick(now: number): void;
	/** Everything that the next states depend on; `restore` brings this state back. */
	memory(): StoreMemory;
	/** Without a snapshot, as from a file, it is made again; that is exact for the memory of a tick. */
	restore(memory: StoreMemory | Omit<StoreMemory, "snapshot">): void;
}

/** The state of a store, and what it keeps beside it. */
export interface StoreMemory extends ConsoleState {
	readonly startedAt: number;
	readonly isOperating: boolean;
	/** The server that the user named, as read when it listed the nodes. */
	readonly named: NamedServer | null;
	/** When findings were last made, epoch ms; 0: never. */
	readonly diagnosedAt: number;
	readonly isPending: boolean;
}

export interface ConsoleStoreOptions {
	readonly name: string;
	readonly sshOff: string | null;
	readonly isReadOnly?: boolean;
	readonly thresholds?: Thresholds;
	readonly now: number;
	/** Nodes from the cache or the configuration file. */
	readonly known: readonly Registration[];
}

/** Shortest time between two diagnoses, per node; changes in between wait for the next report or tick. */
const DIAGNOSIS_PAUSE_MS = 1;

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
		handovers: NO_HANDOVER,
		findingPeriods: new Map(),
		lagHistory: new Map(),
		logs: new Map(),
		setupCheck: { report: null, progress: null },
		timelines: { report: null, progress: null },
		crosscheck: null,
		now,
	}));

	let startedAt = now;
	let isOperating = false;
	let named: NamedServer | null = null;
	let diagnosedAt = 0;
	let isPending = false;

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
		// Each second, and at once when a node's status changes, but not more often: all rules take 0.06 ms per node.
		isPending ||= history !== state.history || registrations !== state.registrations;
		const isDue = isTick || (isPending && at - diagnosedAt >= nodes.size * DIAGNOSIS_PAUSE_MS);
		const diagnosed = isDue
			? diagnoseSnapshot(taken, history, thresholds)
			: withFindings(taken, history, thresholds, state.snapshot);
		// Takes another 8 ms at 400 nodes, so once a second. One for another primary, or made before the primary was lost, is dropped.
		const known = state.snapshot.forecast;
		const { primaryNodeId } = taken.cluster;
		const isOfThisPrimary = primaryNodeId === (known?.lostAt === null ? known.primaryNodeId : null);
		const forecast = isTick
			? forecastElection({ snapshot: taken, history, thresholds })
			: isOfThisPrimary
				? known
				: null;
		const snapshot = { ...diagnosed, forecast };
		if (isDue) [diagnosedAt, isPending] = [at, false];
		const found = isDue
			? recordFindings(state.findingPeriods, snapshot, at, startedAt)
			: { periods: state.findingPeriods, entries: [] };
		const changes = [...changesBetween(state.snapshot, snapshot), ...found.entries];
		store.setState({
			nodes,
			history,
			handovers: recordHandover(state.handovers, snapshot),
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
			// An empty repmgr.nodes is a finding; its former nodes are still watched.
			const registrations = told?.length ? told : state.registrations;
			const isNew = registrations !== state.registrations;
			set(isNew ? membersOf(nodes, registrations) : nodes, registrations, entries, now);
		},
		found(registrations, by) {
			named = by ?? named;
			const state = store.getState();
			const isRead = [...state.nodes.values()].some(({ server }) => server.good !== null);
			if (!isRead) set(membersOf(state.nodes, registrations), registrations, [], state.now);
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
		note(entry) {
			store.setState(({ log }) => ({ log: appendEntries(log, [entry]) }));
		},
		receiveSetupCheck(change) {
			store.setState({ setupCheck: { ...store.getState().setupCheck, ...change } });
		},
		receiveTimelines(change) {
			store.setState({ timelines: { ...store.getState().timelines, ...change } });
		},
		receiveCrosscheck(crosscheck) {
			store.setState({ crosscheck });
		},
		tick(now) {
			const { nodes, registrations } = store.getState();
			set(nodes, registrations, [], now, true);
		},
		memory() {
			return { ...store.getState(), startedAt, isOperating, named, diagnosedAt, isPending };
		},
		restore(memory) {
			({ startedAt, isOperating, named, diagnosedAt, isPending } = memory);
			const { startedAt: _1, isOperating: _2, named: _3, diagnosedAt: _4, isPending: _5, ...state } = memory;
			store.setState({ ...state, snapshot: "snapshot" in state ? state.snapshot : seenAgain(state) });
		},
	};

	/** The snapshot of a tick. */
	function seenAgain({ nodes, history, now: at }: Omit<ConsoleState, "snapshot">): ClusterSnapshot {
		const seen = takeSnapshot(name, nodes, noticesOf(nodes.values(), sshOff), at, named);
		if (diagnosedAt === 0) return seen;
		const taken = { ...seen, isOperating: isOperating || isLockedNow(seen) };
		const forecast = forecastElection({ snapshot: taken, history, thresholds });
		return { ...diagnoseSnapshot(taken, history, thresholds), forecast };
	}
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

/** The registered nodes, each with its readings so far. */
function membersOf(
	nodes: ReadonlyMap<number, NodeState>,
	registrations: readonly Registration[],
): Map<number, NodeState> {
	return new Map(
		registrations.map((registration) => {
			const known =
				nodes.get(registration.nodeId) ??
				unreadNode(registration, `${registration.host ?? registration.nodeName}:${registration.port}`);
			return [registration.nodeId, { ...known, registration }];
		}),
	);
}
