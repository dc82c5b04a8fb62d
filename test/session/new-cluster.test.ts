import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Bootstrap } from "../../src/bootstrap/bootstrap.ts";
import { createNewCluster, type NewClusterOptions } from "../../src/session/new-cluster.ts";
import { FakeHosts } from "../bootstrap/fake-hosts.ts";
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
		...{ file: "f.yaml", home, answers: null, acceptsNewHostKeys: false },
		read: () => ({ value: inventoryOf(TWO) }),
		write: () => ({ value: "f.yaml" }),
		open: (inventory) =>
			new Bootstrap({
				inventory,
				again: "repmgr-console bootstrap",
				shellFor: ({ name }) => hosts.shell(name),
				operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: process.pid },
				journalPath: "/proc/journal.jsonl",
				passfile: join(home, ".pgpass"),
			}),
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

test("keys of new hosts are accepted of the hosts that were named, not of others", async () => {
	const { cluster, state } = await planned();
	cluster.acceptNewHostKeys();
	cluster.answer("template", "two-nodes");
	cluster.answer("hosts", "pg1 pg2");
	expect(state().acceptsNewHostKeys).toBe(false);
	cluster.acceptNewHostKeys();
	cluster.answer("hosts", "pg1 pg2");
	expect(state().acceptsNewHostKeys).toBe(true);
	cluster.answer("hosts", "pg1 pg3");
	expect(state().acceptsNewHostKeys).toBe(false);
});
