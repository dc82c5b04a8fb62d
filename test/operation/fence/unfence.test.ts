import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FenceNote, HostReading, MaskedUnit } from "../../../src/model/host-reading.ts";
import type { HostSurvey } from "../../../src/model/survey.ts";
import { request } from "../../../src/operation/request.ts";
import { resumedPlan } from "../../../src/operation/run/resumed-plan.ts";
import { factsOf } from "../../support/facts.ts";
import { NOW } from "../../support/records.ts";
import { type Changes, worldOf } from "../../support/worlds.ts";

const MASK: MaskedUnit = { of: "PostgreSQL", unit: "postgresql@15-main.service", isRuntime: false };

const NOTE: FenceNote = {
	systemIdentifier: worldOf().snapshot.cluster.systemIdentifier ?? "",
	nodeId: 1,
	how: "stop",
	who: "alice on bastion1",
	reason: "cut off",
	kept: "node2",
	since: NOW - 60_000,
};

const UNMASK: Partial<HostSurvey> = {
	units: [
		{
			...{ parameter: "service_stop_command", unit: "postgresql@15-main", mainPid: null },
			...{ loadState: "masked", activeState: "inactive", fragmentPath: null },
		},
	],
	masking: [{ parameter: "unmask", isPermitted: true, why: "" }],
};

/** node2 was promoted, and node1 is stopped. */
const STOPPED: Changes = {
	1: { fault: { kind: "refused" }, host: { postmaster: false } },
	2: {
		server: { inRecovery: false, timeline: 2, walReceiver: null, currentLsn: "0/6000000" },
		registered: { type: "primary", upstreamNodeId: null },
	},
};

function facts(look: Partial<HostReading>, changes: Changes = STOPPED, host: Partial<HostSurvey> = UNMASK) {
	return factsOf({ 1: { host, look: { postmaster: false, ...look } } }, changes);
}

const unfence = (...given: Parameters<typeof facts>) =>
	request({ kind: "unfence", nodeId: 1 }, facts(...given));
const keys = (...given: Parameters<typeof facts>) => unfence(...given).plan?.steps.map(({ key }) => key);

test("the mask of a stopped node is taken back, and nothing is started", () => {
	const { plan } = unfence({ masked: [MASK], fences: [NOTE] });
	expect(plan?.steps.map(({ key }) => key)).toEqual(["unfence", "forget"]);
	expect(plan?.steps[0]?.command.argv).toEqual([
		...["sudo", "-n", "/usr/bin/systemctl", "unmask", "postgresql@15-main"],
	]);
	expect(plan?.steps[0]?.expects).toEqual([{ kind: "masked", nodeId: 1, isMasked: false }]);
	expect(plan?.blastRadius.reasoning).toMatch(/^It stays stopped\. Next: rejoin node1/);
	const known = plan?.prerequisites.find(({ title }) => title === "why it is fenced is known");
	expect(known?.found).toMatch(
		/^Its unit postgresql@15-main\.service is masked, by the fence of alice on bastion1 at .* UTC: cut off\. Kept was node2\.$/,
	);
});

test("a mask by somebody else is said to be one", () => {
	const { plan } = unfence({ masked: [MASK] });
	expect(plan?.steps.map(({ key }) => key)).toEqual(["unfence"]);
	expect(plan?.prerequisites.find(({ title }) => title.startsWith("why"))?.found).toContain(
		"not by this console",
	);
});

test.each([
	["where it is not fenced", {}, STOPPED, UNMASK, /is refused: it is not fenced/],
	[
		"where sudo does not permit it",
		{ masked: [MASK] },
		STOPPED,
		{ ...UNMASK, masking: [] },
		/systemctl unmask/,
	],
	["of a mask until the next boot", { masked: [{ ...MASK, isRuntime: true }] }, STOPPED, UNMASK, /--runtime/],
	[
		"of a read-only node that is down",
		{ fences: [{ ...NOTE, how: "read-only" as const }] },
		STOPPED,
		UNMASK,
		/answers/,
	],
])("it is refused %s", (_, look, changes, host, expected) => {
	const { refusal } = unfence(look, changes, host);
	expect(`${refusal?.message} ${refusal?.detail} ${refusal?.hint}`).toMatch(expected);
});

