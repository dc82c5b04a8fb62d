import type { HostReading } from "../cluster/host-reading.ts";
import { sanitise, sanitiseText } from "../cluster/sanitise.ts";
import type { HostSurvey, LockHolder } from "../cluster/survey.ts";

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

/** What stands in a lock's holder.json; null where it is none of ours. */
function parseLock(text: string | undefined): LockHolder | null {
	try {
		const { operationId, operation, who, since } = JSON.parse(text ?? "");
		const isWhole =
			[operationId, operation, who].every((word) => typeof word === "string") && typeof since === "number";
		return isWhole ? sanitise({ operationId, operation, who, since }) : null;
	} catch {
		return null;
	}
}
