import { forkPoint } from "../assess/sides.ts";
import { nameOf } from "../execution/history.ts";
import type { Host } from "../execution/host.ts";
import type { Operator } from "../execution/journal.ts";
import type { ClusterWatch } from "../execution/run-context.ts";
import type { Crosscheck } from "../model/crosscheck.ts";
import type { Outcome } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { CommitCount, OwnWal, WalDirectory, WalRange } from "../model/own-wal.ts";
import type { ServerSettings, TriedValue } from "../model/setting.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import type { Survey } from "../model/survey.ts";
import { errorLine, psql, tryValue } from "../operation/plan/commands.ts";
import { type Facts, hostOf, programsOn } from "../operation/plan/facts.ts";
import type { Command } from "../operation/plan/plan.ts";
import { barmanLine, ownRanges, walServers } from "../operation/rejoin/own-ranges.ts";
import { barmanFor, needsOf } from "../operation/request.ts";
import { type Assignment, assignmentOf } from "../operation/rolling/assignment.ts";
import type { WalPlace } from "../probe/own-wal/reader.ts";
import { parseSettings } from "../probe/settings/parse.ts";
import { settingsStatement } from "../probe/settings/sql.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { sentence } from "../text/words.ts";
import { commitsSince } from "./own-commits.ts";
import { readPackages } from "./packages.ts";
import { passwordSurveys } from "./password-surveys.ts";
import { type HostSources, UnregisteredHosts } from "./unregistered-hosts.ts";

/** Where the facts that a plan is made from are read. */
export interface FactSources extends HostSources {
	readonly store: ConsoleStore;
	readonly watch: ClusterWatch;
	readonly survey: (
		systemIdentifier: string,
		upstreamNodeId: number | null,
		asksToMask: boolean,
	) => Promise<Survey>;
	readonly operator: Operator;
	/** Reads what only one node has, with the names of its tables. */
	readonly ownWal: (
		place: WalPlace,
		rangesIn: (directory: WalDirectory) => readonly WalRange[] | null,
		namesFrom: number | null,
	) => Promise<Outcome<OwnWal | null>>;
	/** Has one host try its connections to the others. */
	readonly crosscheckFrom: (nodeId: number) => Promise<Crosscheck>;
}

/** How long to wait until every node has been read again. */
const FRESH_READING_MS = 6000;

/** The same where the plan needs repmgr.conf of every node: the first reading of a host takes a login. */
const FIRST_HOSTS_MS = 20_000;

/** For a login on the server's own host, behind one over SSH. */
const PSQL_DEADLINE_MS = 20_000;

/** Collects what a plan is made from, and holds the SSH connections over which it is carried out. */
export class OperationFacts {
	readonly #sources: FactSources;
	readonly #unregisteredHosts: UnregisteredHosts;
	/** For changes alone: polling must not wait for them, nor they for polling. */
	readonly #hosts = new Map<number, Host>();

	constructor(sources: FactSources) {
		this.#sources = sources;
		this.#unregisteredHosts = new UnregisteredHosts(sources);
	}

	/** Null: no commands can be run on it. */
	hostOf(nodeId: number): Host | null {
		const { store, shellFor } = this.#sources;
		const registration = store.getState().registrations.find((one) => one.nodeId === nodeId);
		const known = this.#hosts.get(nodeId);
		if (known !== undefined || registration === undefined) return known ?? null;
		const shell = shellFor(registration);
		if (shell === null) return null;
		const host = { nodeId, configFile: registration.configFile, ...shell };
		this.#hosts.set(nodeId, host);
		return host;
	}

	hosts(snapshot: ClusterSnapshot = this.#sources.watch.snapshot()): readonly Host[] {
		return snapshot.nodes.flatMap(({ nodeId }) => this.hostOf(nodeId) ?? []);
	}

