import type { HostReading } from "../cluster/host-reading.ts";
import { sanitiseText } from "../cluster/sanitise.ts";
import type { HostSurvey } from "../cluster/survey.ts";
import { parseLock } from "./parse-lock.ts";

/** What SURVEY_SCRIPT printed, with the usual look at the same host. */
export function parseHostSurvey(output: string, look: HostReading): HostSurvey {
	const lines = output.split("\n");
	const all = (word: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
	const one = (word: string): string | undefined => all(word)[0];
	const [path, ...version] = sanitiseText(one("repmgr") ?? "").split(" ");
	const id = one("id");
	return {
		look,
		repmgr: path ? { path, version: version.join(" ").replace(/^repmgr /, "") } : null,
		psql: sanitiseText(one("psql") ?? "psql"),
		serverConfigFile: sanitiseText(one("config") ?? "") || null,
		canBeRewound: all("rewind").length === 0 ? null : all("rewind").some(isOn),
		hasConfigFile: one("conf") === "yes",
		configuredNodeId: id !== undefined && /^\d+$/.test(id) ? Number(id) : null,
		sudo: all("sudo").map((line) => {
			const [parameter = "", answer] = line.split(" ");
			return { parameter, isPermitted: answer === "yes" };
		}),
		hasBackupLabel: one("label") === "yes",
		canWriteState: one("writable") === "yes",
		lock: one("locked") === "yes" ? (parseLock(one("lock")) ?? "unreadable") : null,
	};
}

/** "hints on", "checksums 1"; off is "off" or 0. */
function isOn(line: string): boolean {
	return /^(?:hints on|checksums [1-9])/.test(line);
}
