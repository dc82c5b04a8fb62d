import { describe, expect, test } from "vitest";
import type { CloneSource, CloneSurvey, LinkedPlace } from "../../../src/model/clone-survey.ts";
import type { CloneIntent } from "../../../src/model/intent.ts";
import { rateOf } from "../../../src/operation/clone/options.ts";
import { request } from "../../../src/operation/request.ts";
import { resumedPlan } from "../../../src/operation/run/resumed-plan.ts";
import { cloneSurveyOf, factsOf, type SurveyChanges } from "../../support/facts.ts";
import { primaryReading, receiver, sender } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

interface Asked {
	readonly intent?: Partial<CloneIntent>;
	readonly clone?: Partial<CloneSurvey>;
	readonly source?: Partial<CloneSource>;
	readonly surveys?: Readonly<Record<number, SurveyChanges>>;
	readonly changes?: Changes;
}

const ask = ({ intent, clone, source, surveys, changes }: Asked = {}) =>
	request(
		{ kind: "clone", nodeId: 2, upstreamNodeId: 1, maxRate: "", discardOld: false, ...intent },
		{ ...factsOf(surveys, changes), clone: { value: cloneSurveyOf(clone, source) } },
	);

const keys = (asked?: Asked): readonly string[] | undefined => ask(asked).plan?.steps.map(({ key }) => key);

const argvOf = (key: string, asked?: Asked): readonly string[] =>
	ask(asked).plan?.steps.find((one) => one.key === key)?.command.argv ?? [];

const DATA = "/var/lib/postgresql/15/main";
const END = ["end-clone", "drop-slots"];

/** node2 is stopped, with all the WAL that it had. */
const STOPPED: Asked = {
	surveys: {
		2: {
			look: {
				postmaster: false,
				controlData: {
					state: "shut down",
					timeline: 1,
					checkpointLsn: "0/6000000",
					systemIdentifier: primaryReading().systemIdentifier,
				},
			},
		},
	},
	changes: { 2: { fault: { kind: "refused" } } },
};

/** A tablespace of 300 MB on a disk of its own. */
const spaces = (place: Partial<LinkedPlace> = {}, clone: Partial<CloneSurvey> = {}): Asked => {
	const { linked: _, source: __, ...usual } = cloneSurveyOf();
	const fast = { ...usual, link: "pg_tblspc/16385", directory: "/srv/fast", mountedOn: "/srv", ...place };
	return {
		clone: { linked: [fast], ...clone },
		source: { tablespaces: [{ oid: "16385", directory: "/srv/fast", bytes: 300 * 1024 ** 2 }] },
	};
};