test("a read-only primary accepts writes again only where no other primary does", () => {
	const fences = [{ ...NOTE, how: "read-only" as const }];
	const alone: Changes = { 1: { server: { readOnlyByDefault: true } } };
	expect(keys({ fences }, alone)).toEqual(["unfence", "forget"]);
	const beside: Changes = { ...STOPPED, ...alone };
	expect(unfence({ fences }, beside).refusal).toMatchObject({
		message: expect.stringContaining("no other node accepts writes"),
		detail: expect.stringContaining("split brain again"),
	});
	const silent: Changes = { ...alone, 2: { fault: { kind: "unreachable" }, hostFault: {} } };
	expect(unfence({ fences }, silent).refusal?.detail).toContain("can't be asked");
});

const CONTROL = {
	...{ state: "shut down", timeline: 1, checkpointLsn: "0/4FFFF00" },
	systemIdentifier: NOTE.systemIdentifier,
};
const MASK_AND_UNMASK: Partial<HostSurvey> = {
	...UNMASK,
	masking: ["mask", "unmask"].map((parameter) => ({ parameter, isPermitted: true, why: "" })),
};

/** A rejoin of a fenced node whose WAL the primary has. */
function rejoinFenced(host: Partial<HostSurvey> = MASK_AND_UNMASK) {
	const primary = { ...STOPPED[2]?.server, forks: [{ timeline: 1, endLsn: "0/5000100" }] };
	const changes = { ...STOPPED, 2: { ...STOPPED[2], server: primary } };
	return request(
		{ kind: "rejoin", nodeId: 1, forceRewind: false, stopFirst: false },
		facts({ masked: [MASK], fences: [NOTE], controlData: CONTROL }, changes, host),
	);
}

test("a rejoin that fails masks the unit again, unless the server runs as a standby", () => {
	const again = rejoinFenced().plan?.steps.find(({ key }) => key === "mask-again");
	expect(again?.runs).toBe("always");
	const bin = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	const run = (answer: string): string => {
		writeFileSync(join(bin, "psql"), `#!/bin/sh\n${answer}\n`, { mode: 0o700 });
		writeFileSync(join(bin, "sudo"), '#!/bin/sh\necho "$*"\n', { mode: 0o700 });
		const [file = "", ...words] = again?.command.argv ?? [];
		const { stdout, status } = spawnSync(file, words, {
			encoding: "utf8",
			env: { PATH: `${bin}:${process.env.PATH}` },
		});
		return `${status} ${stdout.trim()}`;
	};
	const masked = "0 -n /usr/bin/systemctl mask postgresql@15-main";
	expect([run("echo t"), run("echo f"), run("exit 2")]).toEqual(["0 ", masked, masked]);
	rmSync(bin, { recursive: true });
	// Nor where sudo would not permit it.
	expect(rejoinFenced(UNMASK).plan?.steps.map(({ key }) => key)).not.toContain("mask-again");
});

test("what a rejoin took back and left is masked again when it is resumed", () => {
	const steps = rejoinFenced().plan?.steps.filter(({ runs }) => runs === "in order") ?? [];
	const record = {
		...{ operationId: "one", title: "rejoin", pausedBefore: [], drilledNodeId: null },
		steps: steps.map(({ command, ...step }) => ({ ...step, nodeId: command.nodeId })),
	};
	const always = resumedPlan(record, facts({ fences: [NOTE] }, STOPPED, MASK_AND_UNMASK), "1").steps.filter(
		({ runs }) => runs === "always",
	);
	expect(always.map(({ key }) => key)).toEqual([expect.stringMatching(/^mask-again-/)]);
});

test("what is fenced is not started, and a rejoin takes the fence back by steps of its own", () => {
	const fenced = facts({ masked: [MASK], fences: [NOTE] });
	expect(request({ kind: "start", nodeId: 1 }, fenced).refusal?.hint).toBe(
		"To take that back first: unfence node1",
	);
	const { plan, refusal } = rejoinFenced();
	expect(refusal).toBeUndefined();
	const steps = plan?.steps.map(({ key }) => key) ?? [];
	expect(steps.slice(steps.indexOf("unmask"), steps.indexOf("unmask") + 4)).toEqual([
		...["unmask", "rejoin", "unfence", "forget"],
	]);
});
