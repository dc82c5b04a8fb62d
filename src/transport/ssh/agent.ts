import { connect } from "node:net";
import ssh2, {
	type IdentityCallback,
	type ParsedKey,
	type SignCallback,
	type SigningRequestOptions,
} from "ssh2";
import { hostKeyType } from "./known-hosts.ts";

/** A key that the agent holds, including certificates and security keys, which ssh2 skips. */
export interface AgentKey {
	/** E.g. "ssh-ed25519", "ssh-rsa-cert-v01@openssh.com". */
	readonly type: string;
	/** Public key in wire format. */
	readonly blob: Buffer;
}

/** SSH_AGENTC_REQUEST_IDENTITIES and SSH_AGENT_IDENTITIES_ANSWER (RFC 9987; draft-miller-ssh-agent, 3.5). */
const requestIdentities = 11;
const identitiesAnswer = 12;

/** The agent's keys in its order; null if no agent answers on the socket. */
export async function listAgentKeys(
	socketPath: string,
	timeoutMs: number,
): Promise<readonly AgentKey[] | null> {
	const answer = await new Promise<Buffer | null>((resolve) => {
		let received = Buffer.alloc(0);
		const socket = connect(socketPath, () => socket.write(Buffer.from([0, 0, 0, 1, requestIdentities])));
		const finish = (message: Buffer | null): void => {
			socket.destroy();
			resolve(message);
		};
		socket.setTimeout(timeoutMs, () => finish(null));
		socket.on("error", () => finish(null));
		socket.on("close", () => finish(null));
		socket.on("data", (chunk) => {
			received = Buffer.concat([received, chunk]);
			if (received.length < 4) return;
			const end = 4 + received.readUInt32BE(0);
			if (received.length >= end) finish(received.subarray(4, end));
		});
	});
	return answer === null || answer[0] !== identitiesAnswer ? null : readIdentities(answer);
}

/** Byte type, uint32 count, then for each key: string blob, string comment. */
function readIdentities(answer: Buffer): readonly AgentKey[] {
	const keys: AgentKey[] = [];
	let position = 5;
	const readString = (): Buffer => {
		const start = position + 4;
		position = start + answer.readUInt32BE(position);
		return answer.subarray(start, position);
	};
	while (position + 4 <= answer.length) {
		const blob = readString();
		readString();
		keys.push({ type: hostKeyType(blob), blob });
	}
	return keys;
}

type AnyKey = string | Buffer | ParsedKey;

/** An agent that offers a single key, so that the console chooses the order and can name the key that failed. */
export class OneKeyAgent extends ssh2.BaseAgent {
	readonly #agent: InstanceType<typeof ssh2.OpenSSHAgent>;
	readonly #key: ParsedKey;

	constructor(socketPath: string, key: ParsedKey) {
		super();
		this.#agent = new ssh2.OpenSSHAgent(socketPath);
		this.#key = key;
	}

	override getIdentities(callback: IdentityCallback<AnyKey>): void {
		callback(null, [this.#key]);
	}

	override sign(
		key: AnyKey,
		data: Buffer,
		options: SigningRequestOptions | SignCallback,
		callback?: SignCallback,
	): void {
		if (typeof options === "function") this.#agent.sign(key, data, options);
		else this.#agent.sign(key, data, options, callback);
	}
}
