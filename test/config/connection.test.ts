import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { authorityOf } from "../../src/config/certificates.ts";
import { gatherGiven, resolveConnections } from "../../src/config/connection.ts";
import type { ConninfoValues } from "../../src/libpq/conninfo-keywords.ts";
import { client } from "./directory.ts";

const localHost = existsSync("/var/run/postgresql") ? "/var/run/postgresql" : "localhost";

describe("precedence", () => {
	const files = { ".pg_service.conf": "[prod]\nhost=from-service\nport=6000\nuser=svc\n" };

	test("conninfo before service before environment before defaults", () => {
		const connections = resolveConnections(
			{ host: "from-conninfo", service: "prod" },
			client({ PGPORT: "7000", PGUSER: "env", PGDATABASE: "db", PGHOST: "from-env" }, files),
		);
		expect(connections.value).toMatchObject([
			{ host: "from-conninfo", port: 6000, user: "svc", dbname: "db" },
		]);
	});

	test("PGSERVICE is used where no service is given", () => {
		const connections = resolveConnections({}, client({ PGSERVICE: "prod" }, files));
		expect(connections.value).toMatchObject([
			{ host: "from-service", port: 6000, user: "svc", dbname: "svc" },
		]);
	});

	test("gathering twice changes nothing and leaves no service", () => {
		const here = client({ PGSERVICE: "prod", PGUSER: "env" }, files);
		const once = gatherGiven({ dbname: "d" }, here);
		expect(once.value).toEqual({ host: "from-service", port: "6000", user: "svc", dbname: "d" });
		expect(gatherGiven(once.value ?? {}, here)).toEqual(once);
	});

	test("with nothing given: the local socket, the operating system user, its database", () => {
		expect(resolveConnections({}, client()).value).toMatchObject([
			{ host: localHost, port: 5432, user: "alice", dbname: "alice" },
		]);
	});

	test("takes the defaults, not the environment, for empty host, port, user and dbname", () => {
		const empty = { host: "", hostaddr: "", port: "", user: "", dbname: "", options: "" };
		const env = {
			PGHOST: "x",
			PGHOSTADDR: "10.0.0.1",
			PGPORT: "1",
			PGUSER: "u",
			PGDATABASE: "d",
			PGOPTIONS: "-c a=b",
		};
		const [only] = resolveConnections(empty, client(env)).value ?? [];
		expect(only).toMatchObject({ host: localHost, port: 5432, user: "alice", dbname: "alice" });
		expect(only).not.toHaveProperty("hostaddr");
		expect(only).not.toHaveProperty("options");
	});
});

describe("several hosts", () => {
	type Place = { host: string; hostaddr?: string; port: number };
	const table: readonly [ConninfoValues, readonly Place[]][] = [
		[
			{ host: "a,b", port: "1,2" },
			[
				{ host: "a", port: 1 },
				{ host: "b", port: 2 },
			],
		],
		[
			{ host: "a,b", port: "7" },
			[
				{ host: "a", port: 7 },
				{ host: "b", port: 7 },
			],
		],
		[
			{ host: "a,b", port: ",7" },
			[
				{ host: "a", port: 5432 },
				{ host: "b", port: 7 },
			],
		],
		[
			{ host: "a,,c" },
			[
				{ host: "a", port: 5432 },
				{ host: localHost, port: 5432 },
				{ host: "c", port: 5432 },
			],
		],
		[
			{ hostaddr: "10.0.0.1,::1" },
			[
				{ host: "10.0.0.1", hostaddr: "10.0.0.1", port: 5432 },
				{ host: "::1", hostaddr: "::1", port: 5432 },
			],
		],
		[
			{ host: "a,b", hostaddr: "10.0.0.1," },
			[
				{ host: "a", hostaddr: "10.0.0.1", port: 5432 },
				{ host: "b", port: 5432 },
			],
		],
		[{ host: "/tmp", port: " +99 " }, [{ host: "/tmp", port: 99 }]],
	];
	test.each(table)("%j", (values, places) => {
		const found = resolveConnections(values, client()).value ?? [];
		expect(found.map(({ host, hostaddr, port }) => ({ host, ...(hostaddr && { hostaddr }), port }))).toEqual(
			places,
		);
	});
});

