import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { childEnvironment } from "../../config/environment.ts";
import { type Fault, isOutOfFiles, type Outcome, outOfFilesFault } from "../../model/fault.ts";
import { bounded } from "./fault.ts";

/** A host as the operator or repmgr.nodes names it; what is missing comes from ~/.ssh/config. */
export interface HostRequest {
	readonly host: string;
	readonly user?: string | undefined;
	readonly port?: number | undefined;
	/** Private key file, tried before those of the configuration. */
	readonly identity?: string | undefined;
	/** Replaces ~/.ssh/config and /etc/ssh/ssh_config, as `ssh -F`. */
	readonly configFile?: string | undefined;
}

/** The ssh_config(5) of one host after Include, Match and defaults: the output of `ssh -G`. */
export interface HostConfig {
	/** The requested name, which faults use. */
	readonly host: string;
	readonly hostname: string;
	readonly user: string;
	readonly port: number;
	readonly addressFamily: "any" | "inet" | "inet6";
	readonly identityFiles: readonly string[];
	readonly certificateFiles: readonly string[];
	/** The agent's socket; null if there is none. */
	readonly agentSocket: string | null;
	readonly identitiesOnly: boolean;
	/** False if the configuration disables public key authentication. */
	readonly publicKeys: boolean;
	readonly pkcs11Provider: string | null;
	readonly proxyJump: string | null;
	readonly proxyCommand: string | null;
	readonly userKnownHostsFiles: readonly string[];
	readonly globalKnownHostsFiles: readonly string[];
	readonly hashKnownHosts: boolean;
	readonly hostKeyAlias: string | null;
	/** "no" is treated as "accept-new": a changed key is never accepted. */
	readonly acceptNewHostKeys: boolean;
	/** Empty if unknown, as are the following ones. */
	readonly hostKeyAlgorithms: readonly string[];
	readonly kexAlgorithms: readonly string[];
	readonly ciphers: readonly string[];
	readonly macs: readonly string[];
	readonly publicKeyAlgorithms: readonly string[];
	/** Minimum bits of RSA keys, of hosts and users. */
	readonly requiredRsaSize: number;
	/** A configured keyword that ssh2 doesn't support; null if there is none. */
	readonly beyondSsh2: string | null;
}

/**
 * Names that `ssh` and the shells of ProxyCommand and Match exec can't take for anything else. Host names come from repmgr.nodes,
 * into which anyone with write access can put "-oProxyCommand=…".
 */
const safeHost = /^[\p{L}\p{N}_:][\p{L}\p{N}._:%-]*$/u;
const safeUser = /^[\p{L}\p{N}_][\p{L}\p{N}._@$+-]*$/u;

/** Keywords that ssh2 doesn't support (host key checks, source addresses), each with the values that have no effect. */
const beyondSsh2: readonly (readonly [string, RegExp])[] = [
	["RevokedHostKeys", /^$/],
	["KnownHostsCommand", /^$/],
	["VerifyHostKeyDNS", /^(no|false)?$/],
	["CheckHostIP", /^(no|false)?$/],
	["BindAddress", /^$/],
	["BindInterface", /^$/],
];

const defaultIdentities = ["rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk"].map((t) => `~/.ssh/id_${t}`);

/** Why ssh could take the names for something else, or null. */
export function unsafeName({ host, user }: HostRequest): Fault | null {
	if (safeHost.test(host) && (user === undefined || safeUser.test(user))) return null;
	return {
		kind: "protocol",
		message: `not a host and user name for ssh: "${bounded(host, 255)}"`,
		detail: "Names may hold letters, digits and . _ - : %, and do not begin with a dash.",
		hint: "Correct the host in the conninfo of this node, or name another one for ssh.",
	};
}

/** Asks `ssh -G`; OpenSSH's defaults apply if this machine has no ssh. */
export async function resolveHost(request: HostRequest, timeoutMs: number): Promise<Outcome<HostConfig>> {
	const unsafe = unsafeName(request);
	if (unsafe !== null) return { fault: unsafe };
	return new Promise((resolve) => {
		const options = { timeout: timeoutMs, encoding: "utf8", env: childEnvironment() } as const;
		execFile("ssh", ["-G", ...requestArguments(request)], options, (error, stdout, stderr) => {
			if (error === null) return resolve({ value: parseHostConfig(request, stdout) });
			if (error.code === "ENOENT") return resolve({ value: parseHostConfig(request, "") });
			if (isOutOfFiles(error.code)) return resolve({ fault: outOfFilesFault(error.code) });
			resolve({
				fault: {
					kind: "command",
					message: `ssh configuration for "${request.host}" can't be read`,
					detail: bounded(stderr.trim() || error.message, 500),
					hint: `Try it with: ssh -G ${request.host}`,
				},
			});
		});
	});
}

