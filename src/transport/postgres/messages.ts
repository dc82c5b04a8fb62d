/** The bytes are no messages of PostgreSQL's protocol, or not ones that may come here. */
export class BrokenProtocolError extends Error {
	override readonly name = "BrokenProtocolError";
}

const HEADER_BYTES = 5;

/** Limits for a DataRow (a poll of 400 nodes needs far less) and for any other message. */
const MOST_ROW_BYTES = 32 * 2 ** 20;
const MOST_OTHER_BYTES = 2 ** 20;

/** Limits for everything sent since the newest query; even the smallest message costs time. */
const MOST_ANSWER_BYTES = 64 * 2 ** 20;
const MOST_ANSWER_MESSAGES = 100_000;

const ENDLESS = "the answer does not end";

/**
 * Splits a server's bytes into messages (protocol version 3, manual 55.7) and checks that each has exactly the form of its type.
 * Messages that none of the console's queries can cause, such as COPY's, are refused.
 */
export class MessageChecker {
	#pending: Buffer[] = [];
	#pendingBytes = 0;
	#wantedBytes = HEADER_BYTES;
	#answerBytes = 0;
	#answerMessages = 0;
	/** Columns of the newest row description. */
	#columns: number | null = null;

	startCounting(): void {
		this.#answerBytes = 0;
		this.#answerMessages = 0;
	}

	/** @returns the messages that are complete now. Throws BrokenProtocolError. */
	take(bytes: Buffer): Buffer {
		this.#answerBytes += bytes.length;
		if (this.#answerBytes > MOST_ANSWER_BYTES) throw broken(ENDLESS);
		this.#pending.push(bytes);
		this.#pendingBytes += bytes.length;
		if (this.#pendingBytes < this.#wantedBytes) return Buffer.alloc(0);
		const all = this.#pending.length === 1 ? bytes : Buffer.concat(this.#pending);
		let at = 0;
		let wanted = HEADER_BYTES;
		while (all.length - at >= HEADER_BYTES) {
			const type = String.fromCharCode(all[at] ?? 0);
			const length = all.readUInt32BE(at + 1);
			const most = type === "D" ? MOST_ROW_BYTES : MOST_OTHER_BYTES;
			if (length < 4 || length > most || !(type in BODIES)) throw broken(`unexpected ${named(type)}`);
			wanted = 1 + length;
			if (all.length - at < wanted) break;
			this.#check(type, new Body(all.subarray(at + HEADER_BYTES, at + wanted)));
			at += wanted;
			this.#answerMessages += 1;
			if (this.#answerMessages > MOST_ANSWER_MESSAGES) throw broken(ENDLESS);
			wanted = HEADER_BYTES;
		}
		this.#pending = [all.subarray(at)];
		this.#pendingBytes = all.length - at;
		this.#wantedBytes = wanted;
		return all.subarray(0, at);
	}

	#check(type: string, body: Body): void {
		const columns = BODIES[type]?.(body);
		if (!body.isRead) throw broken(`${named(type)} has another form`);
		if (type === "T") this.#columns = columns ?? null;
		if (type === "D" && columns !== this.#columns)
			throw broken("a row has other columns than were described");
	}
}

/** Reads a body of each type to its end; those of rows return the number of columns. */
const BODIES: Readonly<Record<string, (body: Body) => number | undefined>> = {
	R: readAuthentication,
	S: (body) => body.texts(2),
	K: (body) => void body.skip(8),
	Z: (body) => void body.skip(1),
	E: readFields,
	N: readFields,
	A: (body) => {
		body.skip(4);
		return body.texts(2);
	},
	C: (body) => void body.text(),
	T: (body) =>
		body.times(() => {
			body.text();
			body.skip(18);
		}),
	t: (body) => void body.times(() => body.skip(4)),
	D: (body) => body.times(() => body.skip(Math.max(0, body.int32(-1)))),
	// ParseComplete, BindComplete, CloseComplete, NoData, EmptyQueryResponse, PortalSuspended.
	"1": () => undefined,
	"2": () => undefined,
	"3": () => undefined,
	n: () => undefined,
	I: () => undefined,
	s: () => undefined,
};

/** AuthenticationOk and the methods that pg implements. */
function readAuthentication(body: Body): undefined {
	const code = body.int32(0);
	switch (code) {
		case 0:
		case 3:
			return;
		case 5:
			return void body.skip(4);
		case 10:
			while (body.text() > 0);
			return;
		case 11:
		case 12:
			return void body.skip(body.rest);
		default:
			throw broken(`it asks for an authentication method that the console does not have (code ${code})`);
	}
}

/** ErrorResponse and NoticeResponse. */
function readFields(body: Body): undefined {
	while (body.byte() !== 0) body.text();
}

/** The body of one message, after its length. */
class Body {
	readonly #bytes: Buffer;
	#at = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	get rest(): number {
		return this.#bytes.length - this.#at;
	}

	get isRead(): boolean {
		return this.rest === 0;
	}

	skip(count: number): void {
		if (count > this.rest) throw broken("a message ends too early");
		this.#at += count;
	}

	byte(): number {
		this.skip(1);
		return this.#bytes[this.#at - 1] ?? 0;
	}

	int32(least: number): number {
		this.skip(4);
		const value = this.#bytes.readInt32BE(this.#at - 4);
		if (value < least) throw broken("a length is negative");
		return value;
	}

	/** Skips a NUL-terminated string. @returns its length. */
	text(): number {
		const end = this.#bytes.indexOf(0, this.#at);
		if (end === -1) throw broken("a text has no end");
		const length = end - this.#at;
		this.#at = end + 1;
		return length;
	}

	texts(count: number): undefined {
		for (let part = 0; part < count; part++) this.text();
	}

	/** Reads a 16-bit count and that many parts. @returns the count. */
	times(read: () => void): number {
		this.skip(2);
		const count = this.#bytes.readInt16BE(this.#at - 2);
		if (count < 0) throw broken("a count is negative");
		for (let part = 0; part < count; part++) read();
		return count;
	}
}

function named(type: string): string {
	return /[\x21-\x7e]/.test(type) ? `message "${type}"` : "message";
}

function broken(what: string): BrokenProtocolError {
	return new BrokenProtocolError(what);
}