// What psql 15.18 printed for the same values.
test.each<[ConninfoValues, string]>([
	[{ host: "a,b,c", port: "1,2" }, "could not match 2 port numbers to 3 hosts"],
	[{ hostaddr: "127.0.0.1", port: "1,2" }, "could not match 2 port numbers to 1 hosts"],
	[{ host: "a,b", hostaddr: "1.1.1.1" }, "could not match 2 host names to 1 hostaddr values"],
	[{ host: "h", port: "x" }, 'invalid integer value "x" for connection option "port"'],
	[{ host: "h", port: "1x" }, 'invalid integer value "1x" for connection option "port"'],
	[{ host: "h", port: "0x10" }, 'invalid integer value "0x10" for connection option "port"'],
	[{ host: "h", port: "5e1" }, 'invalid integer value "5e1" for connection option "port"'],
	[{ host: "h", port: "99999999999" }, 'invalid integer value "99999999999" for connection option "port"'],
	[{ host: "h", port: "99999" }, 'invalid port number: "99999"'],
	[{ host: "h", port: "0" }, 'invalid port number: "0"'],
	[{ host: "h", port: "-1" }, 'invalid port number: "-1"'],
	[{ host: "h", sslmode: "foo" }, 'invalid sslmode value: "foo"'],
	[{ host: "h", sslmode: "Require" }, 'invalid sslmode value: "Require"'],
	[{ host: "h", sslmode: "" }, 'invalid sslmode value: ""'],
	[{ host: "h", connect_timeout: "x" }, 'invalid integer value "x" for connection option "connect_timeout"'],
	[
		{ host: "h", connect_timeout: "1.5" },
		'invalid integer value "1.5" for connection option "connect_timeout"',
	],
	[{ host: "h", connect_timeout: "" }, 'invalid integer value "" for connection option "connect_timeout"'],
	[{ host: "h", ssl_min_protocol_version: "foo" }, 'invalid ssl_min_protocol_version value: "foo"'],
	[{ host: "h", ssl_max_protocol_version: "TLSv1" }, "invalid SSL protocol version range"],
	[{ hostaddr: "foo" }, 'could not parse network address "foo"'],
	[{ hostaddr: "2001:zz" }, 'could not parse network address "2001:zz"'],
])("%j is refused in libpq's words", (values, message) => {
	expect(resolveConnections(values, client()).problems).toEqual([
		expect.objectContaining({ message, exitCode: 64 }),
	]);
});

test("reports a bad environment value as a configuration error, not as a usage error", () => {
	const { problems } = resolveConnections({ host: "h", port: "x" }, client({ PGSSLMODE: "foo" }));
	expect(problems).toMatchObject([
		{ message: 'invalid integer value "x" for connection option "port"', exitCode: 64 },
		{ message: 'invalid sslmode value: "foo"', exitCode: 78, detail: expect.stringContaining("PG*") },
	]);
});

test.each([
	["-5", undefined],
	["0", undefined],
	["1", 2000],
	["2", 2000],
	[" 10 ", 10_000],
])("connect_timeout=%j is %s ms", (seconds, milliseconds) => {
	const [only] = resolveConnections({ host: "h", connect_timeout: seconds }, client()).value ?? [];
	expect(only?.connectTimeoutMs).toBe(milliseconds);
});

test.each<[ConninfoValues, boolean]>([
	[{ sslcrldir: "/crl" }, false],
	[{ sslcrldir: "" }, true],
	[{ sslcertmode: "require" }, false],
	[{ sslcertmode: "allow" }, true],
	[{ sslsni: "0" }, false],
	[{ sslsni: "1" }, true],
	[{ gssencmode: "require" }, false],
	[{ gssencmode: "prefer" }, true],
	[{ channel_binding: "require" }, false],
	[{ require_auth: "scram-sha-256" }, false],
	[{ sslnegotiation: "postgres" }, true],
	[{ target_session_attrs: "read-write", krbsrvname: "x" }, true],
])("refuses unsupported security options: %j", (values, accepted) => {
	const { problems } = resolveConnections({ host: "h", ...values }, client());
	expect(problems === undefined).toBe(accepted);
	if (!accepted)
		expect(problems?.[0]?.message).toBe(`connection option "${Object.keys(values)[0]}" is not supported`);
});

