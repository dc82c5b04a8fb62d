import { timelinesOf, withCommits } from "../assess/timelines.ts";
import type { Operator } from "../execution/journal.ts";
import type { PastRun } from "../execution/past-run.ts";
import type { Run } from "../execution/run.ts";
import type { Outcome } from "../model/fault.ts";
import type { TimeRange } from "../model/found-lines.ts";
import type { IncidentMaterial } from "../model/incident.ts";
import type { LintReport } from "../model/lint-result.ts";
import type { Registration } from "../model/registration.ts";
import type { Support } from "../model/support.ts";
import type { Thresholds } from "../model/thresholds.ts";
import type { Timelines } from "../model/timelines.ts";
import { readFoundLines } from "../probe/logs/found-reader.ts";
import { readOwnWal } from "../probe/own-wal/reader.ts";
import { withTableNames } from "../probe/own-wal/tables.ts";
import { Poller, type PollerContext } from "../probe/poller.ts";
import { readSetup } from "../probe/setup/reader.ts";
import { surveyBarman } from "../probe/survey/barman.ts";
import { surveyClone } from "../probe/survey/clone.ts";
import { survey, surveyHost } from "../probe/survey/reader.ts";
import { readTimelines } from "../probe/timelines/reader.ts";
import { CHANGING_TROUBLE_PATIENCE_MS, DEFAULT_TIMING } from "../probe/timing.ts";
import { type ConsoleStore, createConsoleStore, type OnDemand } from "../store/console-store.ts";
import type { ConnectionParameters, Query } from "../transport/ports.ts";
import { crosschecks } from "./crosschecks.ts";
import { FirstReading } from "./first-reading.ts";
import { incidentMaterial, pastOperations } from "./incident.ts";
import { createOperationStore, type OperationStore } from "./operation-store.ts";
import type { Operations } from "./operations.ts";
import { commitsOfTheirOwn } from "./own-commits.ts";
import { readLogs } from "./support.ts";

export type { DryRun, OperationStore, OperationsState, PendingOperation } from "./operation-store.ts";
export type { Operations, Started } from "./operations.ts";
export type { PastRun, Run };

/** What a session on one cluster is made of; app/ composes it. */
export interface SessionOptions extends Pick<PollerContext, "resolve" | "redact" | "shellFor" | "hostLooks"> {
	readonly name: string;
	readonly query: Query;
	/** Opens sessions that may write: for the drill's own table, and nothing else. */
	readonly writingQuery: Query;
	/** Servers that the user named. */
	readonly seeds: readonly ConnectionParameters[];
	/** Nodes known from last time. */
	readonly known: readonly Registration[];
	/** Why hosts are not read over SSH, or null. */
	readonly sshOff: string | null;
	/** The configuration forbids every change. */
	readonly isReadOnly?: boolean;
	readonly thresholds?: Thresholds;
	readonly operator: Operator;
	readonly journalPath: string;
	/** Gives the store that the session uses instead, e.g. one that records what reaches it. */
	readonly observe?: (store: ConsoleStore) => ConsoleStore;
	readonly intervalMs: number;
	/** How long a command waits for nodes and hosts. */
	readonly waitMs: number;
	/** Takes the cluster's nodes whenever they change, for a start while the named server is down. */
	readonly remember: (systemIdentifier: string | null, registrations: readonly Registration[]) => void;
}

