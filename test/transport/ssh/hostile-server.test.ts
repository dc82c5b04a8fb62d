import { once } from "node:events";
import { connect } from "node:net";
import ssh2 from "ssh2";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Outcome } from "../../../src/model/fault.ts";
import { deadlineSignal } from "../../../src/transport/deadline.ts";
import type { CommandResult } from "../../../src/transport/ports.ts";
import { executeOn } from "../../../src/transport/ssh/channel.ts";
import { parseHostConfig } from "../../../src/transport/ssh/config.ts";
import type { Connection } from "../../../src/transport/ssh/connection.ts";
import { openInProcess } from "../../../src/transport/ssh/in-process.ts";
import { parseKnownHosts } from "../../../src/transport/ssh/known-hosts.ts";
import { logIn } from "../../../src/transport/ssh/login.ts";
import type { Hop, Route } from "../../../src/transport/ssh/route.ts";
import {
	HOST_KEY,
	HostileSsh,
	MESSAGE,
	type Mutation,
	payloadOf,
	plainPacket,
	type Talk,
	USER_KEY,
} from "../../support/hostile-ssh.ts";
import { DONE_MS } from "../../support/patience.ts";
import { mutateBytes, numbersFrom, SEED } from "../../support/random.ts";

let hostile: HostileSsh;
let good: HostileSsh;
const escaped: unknown[] = [];
const note = (error: unknown): void => void escaped.push(error);

beforeAll(async () => {
	[hostile, good] = await Promise.all([HostileSsh.start(), HostileSsh.start()]);
	process.on("uncaughtException", note);
	process.on("unhandledRejection", note);
});
afterEach(() => {
	hostile.mutation = () => null;
	hostile.plays = null;
	hostile.keepsOpen = false;
	expect(escaped.splice(0)).toEqual([]);
});
afterAll(async () => {
	process.off("uncaughtException", note);
	process.off("unhandledRejection", note);
	await Promise.all([hostile.stop(), good.stop()]);
});

/** The route to a server on loopback whose key is known. */
function routeTo({ port }: HostileSsh): Route {
	const config = parseHostConfig(
		{ host: "node1", user: "postgres", port },
		`hostname 127.0.0.1\nuserknownhostsfile none\nglobalknownhostsfile none`,
	);
	const knownHosts = parseKnownHosts("known_hosts", `[127.0.0.1]:${port} ${HOST_KEY.public}`);
	const method = { type: "publickey", username: "postgres", key: USER_KEY.private } as const;
	const identities = { attempts: [{ label: "a key", method }], unusable: [], beyondSsh2: null };
	return { hops: [{ config, identities, knownHosts }], target: config, beyondSsh2: null };
}

/** Logs in and runs one command, each with its deadline. */
async function look(server: HostileSsh, deadlineMs: number, input = ""): Promise<Outcome<CommandResult>> {
	const login = deadlineSignal(deadlineMs);
	const opened: Outcome<Connection> = await openInProcess(routeTo(server), false, login.signal);
	login.cancel();
	if (opened.fault) return opened;
	const run = deadlineSignal(deadlineMs);
	const outcome = await opened.value.execute("true", { input, signal: run.signal, onOutput: () => {} });
	run.cancel();
	opened.value.close();
	return outcome;
}

/** More than this whole file needs. */
const MOST_BYTES = 400_000_000;

const WELL = { value: { exitCode: 0, stdout: "well\n", stderr: "a word\n" } };

test("a good server's answer is read", async () => {
	expect(await look(hostile, 5000)).toEqual(WELL);
});

/** What a good server sends before encryption: its version, KEXINIT, the key exchange reply, NEWKEYS. */
async function plainBytes(): Promise<Buffer> {
	const pieces: Buffer[] = [];
	const recorded = Promise.withResolvers<Buffer>();
	const socket = connect(hostile.port, "127.0.0.1");
	const client = new ssh2.Client();
	client.on("error", () => {});
	client.on("handshake", () => recorded.resolve(Buffer.concat(pieces)));
	socket.on("data", (piece: Buffer) => void pieces.push(piece));
	client.connect({ sock: socket, username: "postgres" });
	const bytes = await recorded.promise;
	client.destroy();
	return bytes;
}