	/** Reads everything now, and what only some operations need if the intent is one of them. */
	async collect(intent: Intent | null = null): Promise<Facts> {
		const { watch, store, survey, crosscheckFrom, operator } = this.#sources;
		const from = Date.now();
		const needs = intent === null ? {} : needsOf(intent);
		const nodeId = intent !== null && "nodeId" in intent ? intent.nodeId : null;
		const upstreamNodeId = intent !== null && "upstreamNodeId" in intent ? intent.upstreamNodeId : null;
		const isFresh = ({ nodes }: ClusterSnapshot): boolean =>
			nodes.every(
				({ state: { server, host } }) =>
					Math.max(server.good?.at ?? 0, server.fault?.at ?? 0) >= from &&
					(needs.forecast !== true || host.good !== null || host.fault !== null),
			);
		// The hosts can't be surveyed without it, so this waits until every server has been read once.
		const first = await watch.until(
			({ cluster, nodes }) =>
				cluster.systemIdentifier !== null ||
				nodes.every(({ state: { server } }) => server.good !== null || server.fault !== null),
			FIRST_HOSTS_MS,
		);
		const systemIdentifier = first.cluster.systemIdentifier ?? "";
		const upstream = store.getState().registrations.find((one) => one.nodeId === upstreamNodeId) ?? null;
		const target = nodeId === null ? null : this.hostOf(nodeId);
		const primary = store.getState().registrations.find((one) => one.nodeId === first.cluster.primaryNodeId);
		const asked = intent === null ? undefined : barmanFor(intent);
		const source = upstream ?? primary;
		const [, surveyed, crosscheck, unregistered, ofNode, barmanOfNode] = await Promise.all([
			watch.until(isFresh, needs.forecast ? FIRST_HOSTS_MS : FRESH_READING_MS),
			survey(
				systemIdentifier,
				needs.replicationFromNode ? nodeId : null,
				intent === null || needs.masking === true,
			),
			needs.sshFromNode && nodeId !== null ? crosscheckFrom(nodeId) : null,
			this.#unregisteredHosts.survey(intent, systemIdentifier, needs.cloneSurvey ? upstream : null),
			needs.cloneSurvey && upstream && target && this.#sources.surveyClone(target, upstream),
			asked !== undefined && target && source && this.#sources.surveyBarman(target, asked, source),
		]);
		const { unregisteredHost, host } = unregistered ?? {};
		const clone = ofNode ?? unregistered?.clone ?? null;
		const barman = barmanOfNode || (unregistered?.barman ?? null);
		// A node that is registered already keeps its own connection.
		if (host && this.hostOf(host.nodeId) === null) this.#hosts.set(host.nodeId, host);
		// The forecast is made once a second; this makes it from what was read just now.
		if (needs.forecast) store.tick(Date.now());
		const facts: Facts = {
			snapshot: watch.snapshot(),
			survey: surveyed,
			crosscheck,
			...(clone !== null && { clone }),
			...(barman !== null && { barman }),
			operator: nameOf(operator),
			...(unregisteredHost !== undefined && { unregisteredHost }),
			ownerOn: (nodeId) => this.hostOf(nodeId)?.user ?? null,
		};
		return {
			...facts,
			...(needs.psqlLogins && { psqlLogins: await this.#psqlLogins(facts) }),
			...(needs.settings && { settings: await this.#settings(facts, intent) }),
			...(intent?.kind === "rolling" &&
				intent.what === "upgrade" && { packages: await readPackages(facts, (id) => this.hostOf(id)) }),
			...(needs.passwords && {
				passwords: await passwordSurveys(facts.snapshot, (id) => this.hostOf(id)),
			}),
			...(needs.sideCommits && { sideCommits: await this.#sideCommits(facts) }),
			...(needs.ownWal && nodeId !== null && { ownWal: await this.#ownWal(facts, nodeId) }),
		};
	}

	/** Where there are several primaries, all at once. */
	async #sideCommits(facts: Facts): Promise<ReadonlyMap<number, CommitCount | null>> {
		const primaries = facts.snapshot.nodes.filter(({ observed }) => observed.role === "primary");
		const fork = primaries.length < 2 ? null : forkPoint(primaries);
		if (fork === null) return new Map();
		const counted = await Promise.all(
			primaries.map(async ({ nodeId, observed }) => {
				const host = this.hostOf(nodeId);
				const dataDirectory = hostOf(facts, nodeId).value?.look.dataDirectory ?? null;
				if (host === null || dataDirectory === null) return [nodeId, null] as const;
				const place = { ...host, dataDirectory, programs: programsOn(facts, nodeId) };
				return [nodeId, await commitsSince(place, fork, observed.timeline)] as const;
			}),
		);
		return new Map(counted);
	}

	async #ownWal(facts: Facts, nodeId: number): Promise<Outcome<OwnWal | null>> {
		const host = this.hostOf(nodeId);
		const surveyed = hostOf(facts, nodeId);
		if (surveyed.fault !== undefined) return surveyed;
		const { dataDirectory } = surveyed.value.look;
		if (host === null || dataDirectory === null) return { value: null };
		// A second primary knows its own tables best.
		const known = facts.snapshot.nodes.filter(({ observed }) => observed.role === "primary");
		const asked = known.find((node) => node.nodeId === nodeId) ?? known[0];
		return await this.#sources.ownWal(
			{
				...{ ...host, dataDirectory, programs: programsOn(facts, nodeId) },
				serverConfigFile: surveyed.value.serverConfigFile ?? "",
				barman: barmanLine(facts, nodeId),
				others: walServers(facts, nodeId),
			},
			(directory) => ownRanges(facts, nodeId, directory),
			asked?.nodeId ?? null,
		);
	}

	/** Runs the plan's psql with a statement that does nothing, on all hosts at once; an unreachable host has a fault of its own. */
	async #psqlLogins(facts: Facts): Promise<ReadonlyMap<number, string | null>> {
		const tried = await Promise.all(
			facts.snapshot.nodes.map(async (node): Promise<readonly (readonly [number, string | null])[]> => {
				const host = this.hostOf(node.nodeId);
				if (host === null) return [];
				const { argv, user } = psql(facts, node, "SELECT 1");
				const { value } = await host.shell.run(argv, { user, deadlineMs: PSQL_DEADLINE_MS });
				if (value === undefined) return [];
				return [[node.nodeId, value.exitCode === 0 ? null : sanitiseText(value.stderr.trim())]];
			}),
		);
		return new Map(tried.flat());
	}

	/** Of all nodes at once, by psql on each host. */
	async #settings(
		facts: Facts,
		intent: Intent | null,
	): Promise<ReadonlyMap<number, Outcome<ServerSettings>>> {
		const wanted = intent?.kind === "rolling" && intent.what === "set" ? assignmentOf(intent.setting) : null;
		const assignment = wanted === null || "message" in wanted ? null : wanted;
		const read = await Promise.all(
			facts.snapshot.nodes.map(async (node) => {
				return [node.nodeId, await this.#settingsOn(facts, node, assignment)] as const;
			}),
		);
		return new Map(read);
	}

	async #settingsOn(
		facts: Facts,
		node: NodeView,
		assignment: Assignment | null,
	): Promise<Outcome<ServerSettings>> {
		const read = await this.#output(node, psql(facts, node, settingsStatement(assignment?.name ?? null)));
		if (read.fault !== undefined) return read;
		const settings = parseSettings(read.value);
		if (settings.fault !== undefined) return settings;
		if (assignment === null || settings.value.setting === null)
			return { value: { ...settings.value, tried: null } };
		const tried = await this.#output(node, tryValue(facts, node, assignment.name, assignment.value));
		const result: TriedValue =
			tried.fault === undefined
				? { value: tried.value.replace(/\n$/, "") }
				: { refusal: sentence(tried.fault) };
		return { value: { ...settings.value, tried: result } };
	}

	/** What a command that changes nothing prints; that it fails is a fault with what it says. */
	async #output({ nodeId, nodeName }: NodeView, { argv, user }: Command): Promise<Outcome<string>> {
		const host = this.hostOf(nodeId);
		if (host === null)
			return { fault: { kind: "command", message: `the console uses no SSH for "${nodeName}"` } };
		const ran = await host.shell.run(argv, { user, deadlineMs: PSQL_DEADLINE_MS });
		if (ran.fault !== undefined) return ran;
		const { exitCode, stdout, stderr } = ran.value;
		return exitCode === 0 ? { value: stdout } : { fault: { kind: "command", message: whyItFailed(stderr) } };
	}

	close(): void {
		this.#unregisteredHosts.close();
		for (const { shell } of this.#hosts.values()) shell.close();
	}
}

/** The server's own words without what its log puts in front of a line, else the last line. */
function whyItFailed(stderr: string): string {
	const lines = stderr.trim().split("\n").map(sanitiseText);
	return (errorLine(lines) ?? lines.at(-1) ?? "").replace(/\.$/, "");
}