/** What a screen or a command can do with a cluster. */
export interface Session {
	readonly store: ConsoleStore;
	/**
	 * Waits until every node has answered or failed, and every host if all are read at once; for `waitMs` at most. What was not
	 * read by then gets a fault that says so. The outcome is a fault if no named server knew a cluster.
	 */
	firstPicture(): Promise<Outcome<true>>;
	/** The same with another deadline; what is missing may still come. */
	glance(deadlineMs: number): Promise<Outcome<true>>;
	/** Waits until repmgr.events of every node was read or has failed, for `waitMs` at most. */
	eventsPicture(): Promise<Outcome<true>>;
	/** Waits until it is known which nodes there are, for `waitMs` at most. */
	discovery(): Promise<Outcome<true>>;
	/** Follows a node's logs into the store. Gives a function that ends it. */
	followLogs(nodeId: number): () => void;
	/** Reads and judges the configuration of the cluster, into the store as well. A call during a check gets the same report. */
	checkSetup(): Promise<LintReport>;
	/** Reads the configuration, what the lint says of it, and the end of all logs. */
	readSupport(): Promise<Support>;
	/** Removes secrets from a text: patterns, and every password that this session has used. */
	readonly redact: (text: string) => string;
	/** Reads and joins what all nodes tell about timelines, into the store as well. A call during a reading gets the same one. */
	readTimelines(): Promise<Timelines>;
	/** Reads what is known of a time: repmgr's events, the lines of logs that decide, timelines, this machine's operations. */
	readIncident(range: TimeRange): Promise<IncidentMaterial>;
	/** Has every host try its connections to all nodes; the results go into the store. Cancels one that still runs. */
	crosscheck(): Promise<void>;
	/** Ends the running crosscheck; its results stay. */
	cancelCrosscheck(): void;
	/** What changes the cluster; its code is loaded by the first call. */
	operations(): Promise<Operations>;
	/** The same for a screen, which must not wait. */
	readonly operationStore: OperationStore;
	/** What this console carries out now, or null. */
	readonly running: Run | null;
	/** How this console connects to a node. */
	parametersOf(nodeId: number): Outcome<ConnectionParameters>;
	/** Polls every node now. */
	refresh(): void;
	intervalMs: number;
	close(): void;
}

