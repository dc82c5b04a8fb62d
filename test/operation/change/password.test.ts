import { describe, expect, test } from "vitest";
import type { PasswordSurvey } from "../../../src/model/password-survey.ts";
import { conninfoOf } from "../../../src/operation/change/logins.ts";
import { END_SCRIPT } from "../../../src/operation/change/password-scripts.ts";
import { resumedEndSteps } from "../../../src/operation/change/password-steps.ts";
import { unfitPassword } from "../../../src/operation/change/unfit-password.ts";
import type { Facts } from "../../../src/operation/plan/facts.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import type { Changes } from "../../support/worlds.ts";

const IDS = [1, 2, 3, 4];
const INTENT = { kind: "change", what: "password", password: "generated" } as const;

/** A console with a role of its own, and hosts that have two lines for each node. */
function factsWith(
	surveys: Readonly<Record<number, Partial<PasswordSurvey> | null>> = {},
	{ role = "console", changes = {} }: { readonly role?: string; readonly changes?: Changes } = {},
): Facts {
	const servers = Object.fromEntries(IDS.map((id): [number, SurveyChanges] => [id, { server: { role } }]));
	const facts = factsOf(servers, changes);
	const hosts = facts.snapshot.nodes.map(({ registered }) => `${registered.host}:${registered.port}`);
	const passwords = new Map(
		facts.snapshot.nodes.map(({ nodeId }) => {
			const of = surveys[nodeId];
			const survey: PasswordSurvey = {
				path: "/var/lib/postgresql/.pgpass",
				state: "usable",
				isLeftOver: false,
				lines: hosts.flatMap((host) => [`${host}:repmgr:repmgr:`, `${host}:replication:repmgr:`]),
				otherwise: [],
				primaryConninfo: "",
				delayMs: 0,
				sessions: [],
				tries: IDS.flatMap((toNodeId) => [
					{ way: "sql", toNodeId, fault: null, isAsked: true },
					{ way: "replication", toNodeId, fault: null, isAsked: true },
				]),
				...of,
			};
			return [
				nodeId,
				of === null ? ({ fault: { kind: "timeout", message: "no answer" } } as const) : { value: survey },
			] as const;
		}),
	);
	return { ...facts, passwords };
}

const ask = (...args: Parameters<typeof factsWith>) => request(INTENT, factsWith(...args));
const refused = (...args: Parameters<typeof factsWith>): string => {
	const { refusal } = ask(...args);
	return `${refusal?.message} ${refusal?.detail} ${refusal?.hint}`;
};

