import { expect, test } from "vitest";
import type { FenceIntent } from "../../../src/model/intent.ts";
import type { HostSurvey, ServiceUnit } from "../../../src/model/survey.ts";
import { FENCE } from "../../../src/operation/fence/fence.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { receiver, repmgrd } from "../../support/records.ts";
import { type Changes, worldOf } from "../../support/worlds.ts";

/** node2 was promoted beside node1, and node3 follows it. */
const SPLIT: Changes = {
	1: { server: { walSenders: [], clientSessions: 3 } },
	2: {
		server: {
			inRecovery: false,
			timeline: 2,
			walReceiver: null,
			currentLsn: "0/6000000",
			forks: [{ timeline: 1, endLsn: "0/5000100" }],
		},
		registered: { type: "primary", upstreamNodeId: null },
	},
	3: {
		server: {
			timeline: 2,
			walReceiver: receiver({ senderHost: "node2" }),
			repmgrd: repmgrd({ upstreamNodeId: 2 }),
		},
		registered: { upstreamNodeId: 2 },
	},
	4: { server: { repmgrd: repmgrd({ upstreamNodeId: 2 }) } },
};

const UNIT: ServiceUnit = {
	parameter: "service_stop_command",
	unit: "postgresql@15-main",
	loadState: "loaded",
	activeState: "active",
	mainPid: 52,
	fragmentPath: "/lib/systemd/system/postgresql@.service",
};

const PERMITTED: HostSurvey["masking"] = [
	{ parameter: "mask", isPermitted: true, why: "" },
	{ parameter: "unmask", isPermitted: true, why: "" },
];

/** A host whose unit can be masked, but for these changes. */
function host(unit: Partial<ServiceUnit> | null = {}, more: SurveyChanges = {}): SurveyChanges {
	return {
		...more,
		host: { units: unit === null ? [] : [{ ...UNIT, ...unit }], masking: PERMITTED, ...more.host },
		look: {
			postmaster: { pid: 52, state: "S" },
			repmgrd: { pid: 60, state: "S" },
			dataDirectory: "/var/lib/postgresql/15/main",
			...more.look,
		},
	};
}

const ASKED: FenceIntent = {
	kind: "fence",
	nodeId: 1,
	how: "stop",
	withoutMask: false,
	reason: "cut off from the application",
};

const fence = (intent: Partial<FenceIntent> = {}, one: SurveyChanges = host(), changes: Changes = SPLIT) =>
	request({ ...ASKED, ...intent }, factsOf({ 1: one }, changes));

test("the wrong primary is masked before it is stopped, and says on its host who did it and why", () => {
	const { plan } = fence();
	expect(plan?.title).toBe('fence "node1" and keep "node2" (cut off from the application)');
	expect(plan?.steps.map(({ key, runs }) => [key, runs])).toEqual([
		["note", "in order"],
		["mask", "in order"],
		["fence", "in order"],
		["repmgrd-stop", "in order"],
	]);
	const [note, mask, stop, daemon] = plan?.steps.map(({ command }) => command.argv) ?? [];
	expect(JSON.parse(note?.at(-1) ?? "")).toEqual({
		systemIdentifier: plan?.systemIdentifier,
		nodeId: 1,
		how: "stop",
		who: "alice on bastion1",
		reason: "cut off from the application",
		kept: "node2",
	});
	expect(mask).toEqual(["sudo", "-n", "/usr/bin/systemctl", "mask", "postgresql@15-main"]);
	expect(stop?.slice(-6).join(" ")).toBe("-D /var/lib/postgresql/15/main -m fast -t 60");
	expect(plan?.steps[2]?.expects).toEqual([
		{ kind: "stopped", nodeId: 1 },
		{ kind: "masked", nodeId: 1, isMasked: true },
	]);
	expect(daemon?.slice(-4)).toEqual(["/etc/repmgr.conf", "daemon", "stop", "--no-wait"]);
	expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
	expect(plan?.blastRadius.reasoning).toMatch(/^They parted at 0\/5000100, the end of timeline 1\. "node1"/);
	expect(plan?.blastRadius.reasoning).toContain('"node3" receives from it');
});

test("a repmgrd that watches the fenced primary is paused first", () => {
	const watched: Changes = { ...SPLIT, 4: { server: { repmgrd: repmgrd({ upstreamNodeId: 1 }) } } };
	expect(fence({}, host(), watched).plan?.steps.map(({ key }) => key)).toEqual([
		...["note", "pause-4", "mask", "fence", "repmgrd-stop"],
	]);
});

test("a server that is stopped is only kept from being started, and its repmgrd is stopped if it runs", () => {
	const stopped = (repmgrd: { pid: number; state: string } | false) =>
		host({ activeState: "inactive", mainPid: null }, { look: { postmaster: false, repmgrd } });
	expect(fence({}, stopped({ pid: 60, state: "S" })).plan?.steps.map(({ key }) => key)).toEqual([
		...["note", "fence", "repmgrd-stop"],
	]);
	const { plan } = fence({}, stopped(false));
	expect(plan?.steps.map(({ key }) => key)).toEqual(["note", "fence"]);
	expect(plan?.steps[1]?.command.argv.slice(-2)).toEqual(["mask", "postgresql@15-main"]);
	expect(plan?.blastRadius.dropped).toBe("");
});

