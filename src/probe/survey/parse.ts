import type { HostReading } from "../../model/host-reading.ts";
import { wantsPassword } from "../../model/setup.ts";
import type { HostSurvey, SudoAttempt } from "../../model/survey.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import { parseLock } from "../host/parse.ts";
import { parseSudo } from "../setup/sudo.ts";
import { parseProgram } from "../shell-functions.ts";

/** Parses the output of SURVEY_SCRIPT, with the host reading made beside it. */
export function parseHostSurvey(
	output: string,
	look: HostReading,
	upstreamNodeId: number | null,
): HostSurvey {
	const lines = output.split("\n").map(sanitiseText);
	const all = (word: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
	const one = (word: string): string | undefined => all(word)[0];
	const [path, ...version] = (one("repmgr") ?? "").split(" ");
	const listing = all("sudo").map((line) => line.replace(/^\|/, ""));
	return {
		look,
		repmgr: path ? { path, version: version.join(" ").replace(/^repmgr /, "") } : null,
		psql: one("psql") ?? "psql",
		serverConfigFile: one("config") || null,
		canBeRewound: all("rewind").length === 0 ? null : all("rewind").some(isOn),
		hasConfigFile: one("conf") === "yes",
		damagedByRepmgr: all("damaged"),
		configuredNodeId: wholeNumber(one("id")),
		sudo: sudoAttempts(all("sudocheck"), listing),
		masking: sudoAttempts(all("maskcheck"), listing),
		programs: all("program").map(parseProgram),
		units: all("unit").flatMap((line) => unitOf(line, all("control"))),
		archiveWaitSeconds: wholeNumber(one("archivewait")),
		lingering: all("process").flatMap(processOf),
		replicationTo: replicationAttempt(
			all("replication").map((line) => line.replace(/^\|/, "")),
			upstreamNodeId,
		),
		hasBackupLabel: one("label") === "yes",
		canWriteState: one("writable") === "yes",
		lock: one("locked") === "yes" ? (parseLock(one("lock")) ?? "unreadable") : null,
	};
}

/** "--connection=OK" or "--connection=BAD", after what repmgr complained of. */
function replicationAttempt(lines: readonly string[], toNodeId: number | null): HostSurvey["replicationTo"] {
	const verdict = lines.find((line) => line.startsWith("--connection="));
	if (toNodeId === null || verdict === undefined) return null;
	const said = lines.filter((line) => line !== verdict && line.trim() !== "");
	return { toNodeId, isWell: verdict === "--connection=OK", lines: said };
}

/** "hints on", "checksums 1"; off is "off" or 0. */
function isOn(line: string): boolean {
	return /^(?:hints on|checksums [1-9])/.test(line);
}

/** "PARAMETER allowed COMMAND", "PARAMETER refused" or "PARAMETER skipped", and what `sudo -l` lists. */
function sudoAttempts(checks: readonly string[], listing: readonly string[]): HostSurvey["sudo"] {
	const setup = parseSudo("", listing, checks);
	return checks.map((check): SudoAttempt => {
		const [parameter = "", answer] = check.split(" ");
		const resolved = setup.resolved.get(parameter) ?? null;
		if (answer === "skipped") {
			return { parameter, isPermitted: null, why: `${parameter} gives options to sudo.` };
		}
		if (resolved === null) {
			const why =
				setup.refusal === null ? `sudo does not permit ${parameter}.` : `${parameter}: ${setup.refusal}.`;
			return { parameter, isPermitted: false, why };
		}
		return wantsPassword(setup, resolved)
			? { parameter, isPermitted: false, why: `sudo permits ${parameter} with a password only.` }
			: { parameter, isPermitted: true, why: "" };
	});
}

/** "PID TITLE". */
function processOf(line: string): HostSurvey["lingering"] {
	const [first, ...title] = line.trim().split(" ");
	const pid = wholeNumber(first);
	return pid === null ? [] : [{ pid, title: title.join(" ") }];
}

/** "PARAMETER UNIT LoadState=… ActiveState=…", in systemctl's own order. @param controls "UNIT PID TITLE". */
function unitOf(line: string, controls: readonly string[]): HostSurvey["units"] {
	const [parameter = "", unit = ""] = line.trim().split(/ +/);
	const values = new Map(
		[...line.matchAll(/ (\w+)=(.*?)(?= \w+=| *$)/g)].map(([, name, value]) => [name, value]),
	);
	const [loadState, activeState] = [values.get("LoadState"), values.get("ActiveState")];
	const [subState, since] = [values.get("SubState"), values.get("StateChangeTimestamp")];
	if (loadState === undefined || activeState === undefined) return [];
	const mainPid = wholeNumber(values.get("MainPID")) || null;
	const fragmentPath = values.get("FragmentPath") || null;
	const [control] = controls.flatMap((one) =>
		one.startsWith(`${unit} `) ? processOf(one.slice(unit.length)) : [],
	);
	return [
		{
			...{ parameter, unit, loadState, activeState, mainPid, fragmentPath },
			...(subState && { subState }),
			...(since && { since }),
			...(control && { control }),
		},
	];
}
