import { describe, expect, test } from "vitest";
import type { CloneSource, CloneSurvey } from "../../../src/model/clone-survey.ts";
import type { CloneHostIntent } from "../../../src/model/intent.ts";
import type { HostSurvey } from "../../../src/model/survey.ts";
import { CLONE } from "../../../src/operation/clone/clone.ts";
import { request } from "../../../src/operation/request.ts";
import { resumedPlan } from "../../../src/operation/run/resumed-plan.ts";
import { cloneSurveyOf, factsOf, type SurveyChanges } from "../../support/facts.ts";
import { hostReading } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

interface Asked {
	readonly intent?: Partial<CloneHostIntent>;
	readonly conf?: Readonly<Record<string, string>>;
	readonly host?: Partial<HostSurvey>;
	readonly look?: Parameters<typeof hostReading>[0];
	readonly clone?: Partial<CloneSurvey>;
	readonly source?: Partial<CloneSource>;
	readonly changes?: Changes;
	readonly upstream?: SurveyChanges;
}

const DATA = "/var/lib/postgresql/15/main";
const CONF = {
	node_id: "9",
	node_name: "node9",
	conninfo: "host=node9 user=repmgr dbname=repmgr",
	data_directory: DATA,
	repmgrd_service_start_command: "sudo systemctl start repmgrd",
};

/** A host with repmgr.conf of a node 9, and nothing where its data are to be. */
function factsWith({ conf, host, look, clone, source, changes, upstream = {} }: Asked) {
	const facts = factsOf({ 1: upstream }, changes);
	const usual = facts.survey.nodes.get(1)?.host.value as HostSurvey;
	const reading = hostReading({
		repmgrConf: { ...CONF, ...conf },
		postmaster: false,
		repmgrd: false,
		...look,
	});
	const survey = { ...usual, configuredNodeId: 9, look: reading, ...host };
	const place = { content: "absent", oldBytes: null, ...clone } as const;
	return {
		...facts,
		unregisteredHost: {
			host: "10.0.0.9",
			configFile: "/etc/repmgr.conf",
			user: "postgres",
			survey: { value: survey },
		},
		clone: { value: cloneSurveyOf(place, { slots: [], ...source }) },
	};
}

const INTENT: CloneHostIntent = {
	kind: "clone-host",
	host: "10.0.0.9",
	configFile: "/etc/repmgr.conf",
	upstreamNodeId: 1,
	maxRate: "",
	discardOld: false,
};

const ask = (asked: Asked = {}) => request({ ...INTENT, ...asked.intent }, factsWith(asked));
const stepsOf = (asked?: Asked) => ask(asked).plan?.steps ?? [];
const keys = (asked?: Asked): readonly string[] => stepsOf(asked).map(({ key }) => key);

describe("the form", () => {
	test("has a new host beside the nodes, and asks for its name", () => {
		const [node] = CLONE.questions(factsOf().snapshot);
		expect(node?.kind === "choice" && node.choices.map(({ label }) => label)).toEqual([
			...["node2", "node3", "a new host"],
		]);
		const answers = { node: "new", newHost: " 10.0.0.9 ", configFile: "", upstream: "1", maxRate: "50M" };
		expect(CLONE.intent(answers, 0)).toEqual({
			...INTENT,
			maxRate: "50M",
			...{ method: "basebackup", barman: "", spreadCheckpoint: false },
		});
		expect(CLONE.intent({ ...answers, node: "2" }, 0)).toMatchObject({ kind: "clone", nodeId: 2 });
		expect(ask({ intent: { host: "" } }).refusal?.message).toContain("no host is named");
	});
});

