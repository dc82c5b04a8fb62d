import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Lookup, loadClusterCache, saveClusterCache } from "../../src/config/cluster-cache.ts";
import { unreadableConninfo } from "../../src/libpq/conninfo.ts";
import { registration as row } from "../support/records.ts";
import { temporaryDirectory } from "./directory.ts";

const at = (host: string, port = 5432, hostaddr?: string): Lookup => ({
	targets: [{ host, port, ...(hostaddr !== undefined && { hostaddr }) }],
});
/** A registered standby; only what the tests are about differs. */
const registration = (nodeId: number, conninfo: string) => row(nodeId, { conninfo });
const cluster = {
	systemIdentifier: "7300000000000000001",
	nodes: [
		registration(1, "host=pg1 user=repmgr dbname=repmgr"),
		registration(2, "host=pg2 hostaddr=10.0.0.2 port=6000 user=repmgr dbname=repmgr"),
	],
};
const nothing = { cached: null, ignored: [] };

test("has no cache at first", async () => {
	expect(await loadClusterCache(join(temporaryDirectory(), "none"), at("pg1"))).toEqual(nothing);
});

test("returns the cache of the same lookup", async () => {
	const state = temporaryDirectory();
	await saveClusterCache(state, at("pg1"), cluster);
	expect(await loadClusterCache(state, at("pg1"))).toEqual({ cached: cluster, ignored: [] });
	await saveClusterCache(state, { cluster: "prod", targets: [] }, cluster);
	expect(await loadClusterCache(state, { cluster: "prod", targets: [] })).toEqual({
		cached: cluster,
		ignored: [],
	});
	expect(await loadClusterCache(state, { cluster: "test", targets: [] })).toEqual(nothing);
});

test("ignores the order of several hosts", async () => {
	const state = temporaryDirectory();
	const [a, b] = [
		{ host: "x", port: 1 },
		{ host: "Y", port: 2 },
	];
	await saveClusterCache(state, { targets: [a, b] }, { ...cluster, nodes: [] });
	expect((await loadClusterCache(state, { targets: [{ ...b, host: "y" }, a] })).cached).not.toBeNull();
});

test.each([
	[at("pg2", 6000), true],
	[at("PG2", 6000), true],
	[at("10.0.0.2", 6000), true],
	[at("elsewhere", 6000, "10.0.0.2"), true],
	[at("pg2", 5432), false],
	[at("pg3"), false],
	[{ cluster: "other", ...at("pg1") }, true],
])("finds the cluster by any member: %j %s", async (lookup, found) => {
	const state = temporaryDirectory();
	await saveClusterCache(state, { cluster: "prod", targets: [] }, cluster);
	expect((await loadClusterCache(state, lookup)).cached).toEqual(found ? cluster : null);
});

test.each(["localhost", "127.0.0.1", "::1", "/var/run/postgresql"])(
	"%s is another machine on each machine: no member",
	async (host) => {
		const state = temporaryDirectory();
		const nodes = [registration(1, `host=${host}`)];
		await saveClusterCache(state, { cluster: "prod", targets: [] }, { ...cluster, nodes });
		expect(await loadClusterCache(state, at(host))).toEqual(nothing);
	},
);

test("writes no password, and no conninfo that can't be parsed", async () => {
	const state = temporaryDirectory();
	const nodes = [
		registration(1, "host=pg1 password=s3cret sslpassword=s3cret"),
		registration(2, "postgres://u:s3cret@pg2/d"),
		registration(3, "host=pg3 pasword=s3cret"),
		registration(4, unreadableConninfo),
	];
	const { value: path = "" } = await saveClusterCache(state, at("pg1"), { ...cluster, nodes });
	expect(readFileSync(path, "utf8")).not.toContain("s3cret");
	expect((await loadClusterCache(state, at("pg1"))).cached?.nodes.map(({ conninfo }) => conninfo)).toEqual([
		"host=pg1",
		"user=u host=pg2 dbname=d",
	]);
});

