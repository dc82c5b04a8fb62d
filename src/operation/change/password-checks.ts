import { parseConninfo } from "../../libpq/conninfo.ts";
import type { Outcome } from "../../model/fault.ts";
import type { ChangeIntent } from "../../model/intent.ts";
import type { PasswordSurvey } from "../../model/password-survey.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { canRunOn } from "../checks/hosts.ts";
import { type Facts, passwordsOf, serverOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { clusterChecks } from "../rolling/checks.ts";
import { lineChange, lineText, ownersFor } from "./logins.ts";

/** A standby whose replay is further behind than that has the old password for longer than a step waits. */
const MOST_DELAY_MS = 10_000;

/** What has to hold before the role gets another password: every host is well, and its file alone decides. */
export function passwordChecks(
	intent: ChangeIntent,
	facts: Facts,
	role: string,
	primary: NodeView,
): readonly Prerequisite[] {
	const { nodes } = facts.snapshot;
	return [
		...clusterChecks(facts),
		isNotThisConsole(intent, facts, role),
		...nodes.map(standsInNoConninfo),
		...nodes.flatMap((node) => {
			const survey = passwordsOf(facts, node.nodeId);
			return [
				canRunOn(facts, node),
				isRead(node, survey),
				...(survey.value === undefined ? [] : hostChecks(facts, role, primary, node, survey.value)),
			];
		}),
		nobodyElse(facts, role),
	];
}

function hostChecks(
	facts: Facts,
	role: string,
	primary: NodeView,
	node: NodeView,
	survey: PasswordSurvey,
): readonly Prerequisite[] {
	return [
		fileIsUsable(node, survey),
		fileDecides(node, survey),
		linesAreKnown(facts, role, node, survey),
		logsIn(facts, node, survey),
		isAsked(primary, node, survey),
		...(node.registered.type === "standby" ? [replaysAtOnce(node, survey)] : []),
	];
}

/** It would cut itself off: its own password file is not among those that are changed. */
function isNotThisConsole(
	{ password }: ChangeIntent,
	{ snapshot, ...facts }: Facts,
	role: string,
): Prerequisite {
	const title = `this console logs in as another role than ${role}`;
	const same = snapshot.nodes.filter(
		({ nodeId }) => serverOf({ snapshot, ...facts }, nodeId).value?.role === role,
	);
	if (same.length === 0) return ok(title, "It does.");
	const found = `It logs in as ${role}, and would have the old password afterwards.`;
	return password === "given"
		? warning(
				title,
				found,
				"Put the new password into its own ~/.pgpass at once: its sessions stay meanwhile.",
			)
		: failed(
				title,
				found,
				'Let it log in as a role of its own (a member of pg_monitor), or give a password that you know: "--ask-password".',
			);
}

function standsInNoConninfo(node: NodeView): Prerequisite {
	const title = `the registered conninfo of ${quoted(node)} names one server and no password`;
	const values = parseConninfo(node.registered.conninfo).value;
	if (values === undefined) return failed(title, "It can't be read.", "Register the node again.");
	const wrong = [
		...(values.password === undefined ? [] : ["a password"]),
		...(values.passfile === undefined ? [] : ["a password file (passfile)"]),
		...(`${values.host ?? ""}${values.port ?? ""}`.includes(",") ? ["several servers"] : []),
	];
	return wrong.length === 0
		? ok(title, "It does.")
		: failed(
				title,
				`It has ${listed(wrong)}, which this operation does not change.`,
				"Move the password into ~/.pgpass of each host, take it out of conninfo in repmgr.conf, and register the node again with --force.",
			);
}

function isRead(node: NodeView, { fault }: Outcome<PasswordSurvey>): Prerequisite {
	const title = `${quoted(node)} tells what it logs in with`;
	return fault === undefined
		? ok(title, "It does.")
		: failed(title, sentence(fault), fault.hint ?? "Try again once the host answers.");
}

function fileIsUsable(node: NodeView, { path, state, isLeftOver }: PasswordSurvey): Prerequisite {
	const title = `the password file of ${quoted(node)} can be changed`;
	if (state !== "usable") {
		const [found, fix] = UNUSABLE[state];
		return failed(title, `${path} ${found}.`, fix);
	}
	return isLeftOver
		? failed(
				title,
				`Beside ${path} lies what a change that broke off has left: ${path}.repmgr-console-*.`,
				`Resume that change: see "runs". Where it has ended: if the host logs in to the primary, remove these files; if not, move the one with -new at its end to ${path} first.`,
			)
		: ok(title, path);
}

const UNUSABLE: Readonly<Record<Exclude<PasswordSurvey["state"], "usable">, readonly [string, string]>> = {
	missing: [
		"is not there",
		"Write it: HOST:PORT:DATABASE:USER:PASSWORD, and one with the database replication.",
	],
	unsafe: [
		"is not its owner's alone, so libpq ignores it",
		"Give it to the owner of the database, and: chmod 600",
	],
	locked: ["lies in a directory that its owner can't write", "Let the owner of the database write there."],
};

/** A password that stands elsewhere would stay the old one. */
function fileDecides(node: NodeView, { path, otherwise, primaryConninfo }: PasswordSurvey): Prerequisite {
	const title = `nothing on ${quoted(node)} logs in otherwise than by that file`;
	const { password, passfile } = parseConninfo(primaryConninfo).value ?? {};
	const wrong = [
		...otherwise,
		...(password === undefined ? [] : ["primary_conninfo has a password."]),
		...(passfile === undefined || passfile === path
			? []
			: [`primary_conninfo reads its password from ${passfile}.`]),
	];
	return wrong.length === 0
		? ok(title, "Neither the server, nor repmgrd, nor primary_conninfo.")
		: failed(
				title,
				wrong.join(" "),
				`Let all of them use ${path} first; this operation changes no other place.`,
			);
}

function linesAreKnown(facts: Facts, role: string, node: NodeView, survey: PasswordSurvey): Prerequisite {
	const title = `the lines of ${role} in the password file of ${quoted(node)} are its own`;
	const { lines, missing, shared, wide } = lineChange(survey, ownersFor(facts.snapshot, role, survey));
	const text = (entries: typeof lines): string =>
		listed(entries.map((entry) => `line ${entry.line} (${lineText(survey, entry)})`));
	if (missing.length > 0) {
		const words = missing.map(({ host, port, dbname, user }) => [host, port, dbname, user].join(":"));
		return failed(title, `There is none for ${listed([...new Set(words)])}.`, "Add these lines first.");
	}
	if (shared.length > 0) {
		return failed(
			title,
			`Other roles use it, too: ${text(shared)}.`,
			`Put lines that name ${role} before it.`,
		);
	}
	return wide.length > 0
		? warning(title, `Other servers may use it, too, and get the new password: ${text(wide)}.`)
		: ok(title, `${lines.length} lines change: ${text(lines)}.`);
}

function logsIn({ snapshot }: Facts, node: NodeView, { tries }: PasswordSurvey): Prerequisite {
	const title = `${quoted(node)} logs in to every node now`;
	const broken = tries.filter(({ fault }) => fault !== null);
	const [first] = broken;
	const to = snapshot.nodes.find(({ nodeId }) => nodeId === first?.toNodeId);
	if (first === undefined || to === undefined) return ok(title, `${tries.length} logins were tried.`);
	const more = broken.length === 1 ? "" : ` ${broken.length - 1} more have failed.`;
	return failed(
		title,
		`Not to ${quoted(to)} (${first.way}): ${(first.fault ?? "").replace(/\.$/, "")}.${more}`,
		`Correct that first: pg_hba.conf of ${quoted(to)}, or the password file of ${quoted(node)}.`,
	);
}

/** Only a server that wants a password can tell whether it is the right one. */
function isAsked(primary: NodeView, node: NodeView, { tries }: PasswordSurvey): Prerequisite {
	const title = `the primary wants a password from ${quoted(node)}`;
	const own = node.registered.type === "witness" ? [node] : [];
	const open = [primary, ...own].filter((to) =>
		tries.some(({ toNodeId, way, isAsked }) => toNodeId === to.nodeId && way === "sql" && !isAsked),
	);
	return open.length === 0
		? ok(title, "Without one it does not let it in.")
		: failed(
				title,
				`${listed(open.map(quoted))} lets it in without one, so that a new one can't be seen to work.`,
				"In pg_hba.conf there: scram-sha-256 in place of trust, for repmgr's role from the hosts of the cluster.",
			);
}

function replaysAtOnce(node: NodeView, { delayMs }: PasswordSurvey): Prerequisite {
	const title = `${quoted(node)} gets the new password at once`;
	if (node.observed.replayPaused === true) {
		return failed(title, "WAL replay is paused there.", "SELECT pg_wal_replay_resume();");
	}
	return delayMs > MOST_DELAY_MS
		? failed(
				title,
				`recovery_min_apply_delay is ${Math.round(delayMs / 1000)} s: it would keep the old password for so long.`,
				"Set it to 0 for the time of the change.",
			)
		: ok(title, "It replays WAL as it comes.");
}

function nobodyElse({ snapshot, passwords }: Facts, role: string): Prerequisite {
	const title = `nobody but the nodes is connected as ${role}`;
	const seen = snapshot.nodes.flatMap((node) =>
		(passwords?.get(node.nodeId)?.value?.sessions ?? []).map((session) => `"${session}" to ${quoted(node)}`),
	);
	return seen.length === 0
		? ok(title, "No other session is seen.")
		: warning(
				title,
				`${listed(seen.slice(0, 5))}${seen.length > 5 ? ", and others" : ""}: these need the new password for their next login.`,
			);
}
