import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/model/fault.ts";
import type { RollingIntent } from "../../../src/model/intent.ts";
import type { HostPackage, HostPackages } from "../../../src/model/packages.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf } from "../../support/facts.ts";
import { confOfNode } from "../../support/worlds.ts";

const INTENT: RollingIntent = {
	...{ kind: "rolling", what: "upgrade", setting: "", nodeId: 2, all: false, acceptLostSlots: false },
};

const SERVER: HostPackage = {
	...{ source: "postgresql-15", name: "postgresql-15", installed: "15.19-0+deb12u1" },
	...{ newer: null, status: "installed" },
};
const REPMGR: HostPackage = {
	...{ source: "repmgr", name: "postgresql-15-repmgr", installed: "5.3.3-1" },
	...{ newer: null, status: "installed" },
};

const WELL: HostPackages = {
	...{ family: "apt", serverPackage: "postgresql-15", programVersion: "15.19", others: [] },
	...{ packages: [SERVER, REPMGR], listsAgeSeconds: 60, serverIsStale: false, repmgrdIsStale: false },
	...{ extension: { installed: "5.3", onDisk: "5.3" }, rootFault: null },
};

const OFFERED: Partial<HostPackages> = { packages: [{ ...SERVER, newer: "15.20-0+deb12u1" }, REPMGR] };
const everywhere = (one: Partial<HostPackages>) => ({ 1: one, 2: one, 3: one, 4: one });

type Hosts = Readonly<Record<number, Partial<HostPackages> | Fault>>;

function ask(hosts: Hosts, intent: Partial<RollingIntent> = {}) {
	const surveys = Object.fromEntries(
		[1, 2, 3, 4].map((nodeId) => {
			const commands = {
				repmgrd_service_start_command: "sudo /usr/bin/systemctl start repmgrd",
				repmgrd_service_stop_command: "sudo /usr/bin/systemctl stop repmgrd",
			};
			const repmgrConf = confOfNode(nodeId, { use_replication_slots: "yes", ...commands });
			return [nodeId, { host: { psql: "/usr/lib/postgresql/15/bin/psql" }, look: { repmgrConf } }];
		}),
	);
	const settings = {
		...{ version: 150019, isSuperuser: true, allowsAlterSystem: null, reservedConnections: 3 },
		...{ pending: [], setting: null, tried: null },
	};
	return request(
		{ ...INTENT, ...intent },
		{
			...factsOf(surveys),
			settings: new Map([1, 2, 3, 4].map((nodeId) => [nodeId, { value: settings }])),
			packages: new Map(
				[1, 2, 3, 4].map((nodeId) => {
					const one = hosts[nodeId] ?? {};
					return [nodeId, "message" in one ? { fault: one as Fault } : { value: { ...WELL, ...one } }];
				}),
			),
		},
	);
}

const keys = ({ plan }: ReturnType<typeof ask>) => plan?.steps.map(({ key }) => key);
const ofNode = (id: number) => [
	`packages-${id}`,
	`restart-${id}`,
	`well-${id}`,
	`repmgrd-${id}`,
	`proof-${id}`,
];
const unpause = [1, 2, 3, 4].map((nodeId) => `unpause-${nodeId}`);