describe("the plan of a clone onto a new host", () => {
	test("copies, starts, registers, and starts repmgrd, all on that host", () => {
		expect(keys()).toEqual([
			...["dry-run", "slots", "clone", "swap", "start", "register", "in-place", "repmgrd-start"],
			...["end-clone", "drop-slots"],
		]);
		expect(stepsOf().every(({ command }) => command.nodeId === 9)).toBe(true);
		expect(ask().plan?.nodes.at(-1)).toEqual({ nodeId: 9, nodeName: "node9" });
		expect(ask().plan?.confirmation).toEqual({ kind: "yes" });
	});

	test("sees the node only once it is registered", () => {
		const expected = (key: string) => stepsOf().find((step) => step.key === key)?.expects;
		expect(expected("start")).toEqual([]);
		expect(expected("register")).toEqual([
			{ kind: "registered", nodeId: 9, as: "standby", upstreamNodeId: 1 },
		]);
		expect(expected("in-place")).toEqual([{ kind: "streaming", nodeId: 9, fromNodeId: 1 }]);
	});

	test("leads to its own server by the conninfo of its repmgr.conf", () => {
		const { command } = stepsOf().find(({ key }) => key === "end-clone") ?? {};
		expect(command?.argv.slice(4, 9)).toEqual([DATA, "/etc/repmgr.conf", "keep", "", "repmgr"]);
		expect(command?.argv.join(" ")).toContain("-h node9 -p 5432 -U repmgr -d repmgr");
	});

	test("makes both slots on the upstream, and drops both again if nobody uses them", () => {
		const argvOf = (key: string) =>
			stepsOf()
				.find((step) => step.key === key)
				?.command.argv.join(" ");
		expect(argvOf("slots")).toContain("'repmgr_console_clone_9', 'repmgr_slot_9'");
		expect(argvOf("drop-slots")).toContain("'repmgr_console_clone_9', 'repmgr_slot_9'");
	});

	test("sees a repmgrd run on that runs there already", () => {
		expect(keys({ look: { repmgrd: { pid: 7, state: "S" } } })).toContain("repmgrd");
	});

	test("without a command that starts repmgrd says that it takes no part in failovers", () => {
		const { plan } = ask({ conf: { repmgrd_service_start_command: "" } });
		expect(plan?.steps.map(({ key }) => key)).not.toContain("repmgrd-start");
		expect(plan?.prerequisites.find(({ title }) => title === "repmgrd is started there")).toMatchObject({
			state: "warning",
		});
		expect(plan?.blastRadius.reasoning).toContain("once repmgrd runs there");
	});

	test("deletes what lies there before the copy only where there is no room for both", () => {
		const old = {
			intent: { discardOld: true },
			clone: { content: "postgres", oldBytes: 1024 ** 3 },
		} as const;
		expect(keys(old)).not.toContain("discard");
		expect(keys({ ...old, clone: { ...old.clone, freeBytes: 500 * 1024 ** 2 } })).toContain("discard");
	});
});

test("a clone onto a new host that was interrupted is ended there, whether it got its row or not", () => {
	const at = { host: "10.0.0.9", configFile: "/etc/repmgr.conf" };
	const record = {
		...{ operationId: "one", title: "clone", pausedBefore: [], drilledNodeId: null, steps: [] },
		clone: { nodeId: 9, upstreamNodeId: 1, discardOld: false, at },
	};
	const { steps } = resumedPlan(record, factsWith({}), "1");
	expect(steps.map(({ key }) => key.replace(/-[^-]*$/, ""))).toEqual([
		...["abort-copy", "end-clone", "drop-slots"],
	]);
	expect(steps.every(({ command }) => command.nodeId === 9)).toBe(true);
});

describe("is refused", () => {
	test.each<[string, Asked, RegExp, RegExp]>([
		["without a primary", { changes: { 1: { fault: { kind: "refused" } } } }, /no primary/, /status/],
		["without a node_id", { host: { configuredNodeId: null } }, /no repmgr.conf says/, /--config-file/],
		["for a node with a row", { host: { configuredNodeId: 2 } }, /"node2" is registered/, /clone node2/],
		["for a name with a row", { conf: { node_name: "node3" } }, /"node3" is registered/, /clone node3/],
		[
			"while a server runs there",
			{ look: { postmaster: { pid: 9, state: "S" } } },
			/a server runs/,
			/stop it first/,
		],
		["with a rate that pg_basebackup does not take", { intent: { maxRate: "fast" } }, /no rate/, /50M/],
		["without a repmgr program", { host: { repmgr: null } }, /commands can be run/, /Install/],
		[
			"without the right to start it",
			{
				host: {
					sudo: [{ parameter: "service_start_command", isPermitted: false, why: "It is not permitted." }],
				},
			},
			/need no password/,
			/visudo/,
		],
		["without a data_directory", { clone: { dataDirectory: null } }, /set aside/, /data_directory/],
		[
			"from a node whose settings repmgr would damage in the copy",
			{ upstream: { host: { damagedByRepmgr: ["archive_command"] } } },
			/can write postgresql.auto.conf of "node1"/,
			/ALTER SYSTEM RESET archive_command/,
		],
		["without room", { clone: { freeBytes: 0 } }, /disk holds/, /Free space/],
		["if the login fails", { clone: { loginFault: "no password", source: null } }, /a repmgr conn/, /pgpass/],
	])("%s", (_, asked, message, hint) => {
		const { refusal } = ask(asked);
		expect(refusal?.message).toMatch(message);
		expect(refusal?.hint).toMatch(hint);
	});

	test("if its host can't be read", () => {
		const { unregisteredHost: there, ...facts } = factsWith({});
		const survey = { fault: { kind: "refused", message: "connection refused" } } as const;
		const { refusal } = request(INTENT, { ...facts, unregisteredHost: { ...there, survey } });
		expect(refusal?.message).toMatch(/its host can't be read/);
		expect(refusal?.detail).toContain("Connection refused");
	});
});