test("read-only: new transactions are, and those that began before are ended", () => {
	const seen: Changes = {
		...SPLIT,
		1: { server: { ...SPLIT[1]?.server, readOnlyByDefault: false } },
	};
	const { plan } = fence({ how: "read-only" }, host(), seen);
	expect(plan?.steps.map(({ key }) => key)).toEqual(["note", "fence", "end-writers"]);
	expect(plan?.steps[1]?.command.argv.slice(-4)).toEqual([
		...["-c", "ALTER SYSTEM SET default_transaction_read_only = on", "-c", "SELECT pg_reload_conf()"],
	]);
	expect(plan?.steps[1]?.expects).toEqual([{ kind: "read-only", nodeId: 1, isReadOnly: true }]);
	expect(plan?.blastRadius.reasoning).toContain("a superuser can undo the fence");
	const unseen = fence({ how: "read-only" });
	expect(unseen.plan?.steps[1]?.expects).toEqual([]);
});

const refusals: readonly [string, Partial<FenceIntent>, SurveyChanges, RegExp][] = [
	["without a reason", { reason: " " }, host(), /no reason is given.*--reason TEXT/],
	[
		"where its host can't be reached",
		{},
		{ hostFault: { kind: "timeout", message: "SSH does not answer" } },
		/SSH does not answer\. From here it can't be fenced.*at the hypervisor.*at the switch/,
	],
	[
		"where sudo does not permit to mask it",
		{},
		host(
			{},
			{
				host: {
					masking: [
						{ parameter: "mask", isPermitted: false, why: "sudo does not permit mask." },
						{ parameter: "unmask", isPermitted: false, why: "sudo does not permit unmask." },
					],
				},
			},
		),
		/sudo does not permit systemctl mask\. .*add this line: postgres ALL=\(root\) NOPASSWD: \/usr\/bin\/systemctl mask postgresql@15-main, \/usr\/bin\/systemctl unmask postgresql@15-main Or .*--without-mask/,
	],
	["where sudo was not asked", {}, host({}, { host: { masking: [] } }), /sudo was not asked/],
	["without a unit", {}, host(null), /names no unit of systemd/],
	["with an unknown unit", {}, host({ loadState: "not-found" }), /not-found/],
	["with an umbrella unit", {}, host({ mainPid: null }), /has no process itself.*server's own unit/],
	[
		"with a unit whose file is in the way",
		{},
		host({ fragmentPath: "/etc/systemd/system/postgresql.service" }),
		/where systemctl would put the mask/,
	],
	["read-only of a standby", { nodeId: 3, how: "read-only" }, host(), /it is a standby/],
];

test.each(refusals)("a fence is refused %s", (_, intent, survey, expected) => {
	const { refusal } = fence(intent, survey);
	expect(`${refusal?.message} ${refusal?.detail} ${refusal?.hint}`).toMatch(expected);
});

test("without a mask its service command stops it, and the plan says that nothing keeps it stopped", () => {
	const { plan } = fence({ withoutMask: true }, host({}, { host: { masking: [] } }));
	expect(plan?.steps.map(({ key }) => key)).toEqual(["note", "fence", "repmgrd-stop"]);
	expect(plan?.steps[1]?.command.argv.slice(-3)).toEqual(["node", "service", "--action=stop"]);
	expect(plan?.steps[1]?.expects).toEqual([{ kind: "stopped", nodeId: 1 }]);
	const warned = plan?.prerequisites.find(({ title }) => title.includes("can be masked"));
	expect(warned).toMatchObject({ state: "warning", fix: expect.stringContaining("start.conf") });
});

test("the form shows the primaries first, with what each side has", () => {
	const [question] = FENCE.questions(worldOf(SPLIT).snapshot);
	const choices = question?.kind === "choice" ? question.choices : [];
	expect(choices.map(({ value }) => value)).toEqual(["1", "2", "3", "4"]);
	expect(choices[1]?.note).toMatch(/^timeline 2, wrote .* of WAL since then, .* and has 1 standby$/);
});

test("the form proposes the primary that the fewest nodes receive from", () => {
	const { 3: _, ...changes } = SPLIT;
	const [question] = FENCE.questions(worldOf(changes).snapshot);
	expect(question?.kind === "choice" && question.choices.map(({ value }) => value)).toEqual([
		"2",
		"1",
		"3",
		"4",
	]);
});

test("each side's commits since they parted are in the evidence, with their times", () => {
	const firstAt = "2026-11-30T07:02:03.000000Z";
	const lastAt = "2026-11-30T07:04:05.000000Z";
	const facts = {
		...factsOf({ 1: host(), 2: host() }, SPLIT),
		sideCommits: new Map([
			[1, { count: 3, prepared: 0, firstAt, lastAt, unread: null }],
			[2, null],
		]),
	};
	const intent: FenceIntent = {
		kind: "fence",
		nodeId: 1,
		how: "stop",
		withoutMask: false,
		reason: "cut off",
	};
	const { reasoning = "" } = request(intent, facts).plan?.blastRadius ?? {};
	expect(reasoning).toContain("Since then: 3 commits (2026-11-30 07:02:03 to 2026-11-30 07:04:05 UTC).");
	expect(reasoning.match(/Since then:/g)).toHaveLength(1);
	expect(FENCE.needs).toMatchObject({ sideCommits: true });
});

test("a unit that systemd is stopping is masked only after the server is stopped: with the mask systemd would kill it", () => {
	const { plan } = fence({}, host({ activeState: "deactivating", subState: "stop" }));
	expect(plan?.steps.map(({ key }) => key)).toEqual(["note", "stop", "fence", "repmgrd-stop"]);
	expect(plan?.steps[1]).toMatchObject({ expects: [{ kind: "stopped", nodeId: 1 }] });
	expect(plan?.steps[1]?.command.argv).toContain("fast");
	expect(plan?.steps[2]?.expects).toContainEqual({ kind: "masked", nodeId: 1, isMasked: true });
});
