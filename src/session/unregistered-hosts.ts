import type { Host } from "../execution/host.ts";
import type { BarmanSurvey } from "../model/barman.ts";
import type { CloneSurvey } from "../model/clone-survey.ts";
import type { Outcome } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { Registration } from "../model/registration.ts";
import type { HostSurvey } from "../model/survey.ts";
import type { GivenBarman } from "../operation/clone/barman-options.ts";
import type { UnregisteredHost } from "../operation/plan/facts.ts";
import { barmanFor } from "../operation/request.ts";
import type { Shell } from "../transport/ports.ts";

/** Where hosts are reached and surveyed. */
export interface HostSources {
	/** The SSH connection to a node's host; null: there is none. */
	readonly shellFor: (registration: Registration) => { readonly shell: Shell; readonly user: string } | null;
	/** Has one host look for room, and try its connections to the upstream. */
	readonly surveyClone: (host: Host, upstream: Registration) => Promise<Outcome<CloneSurvey>>;
	/** Has one host ask Barman what it has. */
	readonly surveyBarman: (
		host: Host,
		given: GivenBarman | null,
		upstream: Registration,
	) => Promise<Outcome<BarmanSurvey | null>>;
	readonly surveyHost: (host: Host, systemIdentifier: string) => Promise<Outcome<HostSurvey>>;
}

/** No node has this id. */
const NO_NODE = 0;

/** Hosts that no row of repmgr.nodes leads to; each SSH connection is opened once. */
export class UnregisteredHosts {
	readonly #sources: HostSources;
	readonly #hosts = new Map<string, Host>();

	constructor(sources: HostSources) {
		this.#sources = sources;
	}

	/** Surveys the host that an intent names, if it names one; for a clone also by its connections to the upstream. `host` is the same as the node that it will be. */
	async survey(
		intent: Intent | null,
		systemIdentifier: string,
		upstream: Registration | null,
	): Promise<{
		readonly unregisteredHost: UnregisteredHost;
		readonly clone: Outcome<CloneSurvey> | null;
		readonly barman: Outcome<BarmanSurvey | null> | null;
		readonly host: Host | null;
	} | null> {
		if (intent?.kind !== "register-host" && intent?.kind !== "clone-host") return null;
		const { host: name, configFile } = intent;
		if (name === "") return null;
		const host = this.#hostAt(name, configFile);
		if (host === null) return null;
		const asked = barmanFor(intent);
		const [survey, clone, barman] = await Promise.all([
			this.#sources.surveyHost(host, systemIdentifier),
			upstream && this.#sources.surveyClone(host, upstream),
			upstream && asked !== undefined ? this.#sources.surveyBarman(host, asked, upstream) : null,
		]);
		const nodeId = survey.value?.configuredNodeId ?? null;
		const unregisteredHost = { host: name, configFile, user: host.user, survey };
		return { unregisteredHost, clone, barman, host: nodeId === null ? null : { ...host, nodeId } };
	}

	close(): void {
		for (const { shell } of this.#hosts.values()) shell.close();
	}

	#hostAt(name: string, configFile: string): Host | null {
		const known = this.#hosts.get(name);
		if (known !== undefined) return { ...known, configFile };
		const shell = this.#sources.shellFor(rowFor(name, configFile));
		if (shell === null) return null;
		const host = { nodeId: NO_NODE, configFile, ...shell };
		this.#hosts.set(name, host);
		return host;
	}
}

/** A row by which a host can be found: SSH's settings go by its name. */
function rowFor(host: string, configFile: string): Registration {
	return {
		nodeId: NO_NODE,
		nodeName: host,
		type: "standby",
		active: false,
		upstreamNodeId: null,
		location: "default",
		priority: 0,
		slotName: null,
		conninfo: "",
		host,
		port: 5432,
		user: null,
		database: null,
		configFile,
	};
}