/** Runs commands on a good host until `isOver`. @returns the longest duration of one, in ms. */
async function askMeanwhile(isOver: () => boolean): Promise<number> {
	const { value: connection } = await openInProcess(routeTo(good), false, new AbortController().signal);
	if (connection === undefined) throw new Error("the good host can't be reached");
	const answers: unknown[] = [];
	let longest = 0;
	while (!isOver()) {
		const asked = performance.now();
		const signal = new AbortController().signal;
		answers.push(await connection.execute("true", { input: "", signal, onOutput: undefined }));
		longest = Math.max(longest, performance.now() - asked);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	connection.close();
	expect(answers).toEqual(answers.map(() => WELL));
	return longest;
}

/** Logs in that many times, twelve at a time, and counts the outcomes by kind of fault. */
async function lookOften(times: number, deadlineMs: number): Promise<Record<string, number>> {
	const ends: Record<string, number> = {};
	let left = times;
	let most = 0;
	const lookAgain = async () => {
		while (left-- > 0) {
			const began = performance.now();
			const outcome = await look(hostile, deadlineMs);
			most = Math.max(most, performance.now() - began);
			const { fault } = outcome;
			if (fault) expect(`${fault.message} ${fault.detail}`).toMatch(/^.{0,1000}"node1".{0,1000}$/s);
			const end = fault?.kind ?? "value";
			ends[end] = (ends[end] ?? 0) + 1;
		}
	};
	const memory = process.memoryUsage().rss;
	let isOver = false;
	const meanwhile = askMeanwhile(() => isOver);
	await Promise.all(Array.from({ length: 12 }, lookAgain));
	isOver = true;
	expect(await meanwhile).toBeLessThan(DONE_MS);
	expect(process.memoryUsage().rss - memory).toBeLessThan(MOST_BYTES);
	expect(most).toBeLessThan(2 * deadlineMs + DONE_MS);
	return ends;
}

test(`4200 mutated handshakes (seed ${SEED}) each end with a fault of that host, in time`, {
	timeout: 120_000,
}, async () => {
	const said = await plainBytes();
	const random = numbersFrom(SEED);
	hostile.plays = () => mutateBytes(random, said);
	const { value, protocol = 0 } = await lookOften(4200, 1000);
	// The recorded keys belong to another connection: no login can succeed.
	expect(value).toBeUndefined();
	expect(protocol).toBeGreaterThan(3000);
});

/** A message of any number with random fields, some of them meaningful. */
function strangePayload(random: () => number): Buffer {
	const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
	const field = () =>
		oneOf<() => number | string | Buffer | boolean>([
			() => 0,
			() => 0,
			() => oneOf([1, 11, 32_768, 2 ** 31, 2 ** 32 - 1]),
			() => random() < 0.5,
			() => oneOf(WORDS),
			() => "x".repeat(30_000 * random()),
		])();
	const fields = Array.from({ length: 6 * random() }, field);
	return payloadOf(oneOf(NUMBERS), ...fields);
}

const WORDS = [
	...["exit-status", "exit-signal", "KILL", "keepalive@openssh.com", "hostkeys-00@openssh.com", "env"],
	...["ssh-userauth", "publickey", "session", "forwarded-tcpip", "x11", "\u001b]0;x\u0007", ""],
	...["server-sig-algs", "rsa-sha2-512,ssh-ed25519"],
];
const NUMBERS = [
	...[1, 2, 3, 4, 5, 6, 7, 20, 21, 30, 31, 50, 51, 52, 53, 60, 61, 80, 81, 82, 90, 91, 91, 92, 93, 93],
	...[94, 94, 95, 95, 96, 97, 98, 98, 98, 99, 100, 192, 255],
];

/** One packet of a login and a command is mutated, doubled, or sent among strange ones. */
function mutateOne(random: () => number): Mutation {
	let left = Math.floor(random() * 13);
	return (payload, { socket }) => {
		if (left-- !== 0) return [payload];
		// Usually the connection ends soon, so that few cases wait for a missing packet.
		if (random() < 31 / 32) setTimeout(() => socket.end(), 50);
		const way = random();
		if (way < 0.05) return [payload, payload];
		if (way < 0.5) return [mutateBytes(random, payload)];
		const strange = Array.from({ length: 1 + 4 * random() }, () => strangePayload(random));
		return way < 0.75 ? [...strange, payload] : [payload, ...strange];
	};
}

test(`800 mutated logins and commands (seed ${SEED}) each end with an answer or a fault of that host, in time`, {
	timeout: 120_000,
}, async () => {
	const random = numbersFrom(SEED);
	hostile.mutation = () => mutateOne(random);
	const { value = 0, protocol = 0 } = await lookOften(800, 1000);
	expect(value).toBeGreaterThan(0);
	expect(protocol).toBeGreaterThan(200);
});

const BROKE = 'ssh connection to "node1" broke';

test("a maximum packet size of 0 is a protocol fault", async () => {
	hostile.mutation = () => (payload) => {
		if (payload[0] === MESSAGE.CHANNEL_OPEN_CONFIRMATION) payload.writeUInt32BE(0, 13);
		return [payload];
	};
	const { fault } = await look(hostile, 5000, "some input");
	expect(fault).toMatchObject({ kind: "protocol", message: BROKE });
});

/** Instead of accepting the command, the server does this and nothing else. */
function insteadOfSuccess(act: (connection: Talk) => void): () => Mutation {
	return () => {
		let hasActed = false;
		return (payload, connection) => {
			if (payload[0] === MESSAGE.CHANNEL_SUCCESS && !hasActed) {
				hasActed = true;
				act(connection);
			}
			return hasActed ? [] : [payload];
		};
	};
}

test("endless output before the command is accepted stays within the window", async () => {
	let sent = 0;
	hostile.mutation = insteadOfSuccess(({ say, socket }) => {
		const data = payloadOf(MESSAGE.CHANNEL_DATA, 0, Buffer.alloc(32_000));
		const sayMore = (): void => {
			if (socket.destroyed || sent > 400_000_000) return;
			for (let times = 0; times < 32; times++) say(data);
			sent += 32 * data.length;
			setImmediate(sayMore);
		};
		sayMore();
	});
	const { fault } = await look(hostile, 5000);
	expect(fault).toMatchObject({ kind: "protocol", message: BROKE });
	expect(sent).toBeLessThan(50_000_000);
});

test.each([94, 95])("data after EOF is a protocol fault (message %i)", async (message) => {
	const more = message === 94 ? payloadOf(94, 0, "more") : payloadOf(95, 0, 1, "more");
	hostile.mutation = () => (payload) =>
		payload[0] === MESSAGE.CHANNEL_SUCCESS ? [payload, payloadOf(96, 0), more] : [payload];
	const { fault } = await look(hostile, 5000);
	expect(fault).toMatchObject({ kind: "protocol", message: BROKE });
});

test("a server that disconnects without closing the connection is noticed", async () => {
	hostile.keepsOpen = true;
	hostile.mutation = insteadOfSuccess(({ say }) => say(payloadOf(MESSAGE.DISCONNECT, 11, "bye", "")));
	const opened = await openInProcess(routeTo(hostile), false, new AbortController().signal);
	const lost = Promise.withResolvers<void>();
	opened.value?.onLost(lost.resolve);
	const { signal } = deadlineSignal(5000);
	const outcome = await opened.value?.execute("true", { input: "", signal, onOutput: undefined });
	expect(outcome?.fault).toMatchObject({ kind: "unreachable", message: BROKE });
	await lost.promise;
});

test("losing a host behind a jump host fails its running command at once", async () => {
	hostile.mutation = insteadOfSuccess(({ socket }) => void socket.end());
	const [hop] = routeTo(hostile).hops;
	const { signal } = deadlineSignal(5000);
	// As a channel of a jump host's, it does not end by itself when the other side does.
	const tunnel = connect({ port: hostile.port, host: "127.0.0.1", allowHalfOpen: true });
	await once(tunnel, "connect");
	const login = await logIn(hop as Hop, tunnel, false, signal);
	const run = { input: "", signal, onOutput: undefined };
	const outcome = login.value && (await executeOn(login.value, "node1", "true", run));
	expect(outcome?.fault).toMatchObject({ kind: "unreachable", message: BROKE });
});

/** KEXINIT of a server that offers only these. */
function kexInit(kex: string, compression: string): Buffer {
	const cipher = "aes128-gcm@openssh.com";
	const lists = [kex, "ssh-ed25519", cipher, cipher, "", "", compression, compression, "", ""];
	const [type, ...fields] = payloadOf(MESSAGE.KEXINIT, ...lists, false, 0);
	return plainPacket(Buffer.from([type ?? 0, ...Buffer.alloc(16), ...fields]));
}

test.each<[string, Buffer]>([
	["a group that takes long to count in", kexInit("diffie-hellman-group-exchange-sha256", "none")],
	["compression", kexInit("curve25519-sha256", "zlib")],
])("%s is not negotiated", async (_, offer) => {
	const prime = Buffer.alloc(1251, 255).fill(0, 0, 1);
	const group = plainPacket(payloadOf(31, prime, Buffer.from([2])));
	hostile.plays = () => Buffer.concat([Buffer.from("SSH-2.0-x\r\n"), offer, group]);
	const { fault } = await look(hostile, 5000);
	expect(fault).toMatchObject({ kind: "protocol", message: 'no ssh algorithm in common with "node1"' });
});

test("the offered login methods are truncated", async () => {
	hostile.mutation = () => (payload) =>
		payload[0] === 52 || payload[0] === 60 ? [payloadOf(51, "x,".repeat(10_000), false)] : [payload];
	const { fault } = await look(hostile, 5000);
	expect(fault?.kind).toBe("authentication");
	expect(fault?.detail?.length).toBeLessThan(1000);
});
