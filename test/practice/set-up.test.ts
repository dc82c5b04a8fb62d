import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Bootstrap } from "../../src/bootstrap/bootstrap.ts";
import { parseInventory } from "../../src/config/inventory.ts";
import { openCluster, type PracticeCluster } from "../../src/practice/index.ts";
import { SCENARIO } from "../../src/practice/scenarios/scenario.ts";
import { temporaryDirectory } from "../config/directory.ts";
import { settled } from "../support/fake-cluster.ts";
import { NOW } from "../support/records.ts";

const BARE = SCENARIO.parse({
	...{ name: "mine", title: "Mine", story: "A story.", goal: "A goal.", lesson: "A lesson." },
	bareHosts: ["pg1", "pg2", "pg3", "witness"],
	...{ happens: [], end: [], hints: [], operations: [], keys: [] },
});

const CASCADE = `cluster: main
nodes:
  alpha: {role: primary, host: pg1, id: 10}
  pg2: {role: standby}
  pg3: {role: standby, upstream: pg2, priority: 50}
  witness: {role: witness}
`;

let home: string;
let practice: PracticeCluster;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	home = temporaryDirectory({});
	practice = openCluster(BARE, 1);
});
afterEach(() => {
	practice.close();
	vi.useRealTimers();
	rmSync(home, { recursive: true });
});

const cluster = () => practice.simulation.cluster;

function bootstrapOf(text: string): Bootstrap {
	const { value: inventory, problems } = parseInventory(text, "f.yaml", home);
	if (inventory === undefined) throw new Error(JSON.stringify(problems));
	return new Bootstrap({
		inventory,
		shellFor: ({ host, ssh }) => practice.shellOn(host, ssh.port ?? 22),
		operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: process.pid },
		journalPath: join(home, "journal.jsonl"),
		again: "",
		passfile: join(home, ".pgpass"),
		watch: () => null,
		authority: () => null,
		sudoPassword: { value: null },
	});
}

/** What is wrong with a cluster that is made of this inventory. */
async function made(bootstrap: Bootstrap): Promise<readonly string[]> {
	const prepared = await settled(bootstrap.prepare());
	if ("refusals" in prepared) return prepared.refusals.map(({ message }) => message);
	const said: string[] = [];
	const ended = await settled(
		bootstrap.carryOut(
			(progress) => {
				if (progress.kind === "failed")
					said.push(`${progress.step.key}: ${progress.reason} ${progress.output}`);
				if (progress.kind === "refused") said.push(progress.refusal.message);
			},
			new AbortController().signal,
			false,
		),
	);
	const proofs = ended.kind === "done" ? ended.proofs : [];
	return [...said, ...proofs.filter(({ isOk }) => !isOk).map(({ title, found }) => `${title}: ${found}`)];
}

test("bare hosts become servers that replicate as the inventory says, under its names and ids", async () => {
	const bootstrap = bootstrapOf(CASCADE);
	expect(await made(bootstrap)).toEqual([]);
	expect(
		cluster().nodes.map(({ host, name, nodeId, isWitness, data }) => [
			host,
			name,
			nodeId,
			isWitness,
			data.upstreamId,
		]),
	).toEqual([
		["pg1", "alpha", 10, false, null],
		["pg2", "pg2", 2, false, 10],
		["pg3", "pg3", 3, false, 2],
		["witness", "witness", 4, true, null],
	]);
	expect(cluster().nodes.every(({ daemon }) => daemon !== null)).toBe(true);
	expect(await settled(bootstrap.prepare())).toMatchObject({ left: 0 });
	expect(cluster().unknown).toEqual([]);
});

test("without TLS and with trust it is made, too", async () => {
	expect(await made(bootstrapOf(`${CASCADE}tls: off\nauthentication: trust\n`))).toEqual([]);
	expect(cluster().unknown).toEqual([]);
});

test("a host that is none of them does not resolve, and nothing listens on another port of SSH", async () => {
	const text = (host: string) =>
		`cluster: main\nfailover: {mode: manual}\nnodes:\n  pg1: {role: primary}\n  ${host}`;
	expect(await made(bootstrapOf(text("pg9: {role: standby}")))).toEqual([
		'host of "pg9": host name "pg9" does not resolve',
	]);
	expect(await made(bootstrapOf(text("pg2: {role: standby, ssh: {port: 2222}}")))).toEqual([
		'host of "pg2": connection to pg2:2222 refused',
	]);
});

test("what the hosts do not know fails, says so and is noted", async () => {
	const said = await made(bootstrapOf(`${CASCADE}synchronous: on\n`));
	expect(said).toHaveLength(3);
	expect(said[0]).toMatch(/not part of practice yet: the file .*synchronous\.conf/);
	expect(cluster().unknown[0]).toMatch(/^the file .*synchronous\.conf$/);
	expect(await made(bootstrapOf(`${CASCADE}postgresql: {port: 5433}\n`))).toHaveLength(4);
	expect(cluster().unknown.at(-1)).toBe("port 5433");
});

test("hosts that do not reach each other are told by the survey", async () => {
	const [one, other] = ["pg1", "pg3"].map((host) => cluster().nodeAt(host)?.nodeId ?? 0);
	cluster().cut(one ?? 0, other ?? 0, true);
	expect(await made(bootstrapOf(CASCADE))).toEqual([
		'"alpha" does not reach port 22 of pg3',
		'"alpha" does not reach port 5432 of pg3',
		'"pg3" does not reach port 22 of pg1',
		'"pg3" does not reach port 5432 of pg1',
	]);
});
