import type { ConnectionParameters } from "../../config/connection-parameters.ts";
import { type Fault, type FaultKind, isOutOfFiles, outOfFilesFault } from "../../model/fault.ts";
import { names, UnresolvedNameError } from "../names.ts";
import { BrokenProtocolError } from "./messages.ts";

/** The address of a server for messages: "node1:5432". */
export function addressOf({ host, hostaddr, port }: ConnectionParameters): string {
	return `${host === "" && hostaddr ? hostaddr : host}:${port}`;
}

/** Thrown by a password callback without a password; libpq's message. */
export class NoPasswordError extends Error {
	override readonly name = "NoPasswordError";
	readonly user: string;
	constructor(user: string) {
		super("no password supplied");
		this.user = user;
	}
}

/** Hints by SQLSTATE, where an operator can act. */
const HINTS: Readonly<Record<string, string>> = {
	"28P01": "Check the password in ~/.pgpass (one line for this host, port, database and user) or PGPASSWORD.",
	"28000": "Add a line for this host, user and database to pg_hba.conf on the server and reload it.",
	"3D000": "Name the database that holds the repmgr extension with dbname=.",
	"53300":
		"Raise max_connections, or end sessions; superuser_reserved_connections keeps places for superusers.",
};

const UNREACHABLE_HINT = "Check the address, the network, and firewalls on the way.";

const KIND_OF_SYSTEM_ERROR: Readonly<Record<string, FaultKind>> = {
	ECONNREFUSED: "refused",
	ECONNRESET: "refused",
	EPIPE: "refused",
	ENOENT: "refused",
	EACCES: "permission",
	EHOSTUNREACH: "unreachable",
	EHOSTDOWN: "unreachable",
	ENETUNREACH: "unreachable",
	ENETDOWN: "unreachable",
	EADDRNOTAVAIL: "unreachable",
	ETIMEDOUT: "unreachable",
};

/** What an error of pg, Node's net or tls means, for the server at `where` ("node1:5432"). */
export function faultOf(error: unknown, where: string): Fault {
	if (error instanceof AggregateError && error.errors.length > 0) return faultOf(error.errors[0], where);
	if (!(error instanceof Error)) return { kind: "protocol", message: String(error) };
	if (error instanceof UnresolvedNameError) return error.fault;
	if (error instanceof NoPasswordError) {
		return {
			kind: "authentication",
			message: `server at ${where} asks for a password of user "${error.user}", and none is known`,
			hint: "Add a line to ~/.pgpass (mode 0600), or set PGPASSWORD.",
			code: "28P01",
		};
	}
	if (error instanceof BrokenProtocolError) {
		return {
			kind: "protocol",
			message: `server at ${where} does not speak PostgreSQL's protocol: ${error.message}`,
			hint: "Look what listens there.",
		};
	}
	const { code, detail } = error as { code?: string; detail?: string };
	if ("severity" in error) return serverFault(error.message, code ?? "", detail);
	return networkFault(error, code, where);
}

function serverFault(message: string, code: string, detail: string | undefined): Fault {
	const hint = HINTS[code];
	return { kind: kindOfSqlState(code), message, code, ...(detail && { detail }), ...(hint && { hint }) };
}

function kindOfSqlState(code: string): FaultKind {
	if (code.startsWith("28")) return "authentication";
	if (code === "42501") return "permission";
	if (code === "57014" || code === "55P03") return "timeout";
	if (code === "57P01" || code === "57P02" || code === "57P03") return "refused";
	return "command";
}

function networkFault(error: Error, code: string | undefined, where: string): Fault {
	if (/certificate|self-signed|CERT|altnames/i.test(`${code} ${error.message}`)) {
		return {
			kind: "authentication",
			message: `certificate of ${where} was not accepted: ${error.message}`,
			hint: "Check sslmode and sslrootcert.",
		};
	}
	if (/^Connection terminated|ended unexpectedly/.test(error.message)) {
		return { kind: "refused", message: `server at ${where} closed the connection`, code: "ECONNRESET" };
	}
	if (/does not support SSL/.test(error.message)) {
		return {
			kind: "protocol",
			message: `server at ${where} does not support TLS, but sslmode requires it`,
			code: "NOTLS",
		};
	}
	if (isOutOfFiles(code)) return outOfFilesFault(code);
	// EPROTO and ERR_SSL_… of a failed handshake say nothing about the network.
	const kind = (code && KIND_OF_SYSTEM_ERROR[code]) || "protocol";
	const hint = networkHint(kind);
	return { kind, message: networkMessage(kind, where, error), ...(hint && { hint }), ...(code && { code }) };
}

function networkMessage(kind: FaultKind, where: string, error: Error): string {
	switch (kind) {
		case "refused":
			return `connection to ${where} refused`;
		case "unreachable":
			return `no route to ${where}`;
		default:
			return `${where}: ${error.message}`;
	}
}

function networkHint(kind: FaultKind): string | undefined {
	switch (kind) {
		case "refused":
			return "Check that PostgreSQL runs there, its listen_addresses, and the port.";
		case "unreachable":
			return UNREACHABLE_HINT;
		default:
			return undefined;
	}
}

/** No answer within the deadline: the name is not resolved yet, the address is unreachable, or the peer that accepted is silent. */
export function deadlineFault(connected: boolean, parameters: ConnectionParameters): Fault {
	const where = addressOf(parameters);
	if (connected) return silentFault(where);
	return (
		names.pendingFault(parameters.hostaddr ?? parameters.host) ?? {
			kind: "unreachable",
			message: `no answer from ${where}`,
			hint: UNREACHABLE_HINT,
			code: "ETIMEDOUT",
		}
	);
}

export function silentFault(where: string): Fault {
	return {
		kind: "timeout",
		message: `${where} accepts connections, but does not answer`,
		hint: "Look at the host: the server may be frozen or overloaded, or something else listens on the port.",
	};
}
