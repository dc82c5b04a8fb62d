import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readInventory } from "../../../src/config/inventory.ts";
import { writeNewFile } from "../../../src/config/inventory-template.ts";
import { UNKNOWN_HOST_KEY } from "../../../src/model/fault.ts";
import { createNewCluster, type NewCluster } from "../../../src/session/new-cluster.ts";
import { NewClusterApp } from "../../../src/ui/new-cluster/app.tsx";
import { themeFor } from "../../../src/ui/theme/theme.ts";
import { BUILT_IN_THEMES } from "../../../src/ui/theme/theme-records.ts";
import { bootstrapOn, FakeHosts } from "../../bootstrap/fake-hosts.ts";
import { renderAt } from "../../support/render-at.tsx";

let home = "";
let screen: Awaited<ReturnType<typeof renderAt>> | undefined;
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => {
	screen?.unmount();
	screen = undefined;
	rmSync(home, { recursive: true });
});

const SIZE = { columns: 80, rows: 24 };
const [ENTER, ESC, TAB, UP] = ["\r", "\u001B", "\t", "\u001B[A"];
const HOSTS = ["pg1", "pg2", "pg3", "pg4"];

const FINGERPRINT = "SHA256:n4bQgYhMfWWaL+qgxVrQFaO";

interface Made {
	readonly cluster: NewCluster;
	readonly watched: string[];
}

function newCluster(hosts: FakeHosts, isWritten = false): NewCluster {
	const file = join(home, "inventory.yaml");
	let own: string | null = null;
	return createNewCluster({
		...{ file, home, sudoPassword: hosts.sudo.given, answers: isWritten ? null : {} },
		read: () => readInventory(file, home),
		write(text) {
			const written = writeNewFile(file, text, own);
			own = text;
			return written;
		},
		open: (inventory, { acceptedHostKeys }) => {
			if (acceptedHostKeys.has(FINGERPRINT)) hosts.withoutRoot = null;
			return bootstrapOn(hosts, inventory, home);
		},
		prove: async () => [{ title: "status", isOk: true, found: "OK: 4 nodes." }],
		report: () => "The report is in main.md.",
	});
}

async function open(hosts: FakeHosts, size = SIZE, themeName = "dark", isWritten = false): Promise<Made> {
	const cluster = newCluster(hosts, isWritten);
	const watched: string[] = [];
	const record = BUILT_IN_THEMES.get(themeName);
	if (record === undefined) throw new Error("no theme");
	const theme = themeFor(record, { depth: themeName === "mono" ? "none" : "rgb", isUnicode: true });
	screen = await renderAt(
		<NewClusterApp cluster={cluster} theme={theme} watch={(conninfo) => watched.push(conninfo)} />,
		size,
	);
	return { cluster, watched };
}

const shows = (text: string | RegExp) => screen?.until(() => expect(screen?.text()).toMatch(text));
const press = (...keys: readonly string[]) => screen?.press(...keys);

test.each([
	["80×24", { columns: 80, rows: 24 }, "dark"],
	["120×40", { columns: 120, rows: 40 }, "dark"],
	["200×50", { columns: 200, rows: 50 }, "light"],
	["60×12, without colours", { columns: 60, rows: 12 }, "mono"],
])("by keys alone from the first question to the proof: %s", async (_, size, theme) => {
	const hosts = new FakeHosts(HOSTS);
	const { watched } = await open(hosts, size, theme);
	await shows("What kind of cluster");
	await press(ENTER);
	await shows("Which hosts");
	await press("pg1 pg2 pg3 pg4", ENTER);
	for (const title of [
		"Which user logs in",
		"What is the cluster called",
		"What are the nodes called",
		"Which version",
	]) {
		await shows(title);
		await press(ENTER);
	}
	for (const title of [
		"Where should the data be kept",
		"Which port",
		"How do the nodes log in",
		"checksums",
		"Should writes wait",
		"Who promotes",
		"When does",
	]) {
		await shows(title);
		await press(ENTER);
	}
	await shows("ALL ANSWERS");
	await press(ENTER);
	await shows("THE PLAN");
	expect(hosts.changes).toEqual([]);
	expect(readFileSync(join(home, "inventory.yaml"), "utf8")).toContain("cluster: main\n");
	await press(ENTER);
	await shows("Type main to carry this out");
	await press("other", ENTER);
	await shows("not confirmed");
	expect(hosts.changes).toEqual([]);
	await press("main", ENTER);
	await shows("The cluster works");
	expect(hosts.changes).toContain("pg4 register");
	expect(screen?.lines().length).toBeLessThanOrEqual(size.rows);
	expect(Math.max(...(screen?.lines() ?? []).map((line) => line.length))).toBeLessThanOrEqual(size.columns);
	await press(ENTER);
	expect(watched).toEqual(["host=pg1 user=console dbname=repmgr connect_timeout=3 sslmode=require"]);
});