describe("change password", () => {
	test("writes all next files while repmgrd is paused, changes the primary, then the witness, and sees every login", () => {
		const { plan, refusal } = ask();
		expect(refusal).toBeUndefined();
		const of = (word: string) => IDS.map((id) => `${word}-${id}`);
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			...of("prepare"),
			...of("pause"),
			...["renew-1", "renew-4"],
			...of("see"),
			"well",
			...of("end"),
			...of("unpause"),
		]);
		expect(plan?.title).toBe("change password of repmgr");
	});

	test("shows the lines of each file, and gives the secret to the steps that write them and to no other", () => {
		const { plan } = ask();
		const prepare = plan?.steps.find(({ key }) => key === "prepare-2");
		expect(prepare?.command.shown).toContain("+node1:5432:replication:repmgr:(new password)");
		expect(prepare?.command.argv.slice(-4, -1)).toEqual(["repmgr", '"repmgr"', "1 2 3 4 5 6 7 8"]);
		const taking = plan?.steps.filter(({ command }) => command.takes !== undefined);
		expect(taking?.map(({ key }) => key)).toEqual(IDS.map((id) => `prepare-${id}`));
		expect(plan?.steps.every(({ command }) => command.input === undefined)).toBe(true);
	});

	test("tries every database, and replication of the nodes that have it", () => {
		const argv = ask().plan?.steps.find(({ key }) => key === "see-3")?.command.argv ?? [];
		expect(argv.filter((word) => /^node\d \(/.test(word))).toEqual([
			...["node1 (sql)", "node1 (replication)", "node2 (sql)", "node2 (replication)"],
			...["node3 (sql)", "node3 (replication)", "node4 (sql)"],
		]);
		const [node] = factsOf().snapshot.nodes;
		expect(node && conninfoOf(node, "replication")).toMatch(/dbname=replication .*replication=true$/);
	});

	test("changes lines behind the deciding ones, too, and leaves those of others alone", () => {
		const lines = [
			"# node1",
			"node1:5432:*:console:",
			"*:5432:*:repmgr:",
			"node1:5432:x:repmgr:",
			"no:1:*:*:",
		];
		const { plan } = ask({ 2: { lines } });
		expect(plan?.steps.find(({ key }) => key === "prepare-2")?.command.argv.at(-2)).toBe("3 4");
		const check = plan?.prerequisites.find(({ title }) => title.includes('password file of "node2" are'));
		expect(check).toMatchObject({ state: "warning", found: expect.stringContaining("Other servers") });
	});

	test("finds the line by which a standby follows its upstream under another name", () => {
		const primaryConninfo = "host=10.0.0.1 user=repmgr";
		expect(refused({ 2: { primaryConninfo } })).toContain("none for 10.0.0.1:5432:replication:repmgr");
		expect(ask({ 2: { primaryConninfo: "host=10.0.0.1 user=other" } }).plan).toBeDefined();
	});

	test.each([
		["a host that can't be read", { 2: null }, "No answer"],
		["a missing file", { 3: { state: "missing" } }, "is not there"],
		["a file that others read", { 3: { state: "unsafe" } }, "chmod 600"],
		["what a change that broke off has left", { 1: { isLeftOver: true } }, "runs"],
		["a server with another file", { 1: { otherwise: ["repmgrd reads its password from /x."] } }, "/x"],
		["a password in primary_conninfo", { 2: { primaryConninfo: "host=a password=x" } }, "has a password"],
		["a line without this login", { 1: { lines: ["node1:5432:*:repmgr:"] } }, "There is none for node2"],
		["a line for all roles", { 1: { lines: ["*:*:*:*:"] } }, "Other roles use it, too: line 1 (*:*:*:*)"],
		["a late standby", { 3: { delayMs: 3_600_000 } }, "recovery_min_apply_delay is 3600 s"],
		[
			"a login that fails",
			{ 3: { tries: [{ way: "replication", toNodeId: 2, fault: "no pg_hba.conf entry", isAsked: true }] } },
			'Not to "node2" (replication): no pg_hba.conf entry.',
		],
		[
			"a primary that wants no password",
			{ 3: { tries: [{ way: "sql", toNodeId: 1, fault: null, isAsked: false }] } },
			'the primary wants a password from "node3"',
		],
	] as const)("is refused: %s", (_, surveys, said) => {
		expect(refused(surveys as Parameters<typeof factsWith>[0])).toContain(said);
	});

	test("a standby may let its neighbours in without a password", () => {
		const tries = [{ way: "sql", toNodeId: 2, fault: null, isAsked: false }] as const;
		expect(ask({ 3: { tries } }).plan).toBeDefined();
	});

	test("does not cut this console off, unless the operator knows the password", () => {
		expect(refused({}, { role: "repmgr" })).toContain("this console logs in as another role");
		const given = request({ ...INTENT, password: "given" }, factsWith({}, { role: "repmgr" }));
		expect(given.plan?.prerequisites.find(({ state }) => state === "warning")?.fix).toContain("~/.pgpass");
	});

	test("is refused where a standby does not stream", () => {
		expect(refused({}, { changes: { 3: { server: { walReceiver: null } } } })).toContain(
			"every standby streams",
		);
	});

	test("names sessions of others", () => {
		const { plan } = ask({ 1: { sessions: ["barman"] } });
		expect(plan?.prerequisites.at(-1)).toMatchObject({
			state: "warning",
			found: '"barman" to "node1": these need the new password for their next login.',
		});
	});
});

test("a resumed change ends on every host, and only where all of them and the primary are read", () => {
	const steps = resumedEndSteps(factsWith(), "-x");
	expect(steps?.map(({ key, runs }) => `${key} ${runs}`)).toEqual(IDS.map((id) => `end-${id}-x always`));
	expect(steps?.[0]?.command.argv[2]).toBe(END_SCRIPT);
	expect(resumedEndSteps(factsWith({ 2: null }), "-x")).toBeNull();
});

test.each([
	["short", "It has fewer than 8 characters."],
	["x".repeat(129), "It has more than 128 characters."],
	["pässword1", "It has other characters than those of ASCII that print."],
	["with\ttab1", "It has other characters than those of ASCII that print."],
	["it's: a\\b $HOME", null],
])("a password %j: %s", (password, why) => {
	expect(unfitPassword(password)).toBe(why);
});
