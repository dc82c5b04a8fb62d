import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SslMode } from "../../../src/config/connection-parameters.ts";
import { encryptionAttempts } from "../../../src/transport/postgres/tls.ts";
import { parametersOf } from "../../support/fake-query.ts";

let directory = "";
let root = "";
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	root = join(directory, "root.crt");
	writeFileSync(root, "a certificate");
});
afterAll(() => rmSync(directory, { recursive: true }));

type Ssl = ReturnType<typeof parametersOf>["ssl"];

/** The order of attempts as words: "tls", "checked tls" or "plain". */
async function orderOf(ssl: Ssl, host = "node1") {
	const attempts = await encryptionAttempts(parametersOf(host, { ssl }));
	return (
		attempts.value?.map((attempt) =>
			attempt === false ? "plain" : attempt.rejectUnauthorized ? "checked tls" : "tls",
		) ?? attempts.fault?.kind
	);
}

describe("attempts in order (manual 34.19.3)", () => {
	test.each<[SslMode, boolean, readonly string[] | string]>([
		["disable", false, ["plain"]],
		["allow", false, ["plain", "tls"]],
		["prefer", false, ["tls", "plain"]],
		["require", false, ["tls"]],
		// A root certificate that is present makes TLS checked, whatever the mode.
		["allow", true, ["plain", "checked tls"]],
		["prefer", true, ["checked tls", "plain"]],
		["require", true, ["checked tls"]],
		["verify-ca", true, ["checked tls"]],
		["verify-full", true, ["checked tls"]],
		["verify-ca", false, "authentication"],
		["verify-full", false, "authentication"],
	])("%s, root certificate %s: %j", async (mode, hasRoot, order) => {
		expect(await orderOf({ mode, ...(hasRoot && { rootcert: root }) })).toEqual(order);
	});

	test.each<SslMode>(["prefer", "require", "verify-full"])(
		"a Unix socket is plain, with %s as well",
		async (mode) => {
			expect(await orderOf({ mode }, "/var/run/postgresql")).toEqual(["plain"]);
		},
	);

	test("sslrootcert=system verifies against the operating system's roots", async () => {
		const attempts = await encryptionAttempts(
			parametersOf("node1", { ssl: { mode: "verify-full", rootcert: "system" } }),
		);
		expect(attempts.value).toEqual([{ rejectUnauthorized: true, servername: "node1" }]);
	});
});

test("only verify-full checks the server's name", async () => {
	const optionsFor = async (mode: SslMode) => {
		const [attempt] =
			(await encryptionAttempts(parametersOf("node1", { ssl: { mode, rootcert: root } }))).value ?? [];
		return attempt || {};
	};
	expect(await optionsFor("verify-full")).not.toHaveProperty("checkServerIdentity");
	for (const mode of ["require", "verify-ca"] as const) {
		expect(await optionsFor(mode)).toHaveProperty("checkServerIdentity");
	}
});

test("an address is not sent as server name (SNI)", async () => {
	const namesOf = async (host: string) =>
		(await encryptionAttempts(parametersOf(host, { ssl: { mode: "require" } }))).value;
	expect(await namesOf("node1")).toMatchObject([{ servername: "node1" }]);
	for (const host of ["10.0.0.1", "fe80::1"])
		expect((await namesOf(host))?.[0]).not.toHaveProperty("servername");
});

test("the client's certificate, key and passphrase are passed on", async () => {
	const ssl: Ssl = { mode: "require", cert: root, key: root, keyPassphrase: "open" };
	expect((await encryptionAttempts(parametersOf("node1", { ssl }))).value).toMatchObject([
		{ cert: Buffer.from("a certificate"), key: Buffer.from("a certificate"), passphrase: "open" },
	]);
});

describe("a file that can't be read", () => {
	const missing = () => join(directory, "missing.crt");

	test("is a fault that names it if TLS is required", async () => {
		const attempts = await encryptionAttempts(
			parametersOf("node1", { ssl: { mode: "require", cert: missing() } }),
		);
		expect(attempts.fault).toMatchObject({ kind: "authentication" });
		expect(attempts.fault?.message).toContain("missing.crt");
	});

	test.each<SslMode>(["allow", "prefer"])("leaves plain, with %s", async (mode) => {
		expect(await orderOf({ mode, cert: missing() })).toEqual(["plain"]);
	});
});
