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
 * A session of ours can't write, can't wait for a lock and can't run for long, whatever it is
 * asked: these are set at connect time, after the user's own options, so that they win. Names and operators
 * are looked for in pg_catalog only: any role that may create in another schema of the path could put a
 * better match there, and would run it with our rights (CVE-2018-1058).
 */
const SESSION_OPTIONS = [
	"-c statement_timeout=4000",
	"-c lock_timeout=200",
	"-c idle_in_transaction_session_timeout=5000",
	"-c search_path=pg_catalog",
].join(" ");

const READ_ONLY = "-c default_transaction_read_only=on";

/**
 * How values of the types that our statements have are read, by oid (pg_type.dat); all others stay text. pg has parsers for
 * more types than that, and a server chooses among them: that of arrays never ends where a brace is missing.
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

/** What every session of a `Query` has. */
interface OwnSettings {
	readonly applicationName: string;
	readonly options: string;
}

/** The port `Query` over pg, sharing one application_name. Who `writes` writes where the server's own settings let them. */
export function postgresQuery(applicationName: string, mode: "reads" | "writes" = "reads"): Query {
	const options = mode === "reads" ? `${READ_ONLY} ${SESSION_OPTIONS}` : SESSION_OPTIONS;
	return {
		connect: (parameters, deadlineMs) =>
			tryInTurn(parameters, deadlineMs, (place, ms) => connectTo(place, { applicationName, options }, ms)),
		ping: (parameters, deadlineMs) => tryInTurn(parameters, deadlineMs, ping),
	};
}

const SILENT: readonly FaultKind[] = ["name", "refused", "unreachable", "timeout"];

/** Did nobody answer there? A server that is starting or ending (57P03, 57P01) refuses in words. */
function isNobodyThere({ kind, code = "" }: Fault): boolean {
	return SILENT.includes(kind) && !code.startsWith("57P");
}

/** @returns what the first place that answers brings, else why the first did not; each has its share of the deadline. */
async function tryInTurn<T>(
	parameters: ConnectionParameters,
	deadlineMs: number,
	attempt: (place: ConnectionParameters, ms: number) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
	const { otherwise = [] } = parameters;
	const shareMs = deadlineMs / (1 + otherwise.length);
	const first = await attempt(parameters, shareMs);
	let outcome = first;
	for (const place of otherwise) {
		if (outcome.fault === undefined || !isNobodyThere(outcome.fault)) return outcome;
		outcome = await attempt(place, shareMs);
	}
	return outcome.fault !== undefined && isNobodyThere(outcome.fault) ? first : outcome;
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
		// Else pg looks at PGSSLNEGOTIATION itself, and throws.
		sslnegotiation: "postgres",
		application_name: own.applicationName,
		options: [parameters.options, own.options].filter(Boolean).join(" "),
		keepAlive: true,
		stream: () => socket,
		types: { getTypeParser: (oid: number) => VALUES.get(oid) ?? String },
	});
	const guard = guardConnection(client);
	// pg emits an error for a connection that breaks later; unheard it would end the process.
	client.on("error", () => {});
	let connected = false;
	socket.once("connect", () => {
		connected = true;
		socket.setNoDelay(true);
	});
	// A server that has begun to talk is slow, not silent: a login costs it a fork and some hashing.
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

/** pg gives its sockets a port and a host, and no way to say who resolves it. */
function socketByName(): Socket {
	const socket = new Socket();
	const connect = socket.connect.bind(socket) as (options: TcpNetConnectOpts | string) => Socket;
	const connectByName = (target: number | string, host: string) =>
		connect(typeof target === "number" ? { port: target, host, lookup: names.lookup } : target);
	return Object.assign(socket, { connect: connectByName });
}

/** A password that is missing or wrong may be so because the password file is not used. */
async function withPassfileProblem(
	fault: Fault,
	{ isPasswordGiven, passfile }: ConnectionParameters,
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
	return problem === null
		? fault
		: { ...fault, detail: `${problem.message}.`, hint: problem.hint ?? fault.hint ?? "" };
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
		this.#guard.asks();
		const answer = this.#client.query<Record<string, unknown>>({ ...statement, values: [...values] });
		const outcome = await withDeadline(answer, deadlineMs, this.#where, () => silentFault(this.#where));
		if (outcome.fault !== undefined) return outcome;
		// Several results, to one statement, are an array.
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
		// end() says goodbye to the server; should nobody be there to hear it, nothing of ours waits for that.
		this.#client.end().catch(() => {});
		this.#guard.unref();
		setTimeout(() => this.#guard.destroy(), 200).unref();
	}

	#lose(fault: Fault): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		// After what pg does not understand the connection is still open.
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