describe("the plan of a clone", () => {
	test("copies beside the old directory while its server runs, and ends in any case", () => {
		expect(keys()).toEqual([
			...["dry-run", "slots", "clone", "stop", "swap", "start", "register", "repmgrd", ...END],
		]);
		const { plan } = ask();
		expect(plan?.steps.filter(({ runs }) => runs === "always").map(({ key }) => key)).toEqual(END);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node2" });
		expect(plan?.steps.every(({ command }) => command.nodeId === 2)).toBe(true);
	});

	test("gives repmgr its own slot and the rate, and the new server the node's slot", () => {
		expect(
			argvOf("clone", { intent: { maxRate: "50M" }, clone: { options: "--progress" } }).slice(3),
		).toEqual([
			...["sh", DATA, "/etc/repmgr.conf", "running"],
			"--progress --slot=repmgr_console_clone_2 --max-rate=50M",
			...[
				"repmgr_slot_2",
				"repmgr_console_clone_2",
				"",
				"",
				"",
				"repmgr",
				"-h",
				"node1",
				"-p",
				"5432",
				"-U",
				"repmgr",
			],
			...["-d", "repmgr", "standby", "clone", "--upstream-node-id=1", "--fast-checkpoint"],
		]);
	});

	test("makes the node's slot if the upstream has none, and drops it again if nobody uses it", () => {
		const made = { source: { slots: [] } };
		expect(argvOf("slots", made).at(-1)).toContain("'repmgr_console_clone_2', 'repmgr_slot_2'");
		expect(argvOf("drop-slots", made)[4]).toContain("'repmgr_console_clone_2', 'repmgr_slot_2'");
		expect(argvOf("drop-slots")[4]).not.toContain("repmgr_slot_2");
	});

	test("of a server that is stopped does not stop it, and does not start it if the clone fails", () => {
		expect(keys(STOPPED)).toEqual(["dry-run", "slots", "clone", "swap", "start", "register", ...END]);
		expect(argvOf("clone", STOPPED)[6]).toBe("stopped");
	});

	test("from another standby drops the slot on the former upstream", () => {
		const asked = { intent: { upstreamNodeId: 3 }, source: { slots: [] } };
		expect(keys(asked)).toContain("drop-former-slot");
		expect(argvOf("clone", asked)).toContain("--upstream-node-id=3");
		expect(argvOf("drop-former-slot", asked)).toContain("node1");
	});

	test("uses pg_basebackup even where repmgr.conf names Barman", () => {
		expect(argvOf("clone", { clone: { hasBarman: true } })).toContain("--without-barman");
	});

	test("deletes the old directory before the copy only where there is no room for both", () => {
		const intent = { discardOld: true };
		expect(argvOf("end-clone", { intent })[6]).toBe("discard");
		expect(keys({ intent })).not.toContain("discard");
		const tight = { intent, clone: { freeBytes: 500 * 1024 ** 2 } };
		expect(keys(tight)).toEqual([
			...["dry-run", "slots", "stop", "discard", "clone", "swap", "start", "register", "repmgrd", ...END],
		]);
	});

	test("asks for the bytes that only the old directory has before it is deleted", () => {
		const discarded = ask({ ...STOPPED, intent: { discardOld: true } }).plan;
		expect(discarded?.confirmation).toMatchObject({ kind: "name and loss", name: "node2" });
		expect(ask(STOPPED).plan?.confirmation).toEqual({ kind: "name", name: "node2" });
	});

	test("shows commands in place of its scripts", () => {
		for (const { command } of ask(spaces()).plan?.steps ?? []) {
			if (command.argv[0] === "sh") expect(command.shown?.length).toBeGreaterThan(0);
		}
	});

	test("copies tablespaces, and a pg_wal that lies elsewhere, beside the old ones", () => {
		const asked = spaces();
		const [fast] = asked.clone?.linked ?? [];
		const wal = { ...fast, link: "pg_wal", directory: "/wal/main" } as LinkedPlace;
		const both = { ...asked, clone: { linked: fast ? [fast, wal] : [] } };
		expect(argvOf("clone", both)).toContain("pg_tblspc/16385=/srv/fast pg_wal=/wal/main");
		expect(argvOf("dry-run", both)).toContain("pg_tblspc/16385=/srv/fast pg_wal=/wal/main");
		const shown = ask(both).plan?.steps.flatMap(({ command }) => command.shown ?? []);
		expect(shown).toContain("# tablespace_mapping='/srv/fast=/srv/fast.repmgr-console/new'");
		expect(shown).toContain(
			"# pg_basebackup_options='--slot=repmgr_console_clone_2 --waldir=/wal/main.repmgr-console/new'",
		);
		expect(shown).toContain("mv -T /srv/fast /srv/fast.repmgr-console/old");
		expect(shown).toContain(
			"ln -sfn /srv/fast /var/lib/postgresql/15/main.repmgr-console/new/pg_tblspc/16385",
		);
	});

	test("counts each disk by itself", () => {
		const disks = (asked: Asked) =>
			ask(asked)
				.plan?.prerequisites.filter(({ title }) => title.includes("disk"))
				.map(({ found }) => found);
		expect(disks(spaces())).toEqual([
			expect.stringMatching(/^There, 824 MB are needed/),
			expect.stringMatching(/^There, 379 MB are needed/),
		]);
		expect(disks(spaces({ mountedOn: "/" }))).toEqual([expect.stringMatching(/^There, 1\.1 GB are needed/)]);
	});

	test("waits for a spread checkpoint only where that is asked for", () => {
		for (const key of ["dry-run", "clone"]) {
			expect(argvOf(key)).toContain("--fast-checkpoint");
			expect(argvOf(key, { intent: { spreadCheckpoint: true } })).not.toContain("--fast-checkpoint");
		}
	});

	test.each([
		[{}, "ok"],
		[{ systemIdentifier: "42" }, "warning"],
		[{ systemIdentifier: null }, undefined],
	] as const)("knows whose data lie there: %j", (control, state) => {
		const controlData = { ...STOPPED.surveys?.[2]?.look?.controlData, ...control };
		const look = { ...STOPPED.surveys?.[2]?.look, controlData };
		const asked = { ...STOPPED, surveys: { 2: { look } } } as Asked;
		const check = ask(asked).plan?.prerequisites.find(
			({ title }) => title === "the old directory is of this cluster",
		);
		expect(check?.state).toBe(state);
		const discarded = ask({ ...asked, intent: { discardOld: true } }).refusal?.prerequisites ?? [];
		expect(
			discarded.some(({ title, fix }) => title.includes("of this cluster") && fix?.includes("--discard-old")),
		).toBe(state === "warning");
	});

	test("says how long it will take", () => {
		const check = (intent: Partial<CloneIntent>) =>
			ask({ intent }).plan?.prerequisites.find(({ title }) => title.startsWith("how long"))?.found;
		expect(check({})).toMatch(/^About 10 s for 1\.0 GB at 100 MB\/s, as measured/);
		expect(check({ maxRate: "1M" })).toMatch(/^About 17 min .* the limit that was given/);
		expect(check({ spreadCheckpoint: true })).toMatch(/after a checkpoint that the upstream spreads/);
	});
});