/** To the summary, with four hosts. */
async function answered(hosts: FakeHosts): Promise<Made> {
	const made = await open(hosts);
	await press(ENTER);
	await shows("Which hosts");
	await press("pg1 pg2 pg3 pg4", ENTER);
	await shows("Which user logs in");
	await press(TAB);
	await shows("ALL ANSWERS");
	return made;
}

test("an answer that can't be is refused with why; back keeps the answers; what no longer fits is asked again", async () => {
	const { cluster } = await open(new FakeHosts(HOSTS));
	await press(ENTER, "pg1 pg2", ENTER);
	await shows("2 hosts were named: this kind of cluster has 4 or more");
	await press(" pg2 pg4", ENTER);
	await shows('"pg2" was given twice');
	await press(...Array.from({ length: 7 }, () => "\u007F"), "pg3 pg4", ENTER);
	await shows("Which user logs in");
	await press(ESC);
	await shows("> pg1 pg2 pg3 pg4");
	await press(TAB);
	await shows("ALL ANSWERS");
	// Up to the first row, and another kind of cluster.
	await press("g", ENTER);
	await shows("What kind of cluster");
	await press(UP, UP, ENTER);
	await shows("Which hosts");
	await press(ENTER);
	await shows("4 hosts were named: this kind of cluster has 2");
	await press(..."\u007F".repeat(8), ENTER);
	await shows("ALL ANSWERS");
	expect(cluster.store.getState().answers).toMatchObject({ template: "two-nodes", hosts: "pg1 pg2" });
	expect(screen?.text()).toMatch(/failover +you, by hand/);
});

test("keys of new hosts are accepted by the fingerprints that are shown, and the hosts surveyed again", async () => {
	const hosts = new FakeHosts(HOSTS);
	hosts.withoutRoot = {
		name: "pg3",
		fault: {
			...{ kind: "authentication", code: UNKNOWN_HOST_KEY, fingerprint: FINGERPRINT },
			message: 'host key of "pg3" is not known',
			detail: `The server shows the ssh-ed25519 key ${FINGERPRINT}.`,
		},
	};
	const { cluster } = await answered(hosts);
	await press(ENTER);
	await shows(FINGERPRINT);
	await press("a");
	await shows("THE PLAN");
	expect(cluster.store.getState().acceptedHostKeys).toEqual([FINGERPRINT]);
});

test("the password for sudo is typed once, and never shown; a wrong one is said", async () => {
	const hosts = new FakeHosts(HOSTS);
	hosts.sudo.wanted = "open  sesame";
	await answered(hosts);
	await press(ENTER);
	await shows("sudo asks for a password on");
	await press("p", "open barley");
	await shows("Password for sudo on the hosts");
	expect(screen?.text()).not.toContain("barley");
	await press(ENTER);
	await shows("sudo does not accept the password on");
	// Pasted as it is, with the line break that is copied with it.
	await press("p", "\x1b[200~open  sesame\n\x1b[201~", ENTER);
	await shows("THE PLAN");
	expect(screen?.text()).not.toContain("sesame");
});

test("a host that refuses is shown with what to do; after the correction Enter surveys again", async () => {
	const hosts = new FakeHosts(HOSTS);
	await answered(hosts);
	hosts.lockHolder = "alice at bastion: bootstrap by process 1";
	await press(ENTER);
	await shows("THE PLAN");
	await press(ENTER, "main", ENTER);
	await shows("the hosts are being set up by another console");
	expect(hosts.changes).toEqual([]);
	await press("o", "main", ENTER);
	await shows("The cluster works");
});

test("from a refusal e leads to the question that it is about", async () => {
	const hosts = new FakeHosts(HOSTS);
	hosts.add("pg2", "listening yes");
	await answered(hosts);
	await press(ENTER);
	await shows('port 5432 is taken on "pg2"');
	expect(hosts.changes).toEqual([]);
	await press("e");
	await shows("Which port");
	await press("5433", ENTER);
	await shows(/port +5433/);
});

test("a step that fails is shown with its output, and Enter goes on with what is not done yet", async () => {
	const hosts = new FakeHosts(HOSTS);
	hosts.failing = "pg2 clone";
	await answered(hosts);
	await press(ENTER);
	await shows("THE PLAN");
	await press(ENTER, "main", ENTER);
	await shows("A step has failed");
	expect(screen?.text()).toContain("pg2: ");
	expect(screen?.text()).toContain("FAILED: the command ended with exit code 1");
	expect(screen?.text()).not.toContain("password=x");
	await press(ENTER);
	await shows("THE PLAN");
	await press(ENTER, "main", ENTER);
	await shows("The cluster works");
	expect(new Set(hosts.changes).size).toBe(hosts.changes.length);
});

test("an inventory that was written by hand is not asked for: its plan is shown at once", async () => {
	const hosts = new FakeHosts(HOSTS);
	writeFileSync(
		join(home, "inventory.yaml"),
		"cluster: hand\nnodes:\n  pg1: {role: primary}\n  pg2: {role: standby}\nfailover: {mode: manual}\n",
	);
	await open(hosts, SIZE, "dark", true);
	await shows("THE PLAN");
	await press(ENTER);
	await shows("Type hand to carry this out");
});
