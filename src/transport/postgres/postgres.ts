import { Socket, type TcpNetConnectOpts } from "node:net";
import pg from "pg";
import type { ConnectionParameters } from "../../config/connection-parameters.ts";
import { passfileProblem } from "../../config/passfile.ts";
import type { Fault, FaultKind, Outcome } from "../../model/fault.ts";
import { deadline, silence } from "../deadline.ts";
import { names } from "../names.ts";
import type { Query, QuerySession, Statement } from "../ports.ts";
import { addressOf, deadlineFault, faultOf, NoPasswordError, silentFault } from "./fault.ts";
import { type Guard, guardConnection } from "./guard.ts";
import { BrokenProtocolError } from "./messages.ts";
import { ping } from "./ping.ts";
import { type Encryption, encryptionAttempts } from "./tls.ts";

/**
 * The console's sessions can't write, wait for locks or run for long, whatever they are asked: these options follow the user's own
 * and so override them. Names and operators are resolved in pg_catalog only: a role that may create objects in another schema of
 * search_path could put a better match there and have it run with the console's rights (CVE-2018-1058).
 */
const SESSION_OPTIONS = [
	"-c statement_timeout=4000",
	"-c lock_timeout=200",
	"-c idle_in_transaction_session_timeout=5000",
	"-c search_path=pg_catalog",
].join(" ");

const READ_ONLY = "-c default_transaction_read_only=on";

/**
 * Parsers for the types that the console's statements return, by oid (pg_type.dat); other values stay text. pg's own parsers cover
 * more types, and the server chooses among them: its array parser never ends when a brace is missing.
 */
