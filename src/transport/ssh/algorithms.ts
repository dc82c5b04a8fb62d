import type { HostConfig } from "./config.ts";

/**
 * The defaults of ssh2 1.17 (lib/protocol/constants.js), fast ones first, and ssh-rsa, which ssh2 offers only on request. Omitted
 * is what lets a server decide how much work one packet makes: Diffie-Hellman group exchange and compression.
 */
const ssh2Algorithms = {
	kex: [
		"curve25519-sha256@libssh.org",
		"curve25519-sha256",
		"ecdh-sha2-nistp256",
		"ecdh-sha2-nistp384",
		"ecdh-sha2-nistp521",
		"diffie-hellman-group14-sha256",
		"diffie-hellman-group15-sha512",
		"diffie-hellman-group16-sha512",
		"diffie-hellman-group17-sha512",
		"diffie-hellman-group18-sha512",
	],
	cipher: [
		"aes128-gcm@openssh.com",
		"aes256-gcm@openssh.com",
		"aes128-ctr",
		"aes192-ctr",
		"aes256-ctr",
		"chacha20-poly1305@openssh.com",
	],
	hmac: [
		"hmac-sha2-256-etm@openssh.com",
		"hmac-sha2-512-etm@openssh.com",
		"hmac-sha1-etm@openssh.com",
		"hmac-sha2-256",
		"hmac-sha2-512",
		"hmac-sha1",
	],
	serverHostKey: [
		"ssh-ed25519",
		"ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521",
		"rsa-sha2-512",
		"rsa-sha2-256",
		"ssh-rsa",
	],
	compress: ["none"],
} as const;

type Algorithms = { readonly [Kind in keyof typeof ssh2Algorithms]: (typeof ssh2Algorithms)[Kind][number][] };

/** The algorithms that both ssh2 and the configuration allow; all of ssh2's where the configuration is unknown. */
export function allowedAlgorithms(config: HostConfig): Algorithms {
	const both = <T extends string>(own: readonly T[], allowed: readonly string[]): T[] =>
		own.filter((algorithm) => allowed.length === 0 || allowed.includes(algorithm));
	return {
		kex: both(ssh2Algorithms.kex, config.kexAlgorithms),
		cipher: both(ssh2Algorithms.cipher, config.ciphers),
		hmac: both(ssh2Algorithms.hmac, config.macs),
		serverHostKey: both(ssh2Algorithms.serverHostKey, config.hostKeyAlgorithms),
		compress: [...ssh2Algorithms.compress],
	};
}

/** User key types and the signature algorithms that ssh2 may use with them. */
const signatures = [
	["ssh-rsa", ["rsa-sha2-512", "rsa-sha2-256"]],
	["ssh-ed25519", ["ssh-ed25519"]],
	["ecdsa-sha2-nistp256", ["ecdsa-sha2-nistp256"]],
	["ecdsa-sha2-nistp384", ["ecdsa-sha2-nistp384"]],
	["ecdsa-sha2-nistp521", ["ecdsa-sha2-nistp521"]],
] as const;

/** Why ssh2 can't comply with the configured algorithms; null if it can. */
export function algorithmsBeyondSsh2(config: HostConfig): string | null {
	const { kex, cipher, hmac, serverHostKey } = allowedAlgorithms(config);
	const { publicKeyAlgorithms: accepted } = config;
	const none = [
		["KexAlgorithms", kex],
		["Ciphers", cipher],
		["MACs", hmac],
		["HostKeyAlgorithms", serverHostKey],
	].find(([, left]) => left?.length === 0);
	if (none !== undefined) return `${none[0]} for "${config.host}" names none that ssh2 knows`;
	// ssh2 uses what the server offers; a single signature algorithm can't be excluded.
	const isForbidden =
		accepted.length > 0 && signatures.some(([, needed]) => needed.some((name) => !accepted.includes(name)));
	return isForbidden ? `PubkeyAcceptedAlgorithms for "${config.host}" leaves out one that ssh2 uses` : null;
}
