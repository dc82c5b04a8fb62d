import type { Host } from "../execution/host.ts";
import type { ClusterWatch } from "../execution/run-context.ts";
import type { Crosscheck } from "../model/crosscheck.ts";
import type { Intent } from "../model/intent.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Survey } from "../model/survey.ts";
import { psql } from "../operation/plan/commands.ts";
import type { Facts } from "../operation/plan/facts.ts";
import { needsOf } from "../operation/request.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { type UnregisteredHostNeeds, UnregisteredHosts } from "./unregistered-hosts.ts";

export interface FactNeeds extends UnregisteredHostNeeds {
	readonly store: ConsoleStore;
	readonly survey: (systemIdentifier: string, upstreamNodeId: number | null) => Promise<Survey>;
	/** Has one host try its ways to the others. */
	readonly waysFrom: (nodeId: number) => Promise<Crosscheck>;
}

/** All nodes are read again before anything is judged, for so long. */
const FRESH_LOOK_MS = 6000;

/** A forecast needs repmgr.conf of every node: the first look at a host takes a login. */
const FIRST_HOSTS_MS = 20_000;

/** A login on the server's own host, behind one over SSH. */
const PSQL_DEADLINE_MS = 20_000;

/** Gathers what a plan is made from, and has the ways to the hosts on which it is carried out. */
export class FactFinder {
	readonly #needs: FactNeeds & { readonly watch: ClusterWatch };
	readonly #unregisteredHosts: UnregisteredHosts;
	/** For changes alone: what watches must not wait for them, nor they for it. */
	readonly #ways = new Map<number, Host>();

	constructor(needs: FactNeeds & { readonly watch: ClusterWatch }) {
		this.#needs = needs;
		this.#unregisteredHosts = new UnregisteredHosts(needs);
	}

	/** Null: there is no way to run commands on it. */
	hostOf(nodeId: number): Host | null {
		const { store, shellFor } = this.#needs;
		const registration = store.getState().registrations.find((one) => one.nodeId === nodeId);
		const known = this.#ways.get(nodeId);
		if (known !== undefined || registration === undefined) return known ?? null;
		const way = shellFor(registration);
		if (way === null) return null;
		const host = { nodeId, configFile: registration.configFile, ...way };
		this.#ways.set(nodeId, host);
		return host;
	}

	hosts(snapshot: ClusterSnapshot = this.#needs.watch.snapshot()): readonly Host[] {
		return snapshot.nodes.flatMap(({ nodeId }) => this.hostOf(nodeId) ?? []);
	}

	/** Everything as of now; what only some operations need is looked at for an intent. */
	async look(intent: Intent | null = null): Promise<Facts> {
		const { watch, store } = this.#needs;
		const from = Date.now();
		const needs = intent === null ? {} : needsOf(intent);
		const nodeId = intent !== null && "nodeId" in intent ? intent.nodeId : null;
		const isFresh = ({ nodes }: ClusterSnapshot): boolean =>
			nodes.every(
				({ state: { server, host } }) =>
					Math.max(server.good?.at ?? 0, server.fault?.at ?? 0) >= from &&
					(needs.forecast !== true || host.good !== null || host.fault !== null),
			);
		// Nothing can be asked of the hosts without it, so it is waited for until every server has told what it has to tell.
		const first = await watch.until(
			({ cluster, nodes }) =>
				cluster.systemIdentifier !== null ||
				nodes.every(({ state: { server } }) => server.good !== null || server.fault !== null),
			FIRST_HOSTS_MS,
		);
		const systemIdentifier = first.cluster.systemIdentifier ?? "";
		const [, survey, crosscheck, stranger] = await Promise.all([
			watch.until(isFresh, needs.forecast ? FIRST_HOSTS_MS : FRESH_LOOK_MS),
			this.#needs.survey(systemIdentifier, needs.replicationFromNode ? nodeId : null),
			needs.sshFromNode && nodeId !== null ? this.#needs.waysFrom(nodeId) : null,
			this.#unregisteredHosts.look(intent, systemIdentifier),
		]);
		const { unregisteredHost, host } = stranger ?? {};
		// What is already registered has a way of its own.
		if (host && this.hostOf(host.nodeId) === null) this.#ways.set(host.nodeId, host);
		// The forecast, which is worked out once a second, as of now.
		if (needs.forecast) store.tick(Date.now());
		const facts: Facts = {
			snapshot: watch.snapshot(),
			survey,
			crosscheck,
			...(unregisteredHost !== undefined && { unregisteredHost }),
			ownerOn: (nodeId) => this.hostOf(nodeId)?.user ?? null,
		};
		return needs.psqlLogins ? { ...facts, psqlLogins: await this.#psqlLogins(facts) } : facts;
	}

	/** The plan's own psql with a statement that does nothing, on all hosts at once; a host that can't be reached has its own fault. */
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

	close(): void {
		this.#unregisteredHosts.close();
		for (const { shell } of this.#ways.values()) shell.close();
	}
}
