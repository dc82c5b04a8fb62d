import { redactConninfo } from "../libpq/conninfo.ts";
import type { Fault, Outcome } from "../model/fault.ts";
import type { Report } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { NamedServer } from "../model/snapshot.ts";
import type { ConnectionParameters, Query, Shell } from "../transport/ports.ts";
import { ConnectionLimiter } from "./connection-limiter.ts";
import { dialConninfo } from "./crosscheck/dial.ts";
import { type CrosscheckContext, crosscheck, destinationsOf } from "./crosscheck/reader.ts";
import { CONNECT_SECONDS } from "./crosscheck/script.ts";
import { type HostLooks, HostLoop } from "./host/loop.ts";
import { type LogLooks, LogLoop } from "./logs/loop.ts";
import { failed } from "./logs/parse.ts";
import { ServerLoop } from "./server/loop.ts";
import { SeedLoop } from "./server/seed-loop.ts";
import type { PollResult, ServerSession, SharedCopy } from "./server/session.ts";
import type { SetupTarget } from "./setup/reader.ts";
import { TimeSlicer } from "./time-slicer.ts";
import { CONNECTING_AT_ONCE, LOOKING_AT_ONCE, type Timing } from "./timing.ts";

/** Reports within this many ms are handed on together, so that 400 nodes do not cause 400 redraws. */
const BATCH_MS = 25;

/** What the poller needs; compose.ts puts it together. */
export interface PollerContext {
	/** Removes secrets from text. */
	readonly redact: (text: string) => string;
	readonly query: Query;
	readonly timing: () => Timing;
	/** Where and how to connect to a node: its registered conninfo, mapped and completed. */
	readonly resolve: (registration: Registration, conninfo: string) => Outcome<ConnectionParameters>;
	/** The node's host; null where SSH is off. */
	readonly shellFor: (registration: Registration) => { readonly shell: Shell; readonly user: string } | null;
	readonly hostLooks: HostLooks;
	/** Is this console running an operation? Hosts are then read less. */
	readonly isChanging?: () => boolean;
	readonly receive: (reports: readonly Report[]) => void;
	/** A named server has these nodes registered. */
	readonly found: (registrations: readonly Registration[], by: NamedServer) => void;
	/** The nodes of the cluster, by all that was received and found. */
	readonly registrations: () => readonly Registration[];
	readonly onSeedFault: (seed: ConnectionParameters, fault: Fault) => void;
	/** New lines in the followed logs of a node. */
	readonly onLogs: (nodeId: number, looks: LogLooks) => void;
	/** Once a second. */
	readonly onTick: (now: number) => void;
}

interface Member {
	readonly key: string;
	/** How the node is reached for reading on demand. */
	readonly way: Omit<SetupTarget, "registration">;
	readonly server: ServerLoop | null;
	readonly host: HostLoop | null;
	/** Runs while the node's logs are followed. */
	readonly logs: LogLoop | null;
}

/** Keeps one loop for each node that the cluster has, as nodes come and go. */
export class Poller {
	readonly #context: PollerContext;
	readonly #connecting = new ConnectionLimiter(CONNECTING_AT_ONCE);
	readonly #slices = new TimeSlicer();
	readonly #shared: SharedCopy = { newest: null };
	readonly #looking = new ConnectionLimiter(LOOKING_AT_ONCE);
	readonly #paused = new Map<number, boolean>();
	readonly #members = new Map<number, Member>();
	/** Number of followers of a node's logs. */
	readonly #followers = new Map<number, number>();
	/** Conninfos with secrets by node and redacted conninfo; they never leave this class. */
	readonly #conninfos = new Map<string, string>();
	#registrations: readonly Registration[] = [];
	#seeds: readonly SeedLoop[] = [];
	#batch: Report[] = [];
	#tick: NodeJS.Timeout | null = null;

	constructor(context: PollerContext) {
		this.#context = context;
	}

	/** Starts with the servers named by the user, and the nodes of the cache. */
	start(seeds: readonly ConnectionParameters[], known: readonly Registration[]): void {
		this.#tick = setInterval(() => this.#context.onTick(Date.now()), 1000);
		this.#setMembers(known);
		this.#seeds = seeds.map(
			(seed) =>
				new SeedLoop(seed, {
					...this.#context,
					shared: this.#shared,
					onFault: this.#context.onSeedFault,
					onFound: (result, session) => this.#onFound(seed, result, session),
				}),
		);
		for (const seed of this.#seeds) void seed.run();
	}