describe("passwords", () => {
	const passfile = "h:5432:d:u:from-file\nlocalhost:*:*:*:from-socket\n10.0.0.1:*:*:*:by-address\n";
	const ask = async (
		values: ConninfoValues,
		environment = {},
		files: Record<string, string> = { ".pgpass": passfile },
	) => {
		const [only] =
			resolveConnections({ user: "u", dbname: "d", ...values }, client(environment, files)).value ?? [];
		return only?.password();
	};

	test("given before PGPASSWORD before the file", async () => {
		expect(await ask({ host: "h", password: "given" }, { PGPASSWORD: "env" })).toBe("given");
		expect(await ask({ host: "h" }, { PGPASSWORD: "env" })).toBe("env");
		expect(await ask({ host: "h" })).toBe("from-file");
		expect(await ask({ host: "other" })).toBeNull();
	});

	test("knows that a password is given, so that no hint names a file", () => {
		const given = (values: ConninfoValues) =>
			resolveConnections({ host: "h", ...values }, client()).value?.[0];
		expect(given({ password: "x" })).toHaveProperty("isPasswordGiven", true);
		expect(given({ password: "" })).not.toHaveProperty("isPasswordGiven");
	});

	test("treats an empty password as none", async () => {
		expect(await ask({ host: "h", password: "" }, { PGPASSWORD: "env" })).toBe("from-file");
	});

	test("looked up by host where given, else by hostaddr; a socket as localhost", async () => {
		expect(await ask({ host: "h", hostaddr: "10.0.0.1" })).toBe("from-file");
		expect(await ask({ hostaddr: "10.0.0.1" })).toBe("by-address");
		expect(await ask({ host: "/var/run/postgresql" })).toBe("from-socket");
		expect(await ask({ host: "/tmp" })).toBeNull();
	});

	test("passfile before PGPASSFILE before ~/.pgpass", async () => {
		const files = { ".pgpass": "*:*:*:*:home", one: "*:*:*:*:one", two: "*:*:*:*:two" };
		const here = (environment: Record<string, string>) => client(environment, files);
		const first = here({});
		const [byKeyword] =
			resolveConnections(
				{ host: "h", passfile: join(first.home, "one") },
				{ ...first, environment: { PGPASSFILE: join(first.home, "two") } },
			).value ?? [];
		expect(await byKeyword?.password()).toBe("one");
		const [byVariable] =
			resolveConnections({ host: "h" }, { ...first, environment: { PGPASSFILE: join(first.home, "two") } })
				.value ?? [];
		expect(await byVariable?.password()).toBe("two");
		expect(byVariable?.passfile).toBe(join(first.home, "two"));
	});
});

