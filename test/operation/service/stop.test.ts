import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/operation/index.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { receiver, repmgrd } from "../../support/records.ts";
import { type Changes, worldOf } from "../../support/worlds.ts";

/** node2 was promoted beside node1, and node3 follows it. */
const SPLIT: Changes = {
	1: { server: { walSenders: [], clientSessions: 3 } },
	2: {
		server: { inRecovery: false, timeline: 2, walReceiver: null, currentLsn: "0/6000000" },
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

const stop = (nodeId: number, changes: Changes = {}, surveys: Readonly<Record<number, SurveyChanges>> = {}) =>
	request({ kind: "stop", nodeId }, factsOf(surveys, changes));
const keys = (...asked: Parameters<typeof stop>) => stop(...asked).plan?.steps.map(({ key }) => key);
const questionsOf = (kind: string, snapshot: ReturnType<typeof worldOf>["snapshot"]) =>
	OPERATIONS.find((wizard) => wizard.kind === kind)?.questions(snapshot) ?? [];
const warnings = (...asked: Parameters<typeof stop>) =>
	stop(...asked).plan?.prerequisites.flatMap(({ state, found }) => (state === "warning" ? [found] : []));

test("the wrong primary of a split brain is stopped by the first step", () => {
	const { plan } = stop(1, SPLIT);
	expect(plan?.steps.map(({ key, runs }) => [key, runs])).toEqual([["stop", "in order"]]);
	const { argv = [], shown } = plan?.steps[0]?.command ?? {};
	expect(shown).toEqual(["timeout 120 repmgr -f /etc/repmgr.conf node service --action=stop"]);
	expect(argv.slice(4)).toEqual([
		...["120", "", "/var/lib/postgresql/15/main"],
		...["repmgr", "-f", "/etc/repmgr.conf", "node", "service", "--action=stop"],
	]);
	expect(plan?.steps[0]?.expects).toEqual([{ kind: "stopped", nodeId: 1 }]);
	expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
	expect(plan?.blastRadius.dropped).toContain("7 from clients");
	expect(plan?.blastRadius.reasoning).toContain("is copied aside when it is rejoined");
	expect(warnings(1, SPLIT)).toEqual([]);
});

test("a repmgrd that watches the stopped primary is paused first, and stays paused", () => {
	const watched: Changes = { ...SPLIT, 4: { server: { repmgrd: repmgrd({ upstreamNodeId: 1 }) } } };
	const { plan } = stop(1, watched);
	expect(plan?.steps.map(({ key }) => key)).toEqual(["pause-4", "stop"]);
	expect(plan?.blastRadius.reasoning).toContain('repmgrd on "node4" stays paused');
});

test("stopping the only primary warns that no server accepts writes, and pauses every repmgrd", () => {
	expect(keys(1)).toEqual(["pause-2", "pause-3", "pause-4", "stop"]);
	expect(warnings(1)).toEqual([
		'"node1" is the only primary: no server accepts writes once it is stopped. "node2" and "node3" will lose their upstream.',
	]);
	expect(stop(1).plan?.blastRadius.reasoning).toMatch(/^No server accepts writes from then on/);
});

test("a standby is stopped without further steps; a stopped one is refused", () => {
	expect(keys(3)).toEqual(["stop"]);
	expect(stop(3, {}, { 3: { look: { postmaster: false } } }).refusal?.message).toContain("stopped already");
});

test("the form offers the node of the finding first", () => {
	const { snapshot } = worldOf(SPLIT);
	const remedy = { title: "", nodeId: 2, user: "", argv: [], intent: { kind: "stop", nodeId: 2 } } as const;
	const findings = [{ remedy } as unknown as (typeof snapshot.findings)[number]];
	const [question] = questionsOf("stop", { ...snapshot, findings });
	expect(question?.kind === "choice" && question.choices[0]).toMatchObject({ value: "2", unfit: null });
	const [rejoined] = questionsOf("rejoin", snapshot);
	expect(rejoined?.kind === "choice" && rejoined.choices[0]?.unfit).toBe(
		"it runs as a primary: stop it first",
	);
});