test("a clone that was interrupted ends its copy first, and undoes in any case what it made", () => {
	const clone = { nodeId: 2, upstreamNodeId: 1, discardOld: false };
	const steps = ask().plan?.steps.filter(({ runs }) => runs === "in order") ?? [];
	const record = {
		...{ operationId: "one", title: "clone", pausedBefore: [], drilledNodeId: null, clone },
		steps: steps.map(({ command, ...step }) => ({ ...step, nodeId: command.nodeId })),
	};
	const resumed = resumedPlan(
		record,
		factsOf({ 2: { look: { repmgrConf: { data_directory: DATA } } } }),
		"1",
	);
	const always = resumed.steps.filter(({ runs }) => runs === "always").map(({ key }) => key);
	expect(always.map((key) => key.replace(/-[^-]*$/, ""))).toEqual(["abort-copy", ...END]);
	expect(resumed.steps[0]?.key).toMatch(/^abort-copy/);
});

describe("is refused", () => {
	test.each<[string, Asked, RegExp, RegExp]>([
		["for the primary", { intent: { nodeId: 1, upstreamNodeId: 2 } }, /it is the primary/, /switchover/],
		["for a witness", { intent: { nodeId: 4 } }, /it is a witness/, /^$/],
		["from itself", { intent: { upstreamNodeId: 2 } }, /its own upstream/, /--upstream/],
		[
			"from a node whose settings repmgr would damage in the copy",
			{ surveys: { 1: { host: { damagedByRepmgr: ["archive_command"] } } } },
			/can write postgresql.auto.conf of "node1"/,
			/ALTER SYSTEM RESET archive_command/,
		],
		["without a primary", { changes: { 1: { fault: { kind: "refused" } } } }, /no primary/, /status/],
		[
			"from a standby that does not stream",
			{ intent: { upstreamNodeId: 3 }, changes: { 3: { server: { walReceiver: null } } } },
			/can be the upstream/,
			/--upstream/,
		],
		[
			"if the server runs and does not answer",
			{ changes: { 2: { fault: { kind: "timeout" } } } },
			/does not answer/,
			/stop node2/,
		],
		["with a rate that pg_basebackup does not take", { intent: { maxRate: "fast" } }, /no rate/, /50M/],
		[
			"while another node streams from it",
			{
				changes: {
					2: { server: { walSenders: [sender(90, { applicationName: "node3" })] } },
					3: { server: { walReceiver: receiver({ senderHost: "node2" }) } },
				},
			},
			/no node streams from/,
			/follow node3/,
		],
		["if the login fails", { clone: { loginFault: "no password", source: null } }, /a repmgr conn/, /pgpass/],
		[
			"if pg_hba.conf rejects replication",
			{ clone: { replicationFault: "no pg_hba.conf entry" } },
			/a replication connection/,
			/node1:5432:replication:repmgr:PASSWORD/,
		],
		[
			"if all walsenders are taken",
			{
				clone: {
					replicationFault:
						"FATAL:  number of requested standby connections exceeds max_wal_senders (currently 10)",
				},
			},
			/a replication connection/,
			/^End base backups .* raise max_wal_senders/,
		],
		["for a mount point", { clone: { isMountPoint: true } }, /set aside/, /below the mount point/],
		["for other files", { clone: { content: "other" } }, /set aside/, /Move/],
		["without rights to the parent", { clone: { canRename: false } }, /set aside/, /chown/],
		["beside an earlier clone", { clone: { isLeftOver: true } }, /set aside/, /runs/],
		["with a tablespace at a mount point", spaces({ isMountPoint: true }), /\/srv\/fast can be set/, /below/],
		["with a tablespace that is a link", spaces({ isLink: true }), /\/srv\/fast can be set/, /itself/],
		["with a tablespace in use by others", spaces({ content: "other" }), /\/srv\/fast can be set/, /Move/],
		[
			"without rights to the place of a tablespace",
			spaces({ content: "absent", canRename: false }),
			/\/srv\/fast can be set/,
			/mkdir -p \/srv && chown postgres \/srv/,
		],
		["without room for a tablespace", spaces({ freeBytes: 0 }), /the disk of \/srv\/fast/, /Free space/],
		["with a mapping of tablespaces", spaces({}, { mapsTablespaces: true }), /the paths that/, /Remove it/],
		["with another major version", { source: { version: 160004 } }, /major version/, /PostgreSQL 16/],
		["for another architecture", { source: { machine: "aarch64" } }, /one architecture/, /logical/],
		["for another page size", { source: { pageBytes: "16384 8192" } }, /page size/, /block sizes/],
		["without a locale", { source: { locales: ["de_DE.UTF-8"] } }, /locales/, /dpkg-reconfigure/],
		[
			"without configuration files",
			{ clone: { configFile: null } },
			/configuration files/,
			/pg_createcluster/,
		],
		["with too few walsenders", { source: { freeWalSenders: 1 } }, /walsenders/, /max_wal_senders/],
		["with too few slots", { source: { freeSlots: 0 } }, /slots/, /Drop unused/],
		["to another cluster", { source: { systemIdentifier: "1" } }, /of this cluster/, /resolves/],
		["with options of its own", { clone: { options: "-X fetch" } }, /options/, /Remove/],
		["without room for both", { clone: { freeBytes: 500 * 1024 ** 2 } }, /disk holds/, /--discard-old/],
		["without room for one", { clone: { freeBytes: 0, oldBytes: 1024 } }, /disk holds/, /Free space/],
	])("%s", (_, asked, message, hint) => {
		const { refusal } = ask(asked);
		expect(refusal?.message).toMatch(message);
		expect(refusal?.hint).toMatch(hint);
	});

	test("if its host can't be read", () => {
		const intent = { kind: "clone", nodeId: 2, upstreamNodeId: 1, maxRate: "", discardOld: false } as const;
		expect(request(intent, factsOf()).refusal?.message).toMatch(/its host can't be read/);
	});
});

test("options of repmgr.conf that ask for WAL by streaming fit", () => {
	expect(
		ask({ clone: { options: "-X stream --checkpoint=fast --wal-method=stream" } }).refusal,
	).toBeUndefined();
});

test.each([
	["", null],
	["32", 32 * 1024],
	["50M", 50 * 1024 ** 2],
	["31", undefined],
	["2000M", undefined],
	["50MB", undefined],
])("the rate %j is %j", (text, rate) => expect(rateOf(text)).toBe(rate));