	stop(): void {
		if (this.#tick !== null) clearInterval(this.#tick);
		for (const seed of this.#seeds) seed.stop();
		for (const nodeId of this.#members.keys()) this.#remove(nodeId);
	}

	/** How each node is reached. */
	targets(): readonly SetupTarget[] {
		return this.#registrations.flatMap((registration) => {
			const way = this.#members.get(registration.nodeId)?.way;
			return way === undefined ? [] : [{ registration, ...way }];
		});
	}

	/** Is a node's host read? Not where SSH is off, or the node has no host. */
	looksAtHostOf(nodeId: number): boolean {
		return this.#members.get(nodeId)?.host != null;
	}

	/** Polls every node now. */
	hurry(): void {
		for (const member of this.#members.values()) member.server?.hurry();
	}

	/** Follows a node's logs, as soon as the node is known, until the returned function is called. */
	followLogs(nodeId: number): () => void {
		this.#followers.set(nodeId, (this.#followers.get(nodeId) ?? 0) + 1);
		this.#startLogs(nodeId);
		let isFollowed = true;
		return () => {
			if (!isFollowed) return;
			isFollowed = false;
			const left = (this.#followers.get(nodeId) ?? 1) - 1;
			this.#followers.set(nodeId, left);
			if (left === 0) this.#members.get(nodeId)?.logs?.stop();
		};
	}

	/** Has these hosts try to reach all nodes, each by its own copy of repmgr.nodes where `copyOf` has it. */
	async crosscheck(
		nodeIds: readonly number[],
		copyOf: (nodeId: number) => readonly Registration[] | null,
		context: Omit<CrosscheckContext, "limiter">,
	): Promise<void> {
		const sources = nodeIds.map((nodeId) => ({
			nodeId,
			target: this.#members.get(nodeId)?.way.host ?? null,
			destinations: () =>
				destinationsOf(nodeId, this.#registrations, copyOf(nodeId) ?? [], (registration) =>
					dialConninfo(this.#conninfoOf(registration), CONNECT_SECONDS),
				),
		}));
		await crosscheck(sources, { ...context, limiter: this.#looking });
	}

	/** The registered conninfo, with its secrets where they were read. */
	#conninfoOf(registration: Registration): string {
		return this.#conninfos.get(keyOf(registration)) ?? registration.conninfo;
	}

	#startLogs(nodeId: number): void {
		const member = this.#members.get(nodeId);
		if (member === undefined || !this.#followers.get(nodeId)) return;
		if (member.logs !== null) void member.logs.run();
		else {
			const { look } = failed({ kind: "command", message: "the console uses no SSH for this node" });
			this.#context.onLogs(nodeId, { postgresql: look, repmgrd: look });
		}
	}

	#onFound(seed: ConnectionParameters, result: PollResult, session: ServerSession): void {
		for (const loop of this.#seeds) loop.stop();
		this.#learn(result.conninfos);
		this.#context.found(result.reading.registrations ?? [], {
			address: targetOf(seed),
			reading: result.reading,
			at: Date.now(),
		});
		this.#setMembers(this.#context.registrations(), { address: targetOf(seed), session });
	}

	#setMembers(
		registrations: readonly Registration[],
		adoptable?: { readonly address: string; readonly session: ServerSession },
	): void {
		this.#registrations = registrations;
		const ids = new Set(registrations.map(({ nodeId }) => nodeId));
		for (const nodeId of this.#members.keys()) if (!ids.has(nodeId)) this.#remove(nodeId);
		let isAdopted = false;
		for (const registration of registrations) {
			const conninfo = this.#conninfoOf(registration);
			const key = `${conninfo}\n${registration.configFile}`;
			if (this.#members.get(registration.nodeId)?.key === key) continue;
			this.#remove(registration.nodeId);
			const parameters = this.#context.resolve(registration, conninfo);
			const fits: boolean =
				!isAdopted && parameters.fault === undefined && targetOf(parameters.value) === adoptable?.address;
			isAdopted ||= fits;
			this.#add(registration, key, parameters, fits ? (adoptable?.session ?? null) : null);
		}
		if (!isAdopted) adoptable?.session.close();
	}

	#add(
		registration: Registration,
		key: string,
		parameters: Outcome<ConnectionParameters>,
		session: ServerSession | null,
	): void {
		const { nodeId, configFile } = registration;
		const { timing, hostLooks } = this.#context;
		const report = (item: Report): void => this.#report(item);
		const shell = this.#context.shellFor(registration);
		const target = shell && { nodeId, configFile, ...shell };
		const host = target && new HostLoop(target, timing, report, this.#looking, this.#context.redact);
		const logs =
			target && new LogLoop(target, this.#context.redact, (looks) => this.#context.onLogs(nodeId, looks));
		if (parameters.fault !== undefined) {
			report({ nodeId, of: "server", observation: { fault: parameters.fault, at: Date.now(), by: "sql" } });
			host?.trouble();
		}
		const server =
			parameters.fault === undefined
				? new ServerLoop(nodeId, parameters.value, {
						...this.#context,
						limiter: this.#connecting,
						slices: this.#slices,
						shared: this.#shared,
						report,
						onConninfos: (conninfos) => this.#learn(conninfos),
						onTrouble: () => host?.trouble(),
						onCalm: () => host?.calm(),
					})
				: null;
		this.#members.set(nodeId, {
			key,
			way: { parameters, host: target },
			server,
			host,
			logs,
		});
		this.#startLogs(nodeId);
		if (parameters.fault === undefined)
			report({ nodeId, of: "address", address: targetOf(parameters.value) });
		void server?.run(session);
		void host?.run(hostLooks);
	}

	#remove(nodeId: number): void {
		const member = this.#members.get(nodeId);
		member?.server?.stop();
		member?.host?.stop();
		member?.logs?.stop();
		this.#members.delete(nodeId);
	}

	#learn(conninfos: ReadonlyMap<number, string> | null): void {
		for (const [nodeId, conninfo] of conninfos ?? []) {
			this.#conninfos.set(keyOf({ nodeId, conninfo: redactConninfo(conninfo) }), conninfo);
		}
	}

	/** Reads all hosts when repmgrd is newly paused: a lock there shows the operation that did it. */
	#readHostsWhenPaused(report: Report): void {
		if (report.of !== "server" || report.observation.fault !== undefined) return;
		const isPaused = report.observation.value.repmgrd?.paused === true;
		const isNew = isPaused && this.#paused.get(report.nodeId) === false;
		this.#paused.set(report.nodeId, isPaused);
		if (!isNew || this.#context.isChanging?.()) return;
		for (const { host } of this.#members.values()) host?.lookSoon();
	}

	/** The log of a standby without a walreceiver may say why. */
	#reportDetached(report: Report): void {
		if (report.of !== "server" || report.observation.fault !== undefined) return;
		const { inRecovery, walReceiver } = report.observation.value;
		this.#members.get(report.nodeId)?.host?.detached(inRecovery && walReceiver === null);
	}

	#report(report: Report): void {
		this.#readHostsWhenPaused(report);
		this.#reportDetached(report);
		this.#batch.push(report);
		if (this.#batch.length === 1) setTimeout(() => this.#flush(), BATCH_MS);
	}

	#flush(): void {
		const reports = this.#batch.filter(({ nodeId }) => this.#members.has(nodeId));
		this.#batch = [];
		this.#context.receive(reports);
		const members = this.#context.registrations();
		if (members !== this.#registrations) this.#setMembers(members);
		if (this.#seeds.length > 0 && reports.some(isReading)) {
			for (const seed of this.#seeds) seed.stop();
			this.#seeds = [];
		}
	}
}

function isReading(report: Report): boolean {
	return report.of === "server" && report.observation.fault === undefined;
}

function keyOf({ nodeId, conninfo }: Pick<Registration, "nodeId" | "conninfo">): string {
	return `${nodeId} ${conninfo}`;
}

function targetOf({ host, hostaddr, port }: ConnectionParameters): string {
	return `${hostaddr ?? host}:${port}`;
}