const VALUES: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
	[16, (text) => text === "t"],
	[23, Number],
	[114, JSON.parse],
	[701, Number],
	// text[]: names of tables and functions, which need no quoting.
	[1009, (text) => (/^\{[^{}"\\]*\}$/.test(text) ? text.slice(1, -1).split(",").filter(Boolean) : text)],
]);

/** SQLSTATE of a rejection by pg_hba.conf, after which libpq tries `prefer` and `allow` the other way. */
const REJECTED_BY_HBA = "28000";

/** Set for every session of a `Query`. */
interface OwnSettings {
	readonly applicationName: string;
	readonly options: string;
}

/** Implements the port `Query` with pg. Sessions opened with "writes" may write wherever the server lets them. */
export function postgresQuery(applicationName: string, mode: "reads" | "writes" = "reads"): Query {
	const options = mode === "reads" ? `${READ_ONLY} ${SESSION_OPTIONS}` : SESSION_OPTIONS;
	return {
		connect: (parameters, deadlineMs) =>
			tryInTurn(parameters, deadlineMs, (address, ms) =>
				connectTo(address, { applicationName, options }, ms),
			),
		ping: (parameters, deadlineMs) => tryInTurn(parameters, deadlineMs, ping),
	};
}

const SILENT: readonly FaultKind[] = ["name", "refused", "unreachable", "timeout"];

/** Whether nothing answered. A server that is starting or shutting down (57P03, 57P01) does answer. */
function isSilent({ kind, code = "" }: Fault): boolean {
	return SILENT.includes(kind) && !code.startsWith("57P");
}

/** Tries each address with an equal share of the deadline. @returns the outcome of the first that answers, else the first fault. */
async function tryInTurn<T>(
	parameters: ConnectionParameters,
	deadlineMs: number,
	attempt: (address: ConnectionParameters, ms: number) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
	const { otherwise = [] } = parameters;
	const shareMs = deadlineMs / (1 + otherwise.length);
	const first = await attempt(parameters, shareMs);
	let outcome = first;
	for (const address of otherwise) {
		if (outcome.fault === undefined || !isSilent(outcome.fault)) return outcome;
		outcome = await attempt(address, shareMs);
	}
	return outcome.fault !== undefined && isSilent(outcome.fault) ? first : outcome;
}

async function connectTo(
	parameters: ConnectionParameters,
	own: OwnSettings,
	deadlineMs: number,
): Promise<Outcome<QuerySession>> {
	const attempts = await encryptionAttempts(parameters);
	if (attempts.fault !== undefined) return attempts;
	const started = performance.now();
	let outcome: Outcome<QuerySession> | null = null;
	for (const encryption of attempts.value) {
		const leftMs = Math.max(1, deadlineMs - (performance.now() - started));
		outcome = await connectOnce(parameters, encryption, own, leftMs);
		if (outcome.fault === undefined || !mayTryOtherEncryption(outcome.fault)) break;
	}
	return outcome ?? { fault: { kind: "protocol", message: "no way to connect" } };
}

function mayTryOtherEncryption(fault: Fault): boolean {
	return fault.code === REJECTED_BY_HBA || fault.code === "NOTLS";
}

async function connectOnce(
	parameters: ConnectionParameters,
	encryption: Encryption,
	own: OwnSettings,
	deadlineMs: number,
): Promise<Outcome<QuerySession>> {
	const where = addressOf(parameters);
	const socket = socketByName();
	const client = new pg.Client({
		host: parameters.host.startsWith("/") ? parameters.host : (parameters.hostaddr ?? parameters.host),
		port: parameters.port,
		user: parameters.user,
		database: parameters.dbname,
		password: async () =>
			(await parameters.password()) ?? Promise.reject(new NoPasswordError(parameters.user)),
		ssl: encryption,
		// Otherwise pg reads PGSSLNEGOTIATION itself, and throws.
		sslnegotiation: "postgres",
		application_name: own.applicationName,
		options: [parameters.options, own.options].filter(Boolean).join(" "),
		keepAlive: true,
		stream: () => socket,
		types: { getTypeParser: (oid: number) => VALUES.get(oid) ?? String },
	});
	const guard = guardConnection(client);
	// pg emits an error when the connection breaks later; without a listener it would end the process.
	client.on("error", () => {});
	let connected = false;
	socket.once("connect", () => {
		connected = true;
		socket.setNoDelay(true);
	});
	// A server that has sent something is slow, not silent: a login costs it a fork and some hashing.
	const outcome = await withDeadline(
		client.connect(),
		deadlineMs,
		where,
		() => deadlineFault(connected, parameters),
		() => socket.bytesRead > 0,
	);
	if (outcome.fault === undefined) return { value: new PostgresSession(client, guard, where) };
	socket.destroy();
	return { fault: await withPassfileProblem(outcome.fault, parameters) };
}

/** A socket that resolves names with `names`: pg passes host and port only. */
function socketByName(): Socket {
	const socket = new Socket();
	const connect = socket.connect.bind(socket) as (options: TcpNetConnectOpts | string) => Socket;
	const connectByName = (target: number | string, host: string) =>
		connect(typeof target === "number" ? { port: target, host, lookup: names.lookup } : target);
	return Object.assign(socket, { connect: connectByName });
}

/** Where a missing or wrong password was looked for, and what has to stand there. */
async function withPassfileProblem(
	fault: Fault,
	{ isPasswordGiven, passfile, host, port, dbname, user }: ConnectionParameters,
): Promise<Fault> {
	if (fault.code !== "28P01") return fault;
	if (isPasswordGiven) {
		return {
			...fault,
			hint: "Check the password in the conninfo, the service file or PGPASSWORD: where one is given, ~/.pgpass is not read.",
		};
	}
	if (passfile === undefined) return fault;
	const problem = await passfileProblem(passfile);
	if (problem !== null)
		return { ...fault, detail: `${problem.message}.`, hint: problem.hint ?? fault.hint ?? "" };
	const [where, line] = [host.startsWith("/") ? "localhost" : host, `${port}:${dbname}:${user}:PASSWORD`];
	return {
		...fault,
		hint: `The password was looked for in ${passfile} (mode 0600). The line it needs: ${where}:${line}, or *:${line} for all nodes.`,
	};
}

class PostgresSession implements QuerySession {
	readonly #client: pg.Client;
	readonly #guard: Guard;
	readonly #where: string;
	#isClosed = false;
	#lost: ((fault: Fault) => void) | null = null;

	constructor(client: pg.Client, guard: Guard, where: string) {
		this.#client = client;
		this.#guard = guard;
		this.#where = where;
		client.on("error", (error) => this.#lose(faultOf(error, where)));
		client.on("end", () =>
			this.#lose({ kind: "refused", message: `server at ${where} closed the connection` }),
		);
	}

	async query(statement: Statement, values: readonly (string | number | null)[], deadlineMs: number) {
		this.#guard.startQuery();
		const answer = this.#client.query<Record<string, unknown>>({ ...statement, values: [...values] });
		const outcome = await withDeadline(answer, deadlineMs, this.#where, () => silentFault(this.#where));
		if (outcome.fault !== undefined) return outcome;
		// pg returns an array when one statement gets several results.
		const { rows } = outcome.value;
		return Array.isArray(rows)
			? { value: rows }
			: { fault: faultOf(new BrokenProtocolError("several answers to one question"), this.#where) };
	}

	onLost(listener: (fault: Fault) => void): void {
		this.#lost = listener;
	}

	close(): void {
		this.#isClosed = true;
		// end() sends Terminate; a dead peer must not keep the process waiting.
		this.#client.end().catch(() => {});
		this.#guard.unref();
		setTimeout(() => this.#guard.destroy(), 200).unref();
	}

	#lose(fault: Fault): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		// After a message that pg does not understand the connection is still open.
		this.#guard.destroy();
		this.#lost?.(fault);
	}
}

async function withDeadline<T>(
	promise: Promise<T>,
	deadlineMs: number,
	where: string,
	onDeadline: () => Fault,
	maySlowDown: () => boolean = () => false,
): Promise<Outcome<T>> {
	const { promise: late, resolve } = Promise.withResolvers<Outcome<T>>();
	const giveUp = (): void => resolve({ fault: silence(onDeadline()) });
	let cancel = deadline(deadlineMs, () => {
		if (maySlowDown()) cancel = deadline(2 * deadlineMs, giveUp);
		else giveUp();
	});
	const settled = promise.then(
		(value): Outcome<T> => ({ value }),
		(error: unknown): Outcome<T> => ({ fault: faultOf(error, where) }),
	);
	try {
		return await Promise.race([settled, late]);
	} finally {
		cancel();
	}
}