describe("certificates", () => {
	const files = {
		".postgresql/root.crt": "",
		".postgresql/postgresql.crt": "",
		".postgresql/postgresql.key": "",
		"my.crt": "",
		"my.key": "",
	};
	const ssl = (values: ConninfoValues, here = client()) => {
		const resolved = resolveConnections({ host: "h", ...values }, here);
		return resolved.value?.[0]?.ssl ?? resolved.problems;
	};

	test("prefer without any file by default", () => {
		expect(ssl({})).toEqual({ mode: "prefer" });
	});

	test("files of ~/.postgresql are used where present", () => {
		const here = client({}, files);
		const at = (name: string) => join(here.home, ".postgresql", name);
		expect(ssl({ sslmode: "verify-full" }, here)).toEqual({
			mode: "verify-full",
			rootcert: at("root.crt"),
			cert: at("postgresql.crt"),
			key: at("postgresql.key"),
		});
		expect(ssl({ sslcertmode: "disable" }, here)).toEqual({ mode: "prefer", rootcert: at("root.crt") });
	});

	test("what makes sslmode=require check certificates is a file that is there, or the system's roots", () => {
		const here = client({}, files);
		const usual = join(here.home, ".postgresql/root.crt");
		for (const given of [undefined, "", usual]) expect(authorityOf(given, here.home)).toBe(usual);
		expect(ssl({ sslmode: "require" }, here)).toMatchObject({ mode: "verify-ca", rootcert: usual });
		expect(authorityOf("system", here.home)).toBe("system");
		expect(authorityOf(join(here.home, "none"), here.home)).toBeNull();
		expect(authorityOf(undefined, client().home)).toBeNull();
	});

	test("revoked certificates: those given, else those in ~/.postgresql", () => {
		const withCrl = client({}, { ...files, ".postgresql/root.crl": "" });
		const usual = join(withCrl.home, ".postgresql/root.crl");
		expect(ssl({ sslmode: "verify-full" }, withCrl)).toMatchObject({ crl: usual });
		expect(ssl({ sslmode: "verify-full", sslcrl: "/crl" }, withCrl)).toMatchObject({ crl: "/crl" });
		// As in libpq, the default file is for certificates of the root certificate file.
		expect(ssl({ sslrootcert: "system" }, withCrl)).not.toHaveProperty("crl");
	});

	test("keeps the range of TLS versions in libpq's spelling", () => {
		expect(ssl({ ssl_min_protocol_version: "tlsv1.3" })).toEqual({ mode: "prefer", minVersion: "TLSv1.3" });
		expect(ssl({}, client({ PGSSLMINPROTOCOLVERSION: "TLSv1.3" }))).toMatchObject({ minVersion: "TLSv1.3" });
		expect(ssl({}, client({ PGSSLMAXPROTOCOLVERSION: "TLSv1.2" }))).toMatchObject({ maxVersion: "TLSv1.2" });
		expect(ssl({ ssl_min_protocol_version: "", ssl_max_protocol_version: "" })).toEqual({ mode: "prefer" });
	});

	test.each(["640", "604", "644"])("a key of mode %s is refused", (mode) => {
		const here = client({}, files);
		const key = join(here.home, ".postgresql/postgresql.key");
		chmodSync(key, Number.parseInt(mode, 8));
		const isRoot = process.getuid?.() === 0;
		const found = ssl({}, here);
		// Where root owns it, its group may read it.
		if (isRoot && mode === "640") expect(found).toMatchObject({ key });
		else expect(found).toMatchObject([{ message: `private key file "${key}" has group or world access` }]);
		// Without TLS, or without a certificate, it does not matter.
		expect(ssl({ sslmode: "disable" }, here)).toMatchObject({ mode: "disable" });
		expect(ssl({ sslcertmode: "disable" }, here)).not.toHaveProperty("key");
	});

	test("given files come first, with the key's passphrase", () => {
		const here = client({}, files);
		const cert = join(here.home, "my.crt");
		const key = join(here.home, "my.key");
		expect(ssl({ sslcert: cert, sslkey: key, sslpassword: "p" }, here)).toMatchObject({
			cert,
			key,
			keyPassphrase: "p",
		});
	});

	test("require verifies where there is a root certificate, as in libpq", () => {
		expect(ssl({ sslmode: "require" }, client({}, files))).toMatchObject({ mode: "verify-ca" });
		expect(ssl({ sslmode: "require" })).toEqual({ mode: "require" });
	});

	test("refuses verification without a root certificate", () => {
		expect(ssl({ sslmode: "verify-ca", sslrootcert: "/nowhere.crt" })).toMatchObject([
			{
				message: 'root certificate file "/nowhere.crt" does not exist',
				hint: expect.stringContaining("sslrootcert=system"),
			},
		]);
	});

	test("uses verify-full with the system's trusted roots by default", () => {
		expect(ssl({ sslrootcert: "system" })).toEqual({ mode: "verify-full", rootcert: "system" });
		expect(ssl({ sslrootcert: "system", sslmode: "prefer" })).toMatchObject([
			{ message: 'weak sslmode "prefer" may not be used with sslrootcert=system (use "verify-full")' },
		]);
	});

	test("refuses a certificate without its key", () => {
		const here = client({}, { ".postgresql/postgresql.crt": "" });
		expect(ssl({}, here)).toMatchObject([
			{
				message: `certificate present, but not private key file "${join(here.home, ".postgresql/postgresql.key")}"`,
			},
		]);
	});

	test("uses no TLS on a Unix socket", () => {
		expect(ssl({ host: "/tmp", sslmode: "verify-full" })).toEqual({ mode: "disable" });
	});
});
