import type { Host } from "../execution/host.ts";
import type { Outcome } from "../model/fault.ts";
import type { Intent } from "../model/intent.ts";
import type { Registration } from "../model/registration.ts";
import type { HostSurvey } from "../model/survey.ts";
import type { UnregisteredHost } from "../operation/plan/facts.ts";
import type { PollerContext } from "../probe/poller.ts";

export interface UnregisteredHostNeeds extends Pick<PollerContext, "shellFor"> {
	readonly surveyHost: (host: Host, systemIdentifier: string) => Promise<Outcome<HostSurvey>>;
}

/** No node has it. */
const NO_NODE = 0;

/** Ways to hosts that no row of repmgr.nodes leads to, each opened once. */
export class UnregisteredHosts {
	readonly #needs: UnregisteredHostNeeds;
	readonly #hosts = new Map<string, Host>();

	constructor(needs: UnregisteredHostNeeds) {
		this.#needs = needs;
	}

	/** Looks at the host that an intent names, if it names one; and the way to it, as the node that it will be. */
	async look(
		intent: Intent | null,
		systemIdentifier: string,
	): Promise<{ readonly unregisteredHost: UnregisteredHost; readonly host: Host | null } | null> {
		if (intent?.kind !== "register-host") return null;
		const { host: name, configFile } = intent;
		const way = this.#wayTo(name, configFile);
		if (way === null) return null;
		const survey = await this.#needs.surveyHost(way, systemIdentifier);
		const nodeId = survey.value?.configuredNodeId ?? null;
		const unregisteredHost = { host: name, configFile, user: way.user, survey };
		return { unregisteredHost, host: nodeId === null ? null : { ...way, nodeId } };
	}

	close(): void {
		for (const { shell } of this.#hosts.values()) shell.close();
	}

	#wayTo(name: string, configFile: string): Host | null {
		const known = this.#hosts.get(name);
		if (known !== undefined) return { ...known, configFile };
		const way = this.#needs.shellFor(rowFor(name, configFile));
		if (way === null) return null;
		const host = { nodeId: NO_NODE, configFile, ...way };
		this.#hosts.set(name, host);
		return host;
	}
}

/** What of a row is needed to find a host: SSH's settings go by its name. */
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
