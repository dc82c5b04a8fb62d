import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { type Fault, UNKNOWN_HOST_KEY } from "../../model/fault.ts";
import { allowedAlgorithms } from "./algorithms.ts";
import type { HostConfig } from "./config.ts";
import {
	checkHostKey,
	formatKnownHost,
	hostKeyType,
	type KnownHostLine,
	knownHostName,
	knownKeyTypes,
	parseKnownHosts,
	preferKnownTypes,
	rsaBits,
} from "./known-hosts.ts";

/** Checks one host's key during one handshake. */
export interface HostKeyCheck {
	/** In order of preference: those that known_hosts can verify come first. */
	readonly algorithms: ServerHostKeyAlgorithm[];
	/** Null if the key is trusted. */
	judge(key: Buffer): Fault | null;
	/** Adds a new key to known_hosts, once the handshake has proved that the server owns it. */
	remember(): Fault | null;
}

/** Are keys accepted of hosts that were never seen before? A set: those with these fingerprints. */
export type AcceptNew = boolean | ReadonlySet<string>;

/** All lines of the host's known_hosts files; an unreadable file counts as empty. */
export async function readKnownHosts(config: HostConfig): Promise<readonly KnownHostLine[]> {
	const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
	const read = async (path: string) => parseKnownHosts(path, await readFile(path, "utf8").catch(() => ""));
	return (await Promise.all(files.map(read))).flat();
}

export function hostKeyCheck(
	config: HostConfig,
	lines: readonly KnownHostLine[],
	acceptNew: AcceptNew,
): HostKeyCheck {
	const { hostname, port, hostKeyAlias } = config;
	const types = knownKeyTypes(lines, hostname, port, hostKeyAlias);
	let taken: Buffer | null = null;
	return {
		algorithms: preferKnownTypes(allowedAlgorithms(config).serverHostKey, types) as ServerHostKeyAlgorithm[],
		judge(key) {
			// A rekey on the same connection presents the key again.
			if (taken?.equals(key)) return null;
			const bits = rsaBits(key);
			if (bits !== null && bits < config.requiredRsaSize) return smallKeyFault(config, key, bits);
			const verdict = checkHostKey(lines, hostname, port, hostKeyAlias, key);
			switch (verdict.status) {
				case "known":
					return null;
				case "unknown":
					if (!(acceptNew === true || (acceptNew !== false && acceptNew.has(fingerprint(key)))))
						return unknownKeyFault(config, key);
					taken = key;
					return null;
				case "changed":
					return changedKeyFault(config, key, verdict.at);
				case "revoked":
					return revokedKeyFault(config, key, verdict.at);
			}
		},
		remember: () => (taken === null ? null : addKnownHost(config, taken)),
	};
}

/** Appends to the user's first known_hosts file, unless a concurrent handshake already did. */
function addKnownHost(config: HostConfig, key: Buffer): Fault | null {
	const [path] = config.userKnownHostsFiles;
	if (path === undefined) return null;
	const name = knownHostName(config.hostname, config.port, config.hostKeyAlias);
	try {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		const before = readIfThere(path);
		const lines = parseKnownHosts(path, before);
		if (checkHostKey(lines, config.hostname, config.port, config.hostKeyAlias, key).status === "known")
			return null;
		const line = formatKnownHost(name, key, config.hashKnownHosts ? randomBytes(20) : null);
		const isOpen = before !== "" && !before.endsWith("\n");
		appendFileSync(path, (isOpen ? "\n" : "") + line, { mode: 0o600 });
		return null;
	} catch (error) {
		return {
			kind: "permission",
			message: `host key of "${config.host}" can't be remembered`,
			detail: `Writing to "${path}" failed: ${(error as Error).message}.`,
			hint: "A new key is accepted only where the next connection can be compared with it.",
		};
	}
}

function readIfThere(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if ((error as { code?: unknown }).code === "ENOENT") return "";
		throw error;
	}
}

/** In the format of `ssh-keygen -l`. */
export function fingerprint(key: Buffer): string {
	return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function describeKey(key: Buffer): string {
	return `The server shows the ${hostKeyType(key)} key ${fingerprint(key)}.`;
}

/** Needs no quoting: host names were checked by safeHost. */
function portArguments(config: HostConfig): string {
	return config.port === 22 ? "" : `-p ${config.port} `;
}

function unknownKeyFault(config: HostConfig, key: Buffer): Fault {
	const file = config.userKnownHostsFiles[0] ?? "~/.ssh/known_hosts";
	const scan = `ssh-keyscan ${portArguments(config)}-t ${keyscanType(key)} ${config.hostname}`;
	return {
		kind: "authentication",
		...{ code: UNKNOWN_HOST_KEY, fingerprint: fingerprint(key) },
		message: `host key of "${config.host}" is not known`,
		detail: `${describeKey(key)} No known_hosts file has a key of ${nameInFiles(config)}.`,
		hint:
			`Compare the fingerprint with one you trust, e.g. "ssh-keygen -lf" of the server's own key file. ` +
			`If it is the same, add it with "${scan} >> ${file}", or start with --accept-new-host-keys.`,
	};
}

function changedKeyFault(config: HostConfig, key: Buffer, at: KnownHostLine): Fault {
	return {
		kind: "authentication",
		message: `host key of "${config.host}" has changed`,
		detail:
			`${describeKey(key)} Another key (${at.keyType}) is recorded in ${at.path}:${at.lineNumber}. ` +
			"Somebody may be listening in, or the host was installed again.",
		hint:
			"Ask who runs the host for its fingerprint. Only if it is the same, remove the old key with " +
			`"ssh-keygen -R ${quoteName(nameInFiles(config))} -f ${at.path}" and connect again.`,
	};
}

function revokedKeyFault(config: HostConfig, key: Buffer, at: KnownHostLine): Fault {
	return {
		kind: "authentication",
		message: `host key of "${config.host}" is revoked`,
		detail: `${describeKey(key)} It is marked as revoked in ${at.path}:${at.lineNumber}.`,
		hint: "Do not use this host before whoever revoked the key says why.",
	};
}

function smallKeyFault(config: HostConfig, key: Buffer, bits: number): Fault {
	return {
		kind: "authentication",
		message: `host key of "${config.host}" is too small`,
		detail: `${describeKey(key)} It has ${bits} bits; RequiredRSASize is ${config.requiredRsaSize}.`,
		hint: "Give the host a larger RSA key, or one of another type.",
	};
}

function nameInFiles(config: HostConfig): string {
	return knownHostName(config.hostname, config.port, config.hostKeyAlias);
}

/** "[host]:port" is a glob pattern to a shell. */
function quoteName(name: string): string {
	return name.startsWith("[") ? `'${name}'` : name;
}

function keyscanType(key: Buffer): string {
	const type = hostKeyType(key);
	if (type.startsWith("ecdsa")) return "ecdsa";
	return type.replace(/^ssh-/, "");
}
