import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createNewCluster, type NewClusterOptions } from "../../src/session/new-cluster.ts";
import { bootstrapOn, FakeHosts } from "../bootstrap/fake-hosts.ts";
import { inventoryOf } from "../bootstrap/hosts.ts";

let home = "";
beforeEach(() => {
	home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const TWO =
	"cluster: prod\nfailover: {mode: manual}\nnodes:\n  pg1: {role: primary}\n  pg2: {role: standby}\n";

async function planned(more: Partial<NewClusterOptions> = {}) {
	const hosts = new FakeHosts(["pg1", "pg2"]);
	const cluster = createNewCluster({
		...{ file: "f.yaml", home, answers: null, sudoPassword: hosts.sudo.given },
		read: () => ({ value: inventoryOf(TWO) }),
		write: () => ({ value: "f.yaml" }),
		open: (inventory) => bootstrapOn(hosts, inventory, home),
		prove: async () => [],
		report: () => "",
		...more,
	});
	const isPlanned = Promise.withResolvers<void>();
	cluster.store.subscribe(({ work }) => {
		if (work.state === "planned") isPlanned.resolve();
	});
	cluster.survey();
	await isPlanned.promise;
	return { cluster, hosts, state: () => cluster.store.getState() };
}

test("to stop it after its end changes nothing any more", async () => {
	const { cluster, state } = await planned();
	expect(state().hasBegun).toBe(false);
	cluster.carryOut(false);
	await cluster.settled();
	cluster.stop();
	expect(state()).toMatchObject({ hasBegun: true, work: { state: "ended" } });
});

test("a proof that can't be made is one that failed", async () => {
	const { cluster, state } = await planned({ prove: () => Promise.reject(new Error("no descriptors")) });
	cluster.carryOut(false);
	await cluster.settled();
	const { work } = state();
	expect(work.state === "ended" && work.proofs.filter(({ isOk }) => !isOk)).toMatchObject([
		{ title: "this console watches the cluster", found: expect.stringContaining("no descriptors") },
	]);
});

test("a defect in the middle of the work is not said to have changed nothing", async () => {
	const { cluster, hosts, state } = await planned();
	hosts.defect = "pg1 create";
	cluster.carryOut(false);
	await cluster.settled();
	expect(state()).toMatchObject({ hasBegun: true, work: { state: "stopped", outcome: "failed" } });
});

test("the password for sudo is used for the hosts that were named, not for others", async () => {
	const { cluster, hosts } = await planned();
	cluster.answer("template", "two-nodes");
	cluster.answer("hosts", "pg1 pg2");
	expect(cluster.giveSudoPassword("two\nlines")).toBe(false);
	expect(cluster.giveSudoPassword("open sesame")).toBe(true);
	cluster.answer("hosts", "pg1 pg2");
	expect(hosts.sudo.given.value).toBe("open sesame");
	expect(JSON.stringify(cluster.store.getState())).not.toContain("open sesame");
	cluster.answer("hosts", "pg1 pg3");
	expect(hosts.sudo.given.value).toBeNull();
	const given = { value: "open sesame" };
	const other = (await planned({ sudoPassword: given })).cluster;
	other.answer("template", "two-nodes");
	other.answer("hosts", "pg1 pg2");
	expect(given.value).toBe("open sesame");
});