/** Starts watching a cluster. */
export function openSession(options: SessionOptions): Session {
	const made = createConsoleStore({ ...options, now: Date.now() });
	const store = options.observe?.(made) ?? made;
	let intervalMs = options.intervalMs;
	let running: Run | null = null;
	let remembered: readonly Registration[] | null = null;

	const poller = new Poller({
		...options,
		isChanging: () => running !== null,
		timing: () => ({
			...DEFAULT_TIMING,
			intervalMs,
			troublePatienceMs: running !== null ? CHANGING_TROUBLE_PATIENCE_MS : DEFAULT_TIMING.troublePatienceMs,
		}),
		receive(reports) {
			store.receive(reports);
			const { registrations, snapshot } = store.getState();
			const { systemIdentifier } = snapshot.cluster;
			if (registrations !== remembered && systemIdentifier !== null) {
				remembered = registrations;
				options.remember(systemIdentifier, registrations);
			}
		},
		found: store.found,
		registrations: () => store.getState().registrations,
		onSeedFault: (seed, fault) => reading.seedFailed(seed, fault),
		onLogs: (nodeId, looks) => store.receiveLogs(nodeId, looks, Date.now()),
		onTick: (now) => store.tick(now),
	});
	const { waitMs, hostLooks, seeds } = options;
	const looksAtHostOf = (nodeId: number): boolean => poller.looksAtHostOf(nodeId);
	const reading = new FirstReading({ store, seedCount: seeds.length, waitMs, hostLooks, looksAtHostOf });
	poller.start(seeds, options.known);

	const setupCheck = onDemand<LintReport>(store.receiveSetupCheck, async (onRead) => {
		const { lint } = await import("../lint/index.ts");
		return lint(await readSetup(poller.targets(), options, onRead));
	});
	const timelines = onDemand<Timelines>(store.receiveTimelines, async (onRead) => {
		const [read, { runs = [] }] = await Promise.all([
			readTimelines(poller.targets(), options, onRead),
			loadedOperations().then((loaded) => loaded.runs(false)),
		]);
		const told = timelinesOf(store.getState().snapshot, read, runs);
		return withCommits(told, await commitsOfTheirOwn(told, read, poller.targets()));
	});

	/** One reading at a time, with its progress. */
	function onDemand<Report>(
		receive: (change: Partial<OnDemand<Report>>) => void,
		make: (onRead: () => void) => Promise<Report>,
	): () => Promise<Report> {
		let running: Promise<Report> | null = null;
		const read = async (): Promise<Report> => {
			const of = poller.targets().length;
			let done = 0;
			receive({ progress: { read: done, of } });
			const report = await make(() => {
				done += 1;
				receive({ progress: { read: done, of } });
			});
			receive({ report, progress: null });
			return report;
		};
		return () => {
			running ??= read().finally(() => {
				running = null;
			});
			return running;
		};
	}

	const { crosscheck, cancelCrosscheck, crosscheckFrom } = crosschecks(store, poller);

	let operations: Promise<Operations> | null = null;
	async function loadOperations(): Promise<Operations> {
		const { openOperations } = await import("./operations.ts");
		const { query, writingQuery, shellFor, journalPath, operator, redact, isReadOnly = false } = options;
		return openOperations({
			...{ store, query, writingQuery, shellFor, journalPath, operator, redact, isReadOnly },
			...{ surveyHost, surveyClone, surveyBarman, crosscheckFrom },
			survey: (systemIdentifier, upstreamNodeId, asksToMask) =>
				survey(poller.targets(), query, systemIdentifier, upstreamNodeId, asksToMask),
			async ownWal(place, rangesIn, namesFrom) {
				const target = poller.targets().find(({ registration }) => registration.nodeId === namesFrom);
				const read = await readOwnWal(place, rangesIn);
				return read.value && target?.parameters.value !== undefined
					? { value: await withTableNames(read.value, target.parameters.value, query) }
					: read;
			},
			targets: () => poller.targets(),
			hurry: () => poller.hurry(),
			onRunning(run) {
				running = run;
				store.setOperating(run !== null);
			},
		});
	}

	const loadedOperations = (): Promise<Operations> => {
		operations ??= loadOperations();
		return operations;
	};
	const operationStore = createOperationStore(loadedOperations);

	return {
		store,
		operationStore,
		operations: loadedOperations,
		firstPicture: () => reading.complete(),
		glance: (deadlineMs) => reading.within(deadlineMs),
		eventsPicture: () => reading.events(),
		discovery: () => reading.discovery(),
		followLogs: (nodeId) => poller.followLogs(nodeId),
		checkSetup: setupCheck,
		async readSupport() {
			const { lint } = await import("../lint/index.ts");
			const [setup, logs] = await Promise.all([
				readSetup(poller.targets(), options, () => {}),
				readLogs(store, (nodeId) => poller.followLogs(nodeId), waitMs),
			]);
			return { setup, lint: lint(setup), logs };
		},
		redact: options.redact,
		readTimelines: timelines,
		async readIncident(range) {
			const [told, logs, known] = await Promise.all([
				timelines(),
				readFoundLines(poller.targets(), options, range),
				loadedOperations().then((loaded) => pastOperations(loaded, range)),
				reading.events(),
			]);
			return incidentMaterial({ range, state: store.getState(), timelines: told, logs, ...known });
		},
		crosscheck,
		cancelCrosscheck,
		parametersOf: (nodeId) =>
			poller.targets().find(({ registration }) => registration.nodeId === nodeId)?.parameters ?? {
				fault: { kind: "protocol", message: `node ${nodeId} is not registered` },
			},
		get running() {
			return running;
		},
		refresh: () => poller.hurry(),
		get intervalMs() {
			return intervalMs;
		},
		set intervalMs(ms) {
			intervalMs = ms;
		},
		close() {
			cancelCrosscheck();
			// A running step goes on, on its host.
			void operationStore.detach();
			poller.stop();
			void operations?.then((loaded) => loaded.close());
		},
	};
}
