import { access, readFile } from "node:fs/promises";
import ssh2, { type ParsedKey } from "ssh2";
import { hostKeyType } from "./known-hosts.ts";

/** What could be read of one IdentityFile. */
export interface KeyFile {
	readonly path: string;
	/** Public key in wire format, from the file or its `.pub`; null if neither has it. */
	readonly publicBlob: Buffer | null;
	/** Null if the file has no private key that can be used without a passphrase. */
	readonly privateKey: ParsedKey | null;
	/** Why there is no private key; null if the file does not exist. */
	readonly problem: "encrypted" | "unreadable" | "unsupported" | null;
	readonly hasCertificate: boolean;
}

/** Null if neither the file nor its `.pub` exists, as with most of OpenSSH's default names. */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
	const [content, beside, hasCertificate] = await Promise.all([
		readFile(path).catch((error: NodeJS.ErrnoException) =>
			error.code === "ENOENT" ? null : ("unreadable" as const),
		),
		readFile(`${path}.pub`).catch(() => null),
		access(`${path}-cert.pub`).then(
			() => true,
			() => false,
		),
	]);
	if (content === null && beside === null) return null;
	const besideBlob = beside === null ? null : publicBlobOf(beside);
	const base = { path, hasCertificate, publicBlob: besideBlob, privateKey: null };
	if (content === null) return { ...base, problem: null };
	if (content === "unreadable") return { ...base, problem: "unreadable" };
	const parsed = ssh2.utils.parseKey(content);
	if (parsed instanceof Error) {
		const isEncrypted =
			/no passphrase/i.test(parsed.message) || content.includes("BEGIN ENCRYPTED PRIVATE KEY");
		const publicBlob = openSshPublicPart(content.toString("latin1")) ?? besideBlob;
		const isSoftwareKey = publicBlob === null || !hostKeyType(publicBlob).startsWith("sk-");
		return { ...base, publicBlob, problem: isEncrypted && isSoftwareKey ? "encrypted" : "unsupported" };
	}
	const key = Array.isArray(parsed) ? parsed[0] : parsed;
	if (key === undefined) return { ...base, problem: "unsupported" };
	// IdentityFile may name a public key whose private key is in the agent.
	return {
		...base,
		publicBlob: key.getPublicSSH(),
		privateKey: key.isPrivateKey() ? key : null,
		problem: null,
	};
}

/** Parses "type base64 comment", also of types unknown to ssh2. */
function publicBlobOf(file: Buffer): Buffer | null {
	const [, base64] = file.toString("latin1").trim().split(/\s+/);
	return base64 === undefined ? null : Buffer.from(base64, "base64");
}

/**
 * The public key at the head of an OpenSSH private key, readable without the passphrase (PROTOCOL.key
 * of OpenSSH): magic, then the strings cipher, kdf, kdf options, a uint32 count, and the public key.
 */
function openSshPublicPart(text: string): Buffer | null {
	const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1];
	if (base64 === undefined) return null;
	const data = Buffer.from(base64, "base64");
	try {
		let position = "openssh-key-v1\0".length;
		for (let skipped = 0; skipped < 3; skipped++) position += 4 + data.readUInt32BE(position);
		position += 4;
		return data.subarray(position + 4, position + 4 + data.readUInt32BE(position));
	} catch {
		// Truncated: not a key.
		return null;
	}
}
