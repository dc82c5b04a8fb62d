import { access } from "node:fs/promises";
import type { Outcome } from "../../model/fault.ts";
import { algorithmsBeyondSsh2 } from "./algorithms.ts";
import { expandTilde, type HostConfig, type HostRequest, resolveHost } from "./config.ts";
import { readKnownHosts } from "./host-key.ts";
import { findIdentities, type Identities } from "./identities.ts";
import { findAuthority, type KnownHostLine } from "./known-hosts.ts";

/** One host on the route, with what its login needs. */
export interface Hop {
	readonly config: HostConfig;
	readonly identities: Identities;
	readonly knownHosts: readonly KnownHostLine[];
}

export interface Route {
	/** Jump hosts in order, the host itself last. */
	readonly hops: readonly Hop[];
	readonly target: HostConfig;
	/** Why only the system's ssh can take this route; null if ssh2 can. */
	readonly beyondSsh2: string | null;
}

/** More than any real setup has; ends a loop in ~/.ssh/config. */
const maxHops = 8;

const jumpPattern =
	/^(?:ssh:\/\/)?(?:(?<user>.+)@)?(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:]+))(?::(?<port>\d+))?\/?$/;

/** Resolves the host and its jump hosts, each from its own configuration, and reads their keys. */
export async function findRoute(request: HostRequest, timeoutMs: number): Promise<Outcome<Route>> {
	const missing = await missingIdentity(request);
	if (missing) return missing;
	const chain = await resolveChain(request, timeoutMs, maxHops);
	if (chain.fault) return chain;
	const hops = await Promise.all(chain.value.map(loadHop));
	const target = chain.value.at(-1) as HostConfig;
	return { value: { hops, target, beyondSsh2: hops.map(beyondSsh2).find((why) => why !== null) ?? null } };
}

/** OpenSSH only warns about a missing key that was named, and tries others; here it is an error. */
async function missingIdentity(
	request: HostRequest,
): Promise<{ readonly fault: Outcome<never>["fault"] & object } | null> {
	const { identity } = request;
	if (identity === undefined) return null;
	try {
		await access(expandTilde(identity));
		return null;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") return null;
		const message = `private key "${identity}" does not exist`;
		return { fault: { kind: "authentication", message, hint: "Check --identity and the clusters file." } };
	}
}

/**
 * As OpenSSH's ProxyJump: the first jump host is reached by its own configuration, which may have jump hosts too, every later one
 * through its predecessor.
 */
async function resolveChain(
	request: HostRequest,
	timeoutMs: number,
	maxLength: number,
): Promise<Outcome<readonly HostConfig[]>> {
	const resolved = await resolveHost(request, timeoutMs);
	if (resolved.fault) return resolved;
	const chain: HostConfig[] = [];
	for (const [index, jump] of (resolved.value.proxyJump?.split(",") ?? []).entries()) {
		const hop = parseJump(jump, request);
		if (hop === null || maxLength <= 1) return { fault: jumpFault(request.host, jump, hop === null) };
		const hops =
			index === 0 ? await resolveChain(hop, timeoutMs, maxLength - 1) : await resolveOne(hop, timeoutMs);
		if (hops.fault) return hops;
		chain.push(...hops.value);
	}
	return { value: [...chain, resolved.value] };
}

async function resolveOne(hop: HostRequest, timeoutMs: number): Promise<Outcome<readonly HostConfig[]>> {
	const resolved = await resolveHost(hop, timeoutMs);
	return resolved.fault ? resolved : { value: [resolved.value] };
}

/** Parses "[user@]host[:port]" or an ssh:// URI; null if it is neither. Identities come from the jump host's own configuration. */
function parseJump(jump: string, from: HostRequest): HostRequest | null {
	const groups = jumpPattern.exec(jump)?.groups;
	const host = groups?.bracketed ?? groups?.plain;
	if (groups === undefined || host === undefined) return null;
	const port = groups.port === undefined ? undefined : Number(groups.port);
	return { host, user: groups.user, port, configFile: from.configFile };
}

function jumpFault(host: string, jump: string, isMalformed: boolean) {
	return {
		kind: "protocol",
		message: `jump hosts of "${host}" can't be followed`,
		detail: isMalformed
			? `ProxyJump names "${jump}".`
			: `There are more than ${maxHops} hosts on the way, or a jump host needs itself.`,
		hint: `Look at ProxyJump in: ssh -G ${host}`,
	} as const;
}

async function loadHop(config: HostConfig): Promise<Hop> {
	const [identities, knownHosts] = await Promise.all([findIdentities(config), readKnownHosts(config)]);
	return { config, identities, knownHosts };
}

function beyondSsh2({ config, identities, knownHosts }: Hop): string | null {
	if (config.proxyCommand !== null) return `ProxyCommand is set for "${config.host}"`;
	if (config.beyondSsh2 !== null) return `${config.beyondSsh2} is set for "${config.host}"`;
	const algorithms = algorithmsBeyondSsh2(config);
	if (algorithms !== null) return algorithms;
	if (identities.beyondSsh2 !== null) return identities.beyondSsh2;
	const authority = findAuthority(knownHosts, config.hostname, config.port, config.hostKeyAlias);
	return authority ? `${authority.path}:${authority.lineNumber} trusts a certificate authority` : null;
}