/** The request as arguments of ssh, with the host last, after "--". */
export function requestArguments(request: HostRequest): readonly string[] {
	return [
		...(request.configFile === undefined ? [] : ["-F", request.configFile]),
		...(request.user === undefined ? [] : ["-l", request.user]),
		...(request.port === undefined ? [] : ["-p", String(request.port)]),
		...(request.identity === undefined ? [] : ["-i", expandTilde(request.identity)]),
		"--",
		request.host,
	];
}

/** Parses the "keyword value" lines of `ssh -G`; OpenSSH's defaults fill in what is missing. */
export function parseHostConfig(request: HostRequest, text: string): HostConfig {
	const values = new Map<string, string[]>();
	for (const line of text.split("\n")) {
		const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? [];
		if (keyword !== undefined && value !== undefined) {
			values.set(keyword, [...(values.get(keyword) ?? []), value]);
		}
	}
	const all = (keyword: string): readonly string[] => values.get(keyword) ?? [];
	const one = (keyword: string): string | null => notNone(all(keyword)[0]);
	const hostname = one("hostname") ?? request.host;
	const user = one("user") ?? request.user ?? userInfo().username;
	const port = Number(one("port") ?? request.port ?? 22);
	const tokens = { "%": "%", d: userInfo().homedir, h: hostname, n: request.host, p: String(port), r: user };
	const path = (file: string): string =>
		expandTokens(expandTilde(file), { ...tokens, u: userInfo().username });
	const paths = (keyword: string, defaults: string): readonly string[] =>
		(one(keyword) ?? (values.has(keyword) ? "" : defaults)).split(" ").filter(Boolean).map(path);
	const list = (keyword: string): readonly string[] => (one(keyword) ?? "").split(",").filter(Boolean);
	const family = one("addressfamily");
	const strict = one("stricthostkeychecking") ?? "ask";
	const methods = one("preferredauthentications")?.split(",");
	return {
		host: request.host,
		hostname,
		user,
		port,
		addressFamily: family === "inet" || family === "inet6" ? family : "any",
		identityFiles: [...new Set(identityFiles(request, all("identityfile")).map(path))],
		certificateFiles: all("certificatefile").map(path),
		agentSocket: agentSocket(all("identityagent")[0], path),
		identitiesOnly: one("identitiesonly") === "yes",
		publicKeys:
			!/^(no|false)$/.test(one("pubkeyauthentication") ?? "yes") && methods?.includes("publickey") !== false,
		pkcs11Provider: one("pkcs11provider"),
		proxyJump: one("proxyjump"),
		proxyCommand: one("proxycommand"),
		userKnownHostsFiles: paths("userknownhostsfile", "~/.ssh/known_hosts ~/.ssh/known_hosts2"),
		globalKnownHostsFiles: paths(
			"globalknownhostsfile",
			"/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
		),
		hashKnownHosts: one("hashknownhosts") === "yes",
		hostKeyAlias: one("hostkeyalias"),
		acceptNewHostKeys: ["accept-new", "no", "off", "false"].includes(strict),
		hostKeyAlgorithms: list("hostkeyalgorithms"),
		kexAlgorithms: list("kexalgorithms"),
		ciphers: list("ciphers"),
		macs: list("macs"),
		// The second is the name before OpenSSH 8.5.
		publicKeyAlgorithms: [...list("pubkeyacceptedalgorithms"), ...list("pubkeyacceptedkeytypes")],
		requiredRsaSize: Number(one("requiredrsasize") ?? 1024),
		beyondSsh2:
			beyondSsh2.find(([keyword, harmless]) => !harmless.test(one(keyword.toLowerCase()) ?? ""))?.[0] ?? null,
	};
}

function identityFiles(request: HostRequest, configured: readonly string[]): readonly string[] {
	if (configured.length > 0) return configured.filter((file) => file !== "none");
	return request.identity === undefined ? defaultIdentities : [request.identity];
}

/** IdentityAgent: a path, "none", "SSH_AUTH_SOCK", or "$" and the name of a variable. */
function agentSocket(configured: string | undefined, path: (file: string) => string): string | null {
	if (configured === "none") return null;
	if (configured === undefined || configured === "SSH_AUTH_SOCK") return process.env.SSH_AUTH_SOCK || null;
	return configured.startsWith("$") ? process.env[configured.slice(1)] || null : path(configured);
}

function notNone(value: string | undefined): string | null {
	return value === undefined || value === "none" ? null : value;
}

/** As OpenSSH: the home directory of the password database, not $HOME. */
export function expandTilde(file: string): string {
	return file === "~" || file.startsWith("~/") ? userInfo().homedir + file.slice(1) : file;
}

function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
	return text.replace(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole);
}
