import ssh2, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import type { Fault } from "../../model/fault.ts";
import { type AgentKey, listAgentKeys, OneKeyAgent } from "./agent.ts";
import type { HostConfig } from "./config.ts";
import { bounded } from "./fault.ts";
import { fingerprint } from "./host-key.ts";
import { type KeyFile, readKeyFile } from "./key-file.ts";
import { rsaBits } from "./known-hosts.ts";

/** One attempt to log in, and its name in faults. */
export interface Attempt {
	readonly label: string;
	readonly method: AnyAuthMethod;
}

export interface Identities {
	/** In OpenSSH's order (sshconnect2.c, pubkey_prepare): agent keys that are configured, other agent keys, files. */
	readonly attempts: readonly Attempt[];
	/** Key files that can't be used and whose keys the agent doesn't hold. */
	readonly unusable: readonly KeyFile[];
	/** Describes a key that only the system's ssh can use; null if there is none. */
	readonly beyondSsh2: string | null;
}

/** The agent's socket is local, or forwarded by another ssh. */
const agentTimeoutMs = 2_000;

/** Finds the keys to try for one host. Never fails: a missing key shows at login. */
export async function findIdentities(config: HostConfig): Promise<Identities> {
	if (!config.publicKeys) {
		return {
			attempts: [],
			unusable: [],
			beyondSsh2: "public keys are switched off in the ssh configuration",
		};
	}
	const [held, read] = await Promise.all([
		config.agentSocket === null ? null : listAgentKeys(config.agentSocket, agentTimeoutMs),
		Promise.all(config.identityFiles.map(readKeyFile)),
	]);
	const isLarge = (blob: Buffer | null): boolean =>
		((blob && rsaBits(blob)) ?? config.requiredRsaSize) >= config.requiredRsaSize;
	const files = read.filter((file) => file !== null).filter((file) => isLarge(file.publicBlob));
	const keys = (held ?? []).filter(({ blob }) => isLarge(blob));
	const configured = files.flatMap((file) => keys.filter((key) => isSame(file, key)));
	const others = config.identitiesOnly ? [] : keys.filter((key) => !configured.includes(key));
	const usable = [...new Set([...configured, ...others])];
	const own = files.filter((file) => !keys.some((key) => isSame(file, key)));
	return {
		attempts: [
			...usable.flatMap((key) => agentAttempt(config, key)),
			...own.flatMap((file) => fileAttempt(config, file)),
		],
		unusable: own.filter((file) => file.problem !== null),
		beyondSsh2: beyondSsh2(config, files, usable),
	};
}

function isSame(file: KeyFile, key: AgentKey): boolean {
	return file.publicBlob?.equals(key.blob) ?? false;
}

function agentAttempt(config: HostConfig, key: AgentKey): readonly Attempt[] {
	const parsed = ssh2.utils.parseKey(key.blob);
	if (parsed instanceof Error || config.agentSocket === null) return [];
	const publicKey = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey;
	return [
		{
			label: `${key.type} ${fingerprint(key.blob)} of the agent`,
			method: { type: "agent", username: config.user, agent: new OneKeyAgent(config.agentSocket, publicKey) },
		},
	];
}

function fileAttempt(config: HostConfig, file: KeyFile): readonly Attempt[] {
	if (file.privateKey === null) return [];
	return [
		{ label: `"${file.path}"`, method: { type: "publickey", username: config.user, key: file.privateKey } },
	];
}

function beyondSsh2(
	config: HostConfig,
	files: readonly KeyFile[],
	agentKeys: readonly AgentKey[],
): string | null {
	if (config.pkcs11Provider !== null) return "PKCS11Provider is set";
	if (config.certificateFiles.length > 0) return "CertificateFile is set";
	const certified = files.find((file) => file.hasCertificate);
	if (certified) return `key "${certified.path}" has a certificate`;
	const unsupported = files.find((file) => file.problem === "unsupported");
	if (unsupported) return `key "${unsupported.path}" has a format that ssh2 does not know`;
	const special = agentKeys.find((key) => /^sk-|-cert-v01@/.test(key.type));
	return special ? `the agent holds a ${special.type}` : null;
}

/** All keys failed. The fault names what can be fixed here before what can be fixed on the host. */
export function loginFault(config: HostConfig, identities: Identities, offered: readonly string[]): Fault {
	const { host, user, agentSocket } = config;
	const labels = identities.attempts.map((attempt) => attempt.label);
	const tried =
		labels.length === 0 ? "There was no other key to try." : `Tried without success: ${labels.join(", ")}.`;
	const unreadable = identities.unusable.find((file) => file.problem === "unreadable");
	const encrypted = identities.unusable.find((file) => file.problem === "encrypted");
	if (encrypted) {
		const agent =
			agentSocket === null ? "No ssh agent is set (SSH_AUTH_SOCK)." : "The ssh agent does not hold it.";
		const start = agentSocket === null ? 'eval "$(ssh-agent)" && ' : "";
		return {
			kind: "authentication",
			message: `private key "${encrypted.path}" is encrypted`,
			detail: `It would be used for "${user}" on "${host}". ${agent} ${tried}`,
			hint: `Give it to the agent before the console is started: ${start}ssh-add ${encrypted.path}`,
		};
	}
	if (unreadable) {
		return {
			kind: "authentication",
			message: `private key "${unreadable.path}" can't be read`,
			detail: `It would be used for "${user}" on "${host}". ${tried}`,
			hint: "Check the owner and the mode of the file and of the directories above it.",
		};
	}
	const methods = offered.length === 0 ? "" : ` The server offers: ${bounded(offered.join(", "), 200)}.`;
	return {
		kind: "authentication",
		message: `ssh server on "${host}" does not let "${user}" in`,
		detail: `${labels.length === 0 ? "There was no key to try." : tried}${methods}`,
		hint: `Add a public key to ~${user}/.ssh/authorized_keys there, or choose with --identity and --ssh-user.`,
	};
}