describe("rolling upgrade", () => {
	test("installs on the witness and the standbys, then switches over, and on the old primary once it is a standby", () => {
		const requested = ask(everywhere(OFFERED));
		expect(keys(requested)).toEqual([
			"dry-run",
			...[...ofNode(4), ...ofNode(3), ...ofNode(2)],
			...["ready", "checkpoint", "switchover", "follows-3", "follows-4", "well-1"],
			...["packages-1", "restart-1", "back-1", "repmgrd-1", "proof-1"],
			...unpause,
		]);
		const { plan } = requested;
		const step = plan?.steps.find(({ key }) => key === "packages-1");
		expect(step?.command).toMatchObject({
			user: "root",
			shown: [expect.stringMatching(/--only-upgrade install 'postgresql-15=15\.20-0\+deb12u1'$/)],
		});
		expect(step?.command.argv.slice(3)).toEqual(["sh", "postgresql-15=15.20-0+deb12u1"]);
		expect(plan?.steps.filter(({ command }) => command.user === "root").map(({ key }) => key)).toEqual(
			[4, 3, 2, 1].map((id) => `packages-${id}`),
		);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node2" });
	});

	test("touches only the nodes that need it, and says why; binaries that are newer than what runs need no package", () => {
		const { plan } = ask({ 3: { serverIsStale: true } });
		expect(plan?.steps.map(({ key }) => key)).toEqual(ofNode(3).slice(1));
		expect(plan?.prerequisites.find(({ title }) => title === 'why "node3" restarts')?.found).toBe(
			"its server runs from files that were replaced.",
		);
		expect(keys(ask({ 1: { serverIsStale: true } }))).toEqual([
			...["dry-run", "ready", "checkpoint", "switchover", "follows-3", "follows-4", "well-1"],
			...["repmgrd-1", "proof-1"],
			...unpause,
		]);
	});

	test("updates the extension where its files are newer: on the primary and on each witness", () => {
		const behind = { extension: { installed: "5.2", onDisk: "5.3" } };
		expect(keys(ask(everywhere(behind)))).toEqual(["extension-1", "extension-4"]);
		expect(keys(ask(everywhere({ ...behind, serverIsStale: true })))?.slice(-6)).toEqual([
			...["extension-2", "extension-4"],
			...unpause,
		]);
	});

	test("changes nothing where everything runs what is installed, and takes no setting", () => {
		expect(ask({}).refusal?.message).toContain("changes nothing");
		expect(ask({}, { setting: "work_mem=1" }).refusal?.message).toContain("takes no setting");
	});

	test.each<[string, Partial<HostPackages> | Fault, RegExp]>([
		["a host that does not answer", { kind: "timeout", message: "no answer in time" }, /No answer in time/],
		["a host without apt", { family: null }, /no apt/],
		["a program of no package", { serverPackage: null }, /belongs to no package/],
		["a server whose process can't be read", { serverIsStale: null }, /can't be told whether the server/],
		["a repmgrd whose process can't be read", { repmgrdIsStale: null }, /can't be told whether repmgrd/],
		["a repmgr that is of no package", { packages: [SERVER] }, /repmgr is not from a package/],
		[
			"a half-installed package",
			{ packages: [{ ...SERVER, status: "half-configured" }, REPMGR] },
			/postgresql-15 is half-configured/,
		],
		["no way to root", { ...OFFERED, rootFault: "sudo: a password is required" }, /a password is required/],
		["what apt would change beyond it", { ...OFFERED, others: ["libc6"] }, /also change libc6/],
		[
			"another series of repmgr, whose extension all nodes need at once",
			{ packages: [SERVER, { ...REPMGR, newer: "5.5.0-1" }] },
			/5\.3\.3-1 would become 5\.5\.0-1/,
		],
		["another major version", { packages: [{ ...SERVER, newer: "16.1-1" }, REPMGR] }, /would become 16\.1-1/],
	])("is refused for %s, before anything is changed", (_, of, found) => {
		const all = "message" in of ? { 3: of } : everywhere(of);
		const { refusal } = ask(all);
		expect(`${refusal?.message} ${refusal?.detail}`).toMatch(found);
	});

	test("without a way to root says the command for a person's hands", () => {
		const { refusal } = ask(everywhere({ ...OFFERED, rootFault: "sudo: a password is required" }));
		expect(refusal?.hint).toMatch(
			/apt-get -y .*--only-upgrade install 'postgresql-15=15\.20-0\+deb12u1' ; then: rolling upgrade/,
		);
	});

	test("a rebuilt package of the same upstream version is an upgrade; nodes that would end apart are refused", () => {
		const rebuilt = { packages: [{ ...SERVER, newer: "15.19-0+deb12u2" }, REPMGR] };
		expect(keys(ask(everywhere(rebuilt)))).toContain("packages-1");
		const { refusal } = ask({ 3: rebuilt });
		expect(refusal?.message).toContain("all nodes end with the same versions");
		expect(refusal?.detail).toContain('15.19-0+deb12u2 on "node3"');
	});

	test("goes on after an interruption: nodes that are done are left out", () => {
		const done = { packages: [{ ...SERVER, installed: "15.20-0+deb12u1" }, REPMGR] };
		expect(keys(ask({ ...everywhere(OFFERED), 4: done, 3: done }))?.slice(0, 3)).toEqual([
			...["dry-run", "packages-2", "restart-2"],
		]);
		expect(keys(ask({ 1: OFFERED, 2: done, 3: done, 4: done }))).toEqual([
			...["dry-run", "ready", "checkpoint", "switchover", "follows-3", "follows-4", "well-1"],
			...["packages-1", "restart-1", "back-1", "repmgrd-1", "proof-1"],
			...unpause,
		]);
	});
});