test("makes directory and file private, and leaves no temporary file", async () => {
	const state = temporaryDirectory();
	await saveClusterCache(state, at("pg1"), cluster);
	chmodSync(join(state, "clusters"), 0o755);
	const { value: path = "" } = await saveClusterCache(state, at("pg1"), cluster);
	expect(statSync(join(state, "clusters")).mode & 0o777).toBe(0o700);
	expect(statSync(path).mode & 0o777).toBe(0o600);
	expect(readdirSync(join(state, "clusters"))).toHaveLength(1);
});

test("keeps any cluster name within the directory", async () => {
	const state = temporaryDirectory();
	for (const name of ["../../x", "/etc/x", "..", "", "a".repeat(1000), "\0"]) {
		const { value: path = "" } = await saveClusterCache(state, { cluster: name, targets: [] }, cluster);
		expect(path.startsWith(join(state, "clusters/"))).toBe(true);
	}
	expect(readdirSync(join(state, "clusters"))).toHaveLength(6);
});

test.each([
	["", "it is not JSON"],
	["{", "it is not JSON"],
	["[]", "expected object"],
	['{"schema":2,"systemIdentifier":"1","nodes":[]}', "schema"],
	['{"schema":1,"systemIdentifier":"x","nodes":[]}', "systemIdentifier"],
	['{"schema":1,"systemIdentifier":"1","nodes":[{"nodeId":"1"}]}', "nodes[0].nodeId"],
])("ignores a corrupt file with a reason: %j", async (text, reason) => {
	const state = temporaryDirectory();
	const { value: path = "" } = await saveClusterCache(state, at("pg1"), cluster);
	writeFileSync(path, text);
	const { cached, ignored } = await loadClusterCache(state, at("pg1"));
	expect(cached).toBeNull();
	expect(ignored).toHaveLength(1);
	expect(ignored[0]?.message).toContain(`cached cluster file "${path}" is ignored`);
	expect(ignored[0]?.message).toContain(reason);
});

test("finds another fitting file beside a corrupt one", async () => {
	const state = temporaryDirectory();
	const { value: broken = "" } = await saveClusterCache(state, at("pg1"), cluster);
	writeFileSync(broken, "{");
	await saveClusterCache(state, { cluster: "prod", targets: [] }, cluster);
	const found = await loadClusterCache(state, at("pg1"));
	expect(found.cached).toEqual(cluster);
	expect(found.ignored).toHaveLength(1);
});

test("reports a directory that can't be created", async () => {
	const state = join(temporaryDirectory({ file: "" }), "file");
	expect((await saveClusterCache(state, at("pg1"), cluster)).problems?.[0]?.message).toMatch(
		/^could not write ".*": Not a directory$/,
	);
});

test.each([
	["a file that others may write", (path: string) => chmodSync(path, 0o666), /written by others/],
	["a directory that others may write", (path: string) => chmodSync(dirname(path), 0o777), /mode 0777/],
])("distrusts a cache by %s, which could redirect a password", async (_, spoil, reason) => {
	const state = temporaryDirectory();
	const path = (await saveClusterCache(state, at("pg1"), cluster)).value ?? "";
	spoil(path);
	const { cached, ignored } = await loadClusterCache(state, at("pg1"));
	expect(cached).toBeNull();
	expect(ignored.map(({ message }) => message)).toEqual([expect.stringMatching(reason)]);
});

test("returns no control characters", async () => {
	const state = temporaryDirectory();
	const nodes = [{ ...registration(1, "host=pg1"), nodeName: "a\u001b]0;x\u0007" }];
	await saveClusterCache(state, at("pg1"), { ...cluster, nodes });
	expect((await loadClusterCache(state, at("pg1"))).cached?.nodes[0]?.nodeName).toBe("a\uFFFD]0;x\uFFFD");
});
