import { createHmac } from "node:crypto";

/** One key of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHostLine {
	readonly path: string;
	/** From 1. */
	readonly lineNumber: number;
	readonly marker: "none" | "revoked" | "cert-authority";
	/** Comma-separated patterns, or one hashed name. */
	readonly patterns: string;
	readonly keyType: string;
	/** The key, base64. */
	readonly key: string;
}

/** `at` is the line that decided. A key of a type that the file lacks also counts as changed. */
export type HostKeyVerdict =
	| { readonly status: "known" | "unknown" }
	| { readonly status: "changed" | "revoked"; readonly at: KnownHostLine };

/** Host key algorithms (RFC 8332) for ssh-rsa keys; those of other types have the type's name. */
const rsaAlgorithms = ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];

/** Parses one file; comments, empty and malformed lines are skipped, as in OpenSSH. */
export function parseKnownHosts(path: string, text: string): readonly KnownHostLine[] {
	return text.split("\n").flatMap((line, index): KnownHostLine[] => {
		if (/^\s*(#|$)/.test(line)) return [];
		const words = line.trim().split(/\s+/);
		const marker = words[0]?.startsWith("@") ? words.shift()?.slice(1) : "none";
		if (marker !== "none" && marker !== "revoked" && marker !== "cert-authority") return [];
		const [patterns, keyType, key] = words;
		if (patterns === undefined || keyType === undefined || key === undefined) return [];
		return [{ path, lineNumber: index + 1, marker, patterns, keyType, key }];
	});
}

/** A host's name in known_hosts: its HostKeyAlias, else the host, with the port unless it is 22. */
export function knownHostName(host: string, port: number, alias: string | null): string {
	if (alias !== null) return alias.toLowerCase();
	return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/**
 * Looks up a key in SSH wire format. If `[host]:port` is not recorded, the same key under the plain host name counts, as in OpenSSH.
 * A key of a type other than the recorded ones is "changed". That is stricter than OpenSSH's accept-new: nothing proves that it is
 * the same host.
 */
export function checkHostKey(
	lines: readonly KnownHostLine[],
	host: string,
	port: number,
	alias: string | null,
	key: Buffer,
): HostKeyVerdict {
	const shown = key.toString("base64");
	const named = linesFor(lines, knownHostName(host, port, alias));
	const bare = alias === null ? linesFor(lines, host.toLowerCase()) : [];
	const revoked = [...named, ...bare].find((line) => line.marker === "revoked" && line.key === shown);
	if (revoked) return { status: "revoked", at: revoked };
	const isShown = (line: KnownHostLine): boolean => line.marker === "none" && line.key === shown;
	if (named.some(isShown)) return { status: "known" };
	const recorded = named.filter((line) => line.marker === "none");
	const type = hostKeyType(key);
	const offending = recorded.find((line) => line.keyType === type) ?? recorded[0];
	if (offending) return { status: "changed", at: offending };
	return { status: bare.some(isShown) ? "known" : "unknown" };
}

/** The key types recorded for a host, without duplicates. */
export function knownKeyTypes(
	lines: readonly KnownHostLine[],
	host: string,
	port: number,
	alias: string | null,
): readonly string[] {
	const named = linesFor(lines, knownHostName(host, port, alias)).filter((line) => line.marker === "none");
	return [...new Set(named.map((line) => line.keyType))];
}

/** The line that trusts a certificate authority for this host: ssh2 can't verify certificates. */
export function findAuthority(
	lines: readonly KnownHostLine[],
	host: string,
	port: number,
	alias: string | null,
): KnownHostLine | undefined {
	return linesFor(lines, knownHostName(host, port, alias)).find((line) => line.marker === "cert-authority");
}

/** Puts the algorithms of known types first, so that the server presents a key that can be compared. */
export function preferKnownTypes(offered: readonly string[], types: readonly string[]): readonly string[] {
	const known = types.flatMap((type) => (type === "ssh-rsa" ? rsaAlgorithms : [type]));
	return [
		...offered.filter((algorithm) => known.includes(algorithm)),
		...offered.filter((algorithm) => !known.includes(algorithm)),
	];
}

/** A new line for the file, hashed if HashKnownHosts is set. */
export function formatKnownHost(name: string, key: Buffer, salt: Buffer | null): string {
	const written = salt === null ? name : `|1|${salt.toString("base64")}|${hashName(name, salt)}`;
	return `${written} ${hostKeyType(key)} ${key.toString("base64")}\n`;
}

/** The first string of a key in wire format (RFC 4253, 6.6), e.g. "ssh-ed25519". */
export function hostKeyType(key: Buffer): string {
	if (key.length < 4) return "";
	return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

/** The bits of an RSA key in wire format (RFC 4253, 6.6: e, then n); null for other types. */
export function rsaBits(key: Buffer): number | null {
	if (hostKeyType(key) !== "ssh-rsa") return null;
	const exponent = 4 + "ssh-rsa".length;
	const modulus = exponent + 4 + (key.length < exponent + 4 ? 0 : key.readUInt32BE(exponent));
	if (key.length < modulus + 4) return 0;
	const number = key.subarray(modulus + 4, modulus + 4 + key.readUInt32BE(modulus)).toString("hex");
	return number === "" ? 0 : BigInt(`0x${number}`).toString(2).length;
}

function linesFor(lines: readonly KnownHostLine[], name: string): readonly KnownHostLine[] {
	return lines.filter((line) => matches(line.patterns, name));
}

function matches(patterns: string, name: string): boolean {
	if (patterns.startsWith("|1|")) {
		const [, , salt = "", hash] = patterns.split("|");
		return hashName(name, Buffer.from(salt, "base64")) === hash;
	}
	const list = patterns.split(",");
	const isMatch = (pattern: string): boolean => patternExpression(pattern).test(name);
	// One negated match excludes the whole line, wherever it is.
	if (list.some((pattern) => pattern.startsWith("!") && isMatch(pattern.slice(1)))) return false;
	return list.some((pattern) => !pattern.startsWith("!") && isMatch(pattern));
}

function patternExpression(pattern: string): RegExp {
	const source = pattern
		.toLowerCase()
		.replace(/[.+^$(){}|[\]\\/-]/g, "\\$&")
		.replace(/\*+/g, ".*")
		.replaceAll("?", ".");
	return new RegExp(`^${source}$`, "s");
}

function hashName(name: string, salt: Buffer): string {
	return createHmac("sha1", salt).update(name).digest("base64");
}
