import { describe, expect, test } from "vitest";
import type { ConnectionParameters } from "../../../src/config/connection-parameters.ts";
import type { FaultKind } from "../../../src/model/fault.ts";
import { deadlineFault, faultOf, NoPasswordError } from "../../../src/transport/postgres/fault.ts";

const WHERE = "node1:5432";

/** As pg raises what a server says. */
const serverError = (code: string, message = "said", detail?: string) =>
	Object.assign(new Error(message), { severity: "FATAL", code, detail });

/** As Node raises what the operating system says. */
const systemError = (code: string, message = code) => Object.assign(new Error(message), { code });

describe("server errors", () => {
	test.each<[string, string, FaultKind]>([
		["28P01", "invalid_password", "authentication"],
		["28000", "invalid_authorization_specification", "authentication"],
		["42501", "insufficient_privilege", "permission"],
		["57014", "query_canceled (statement_timeout)", "timeout"],
		["55P03", "lock_not_available (lock_timeout)", "timeout"],
		["57P01", "admin_shutdown", "refused"],
		["57P02", "crash_shutdown", "refused"],
		["57P03", "cannot_connect_now", "refused"],
		["53300", "too_many_connections", "command"],
		["3D000", "invalid_catalog_name", "command"],
		["55000", "object_not_in_prerequisite_state", "command"],
		["42P01", "undefined_table", "command"],
		["XX000", "internal_error", "command"],
	])("%s %s: %s", (code, _, kind) => {
		expect(faultOf(serverError(code), WHERE)).toMatchObject({ kind, code, message: "said" });
	});

	test("keep their detail and their wording", () => {
		expect(faultOf(serverError("XX000", 'relation "a" broke', "Look at it."), WHERE)).toEqual({
			kind: "command",
			code: "XX000",
			message: 'relation "a" broke',
			detail: "Look at it.",
		});
	});

	test.each([
		["28P01", /\.pgpass/],
		["28000", /pg_hba\.conf/],
		["3D000", /dbname=/],
		["53300", /max_connections/],
	])("%s comes with a hint", (code, hint) => {
		expect(faultOf(serverError(code), WHERE).hint).toMatch(hint);
	});
});

describe("network errors", () => {
	test.each<[string, FaultKind, string]>([
		["ECONNREFUSED", "refused", "connection to node1:5432 refused"],
		["ECONNRESET", "refused", "connection to node1:5432 refused"],
		["EPIPE", "refused", "connection to node1:5432 refused"],
		// A Unix socket: no such file, so no server listens.
		["ENOENT", "refused", "connection to node1:5432 refused"],
		["EHOSTUNREACH", "unreachable", "no route to node1:5432"],
		["ENETUNREACH", "unreachable", "no route to node1:5432"],
		["ETIMEDOUT", "unreachable", "no route to node1:5432"],
		["EACCES", "permission", "node1:5432: EACCES"],
		// A local problem or one of TLS says nothing about the connection to the server.
		["EMFILE", "protocol", "too many files are open on this machine"],
		["EPROTO", "protocol", "node1:5432: EPROTO"],
		["ERR_SSL_WRONG_VERSION_NUMBER", "protocol", "node1:5432: ERR_SSL_WRONG_VERSION_NUMBER"],
	])("%s: %s", (code, kind, message) => {
		expect(faultOf(systemError(code), WHERE)).toMatchObject({ kind, message, code });
	});

	test.each([
		["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"],
		["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames"],
		["CERT_HAS_EXPIRED", "certificate has expired"],
		["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"],
	])("%s: the certificate was not accepted", (code, message) => {
		expect(faultOf(systemError(code, message), WHERE)).toMatchObject({
			kind: "authentication",
			message: `certificate of node1:5432 was not accepted: ${message}`,
		});
	});

	test("of several addresses that failed, the first one's error counts", () => {
		const both = new AggregateError([systemError("ECONNREFUSED"), systemError("EHOSTUNREACH")]);
		expect(faultOf(both, WHERE).kind).toBe("refused");
	});

	test.each([
		["Connection terminated unexpectedly", "refused"],
		["Connection terminated", "refused"],
		["The server does not support SSL connections", "protocol"],
		["Received unexpected commandComplete message from backend.", "protocol"],
	])("pg's own words: %s", (message, kind) => {
		expect(faultOf(new Error(message), WHERE).kind).toBe(kind);
	});

	test("anything that is thrown becomes a fault", () => {
		expect(faultOf("odd", WHERE)).toEqual({ kind: "protocol", message: "odd" });
	});
});

test("a missing password says where to put it", () => {
	expect(faultOf(new NoPasswordError("repmgr"), WHERE)).toEqual({
		kind: "authentication",
		message: 'server at node1:5432 asks for a password of user "repmgr", and none is known',
		hint: "Add a line to ~/.pgpass (mode 0600), or set PGPASSWORD.",
		code: "28P01",
	});
});

test.each<[boolean, FaultKind, string]>([
	[true, "timeout", "node1:5432 accepts connections, but does not answer"],
	[false, "unreachable", "no answer from node1:5432"],
])("deadline passed, connected %s: %s", (connected, kind, message) => {
	expect(deadlineFault(connected, { host: "node1", port: 5432 } as ConnectionParameters)).toMatchObject({
		kind,
		message,
	});
});
