import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ServerSession } from "../../../src/probe/server/session.ts";
import { survey } from "../../../src/probe/survey/reader.ts";
import { postgresQuery } from "../../../src/transport/postgres/postgres.ts";
import { FakePostgres, message } from "../../support/fake-postgres.ts";
import { parametersOf } from "../../support/fake-query.ts";
import { fixtureText, recordedServer } from "../../support/fixtures.ts";
import { DONE_MS } from "../../support/patience.ts";
import { mutateBytes, numbersFrom, SEED } from "../../support/random.ts";
import { registration } from "../../support/records.ts";

/** What a real server said: to a login without a password, to FACTS, to PROMOTED_AT, to a poll. */
const CONVERSATION = (JSON.parse(fixtureText("server/conversation.json")) as string[]).map((piece) =>
	Buffer.from(piece, "base64"),
);

const query = postgresQuery("repmgr-console");
const DEADLINE_MS = 5000;

let server: FakePostgres;
beforeEach(async () => {
	server = await FakePostgres.start();
});
afterEach(() => server.stop());

const here = () => parametersOf("127.0.0.1", { port: server.port, ssl: { mode: "disable" } });

/** A login, what never changes, and one poll: a value or a fault. */
async function look(deadlineMs: number) {
	const opened = await ServerSession.open(query, here(), deadlineMs);
	if (opened.fault !== undefined) return opened;
	const polled = await opened.value.poll(deadlineMs);
	opened.value.close();
	return polled;
}

/** What one connection hears: one piece after its startup and one after each of its questions; with the last one it may end. */
interface Told {
	readonly pieces: readonly Buffer[];
	readonly ends?: boolean;
}

function tell(next: () => Told): void {
	const told = new WeakMap<Socket, { pieces: Buffer[]; ends: boolean }>();
	const say = (socket: Socket): void => {
		const { pieces, ends } = told.get(socket) ?? { pieces: [], ends: false };
		const piece = pieces.shift() ?? "";
		if (ends && pieces.length === 0) socket.end(piece);
		else socket.write(piece);
	};
	server.onStartup = (socket) => {
		const { pieces, ends = false } = next();
		told.set(socket, { pieces: [...pieces], ends });
		say(socket);
	};
	server.onMessage = (socket, type) => {
		if (type === "S") say(socket);
	};
}

/** One piece of the conversation is mutated in one to four places. */
function mutated(random: () => number): Told {
	const at = Math.floor(random() * CONVERSATION.length);
	const piece = mutateBytes(random, CONVERSATION[at] ?? Buffer.alloc(0));
	// Nearly always it ends there, so that not every missing byte is waited for.
	return random() < 1 / 32
		? { pieces: CONVERSATION.map((said, index) => (index === at ? piece : said)) }
		: { pieces: [...CONVERSATION.slice(0, at), piece], ends: true };
}

test("accepts the recorded conversation", async () => {
	tell(() => ({ pieces: CONVERSATION }));
	expect((await look(DEADLINE_MS)).value).toMatchObject({ reading: { inRecovery: false } });
});

test(`5000 mutated conversations (seed ${SEED}) each end with a value or a fault, in time`, {
	timeout: 120_000,
}, async () => {
	const random = numbersFrom(SEED);
	tell(() => mutated(random));
	const shortMs = 300;
	// A login may be slow once, and each of three questions has a deadline of its own; on a busy machine.
	const mostMs = (3 + 2 + 1 + 1) * shortMs + DONE_MS;
	const ends = { value: 0, protocol: 0, other: 0 };
	let left = 5000;
	const lookAgain = async () => {
		while (left-- > 0) {
			const began = performance.now();
			const { fault } = await look(shortMs);
			expect(performance.now() - began).toBeLessThan(mostMs);
			ends[fault === undefined ? "value" : fault.kind === "protocol" ? "protocol" : "other"] += 1;
		}
	};
	await Promise.all(Array.from({ length: 16 }, lookAgain));
	expect(ends.value + ends.protocol + ends.other).toBe(5000);
	// Some mutations have no visible effect, such as a letter of a setting.
	expect(ends.value).toBeGreaterThan(0);
	expect(ends.protocol).toBeGreaterThan(1000);
});

describe("an answer of another form is reported as a fault of this server", () => {
	const row = (value: string): Buffer => {
		const bytes = Buffer.from(value);
		const head = Buffer.alloc(6);
		head.writeInt16BE(1);
		head.writeInt32BE(bytes.length, 2);
		return message("D", Buffer.concat([head, bytes]));
	};
	/** One row of one column of the type json. */
	const answer = (name: string, value: string): Buffer => {
		const type = Buffer.alloc(18);
		type.writeUInt32BE(114, 6);
		return Buffer.concat([
			message("1", Buffer.alloc(0)),
			message("2", Buffer.alloc(0)),
			message("T", Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${name}\0`), type])),
			row(value),
			message("C", Buffer.from("SELECT 1\0")),
			message("Z", Buffer.from("I")),
		]);
	};
	const { answer: good } = recordedServer("primary");
	const polled = (value: string) => [...CONVERSATION.slice(0, -1), answer("reading", value)];
	const [login = Buffer.alloc(0)] = CONVERSATION;
	const strange = {
		kind: "protocol",
		message: "unexpected answer from the server",
	};

	test.each<[string, readonly Buffer[]]>([
		["no row at all", [login, message("Z", Buffer.from("I"))]],
		["another column", [login, answer("x", "1")]],
		["nulls", polled("null")],
		["a number", polled("7")],
		["a list", polled("[]")],
		[
			"a time that no number can hold",
			polled(JSON.stringify({ ...good, serverTime: 0 }).replace(/"serverTime":0/, '"serverTime":1e999')),
		],
		["a time that no calendar has", polled(JSON.stringify({ ...good, serverTime: 1e300 }))],
		["a list where one value belongs", polled(JSON.stringify({ ...good, settings: [[]] }))],
		["walsenders that are none", polled(JSON.stringify({ ...good, walSenders: [null] }))],
		[
			"a registered node without its conninfo",
			polled(JSON.stringify({ ...good, nodes: { digest: "x", rows: [{ node_id: 1 }] } })),
		],
	])("%s", async (_, conversation) => {
		tell(() => ({ pieces: conversation }));
		const { fault } = await look(DEADLINE_MS);
		expect(fault).toMatchObject(strange);
	});

	test("accepts JSON of any depth, and leaves out unknown fields", async () => {
		const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
		tell(() => ({
			pieces: polled(JSON.stringify({ ...good, more: 0 }).replace('"more":0', `"more":${deep}`)),
		}));
		expect((await look(DEADLINE_MS)).value).toMatchObject({ reading: { inRecovery: false } });
	});

	test("before an operation, too", async () => {
		tell(() => ({ pieces: [login, answer("survey", '{"role": 1}')] }));
		const target = { registration: registration(1), parameters: { value: here() }, host: null };
		const seen = await survey([target], query, "1", null);
		expect(seen.nodes.get(1)?.server.fault).toMatchObject(strange);
	});
});
