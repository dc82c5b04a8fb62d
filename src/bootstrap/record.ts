import type { Host } from "../execution/host.ts";
import { runScript } from "../execution/host.ts";
import type { Message } from "../text/message.ts";
import { sentence } from "../text/words.ts";
import { header } from "./files.ts";
import type { HostSurvey } from "./host-survey.ts";
import { RECORD_SCRIPT } from "./record-scripts.ts";
import { type Shells, type Situation, surveyOf } from "./situation.ts";

/** The words of the record's lines that begin with this one. */
export function recorded({ record }: HostSurvey, kind: string): readonly string[] {
	return record.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
}

/** The cluster that a host's record names; null: the host has none. */
export function recordedCluster(survey: HostSurvey): string | null {
	return recorded(survey, "cluster")[0] ?? null;
}

/** Was all that a host's record has taken back again? Only the record itself is left then. */
export function isTakenBack({ record }: HostSurvey): boolean {
	return record.includes("cleaned");
}

/** The cluster under whose name something was added to a host, and not taken back; null: nothing was. */
export function openRecord(survey: HostSurvey): string | null {
	const hasNotes = survey.record.some((line) => !/^(cluster|own) /.test(line));
	return hasNotes && !isTakenBack(survey) ? recordedCluster(survey) : null;
}

/** Begins a record on every host where nothing of ours lies yet. @returns why that failed, or null. */
export async function beginRecords(situation: Situation, shells: Shells): Promise<Message | null> {
	const { inventory } = situation;
	const faults = await Promise.all(
		inventory.nodes.map(async (node): Promise<Message | null> => {
			const survey = surveyOf(situation, node);
			const shell = shells.get(node.name);
			const isOlder = recordedCluster(survey) === null && hasOurs(situation, survey);
			if (shell === undefined || openRecord(survey) !== null || isOlder) return null;
			const host: Host = { nodeId: node.id, shell, user: "root", configFile: "" };
			const { fault } = await runScript(host, RECORD_SCRIPT, [inventory.cluster]);
			return fault === undefined
				? null
				: {
						message: `what is on the host of "${node.name}" can't be noted down`,
						detail: sentence(fault),
						hint: "Without that nothing could be undone; nothing was changed.",
					};
		}),
	);
	return faults.find((fault) => fault !== null) ?? null;
}

/** Did a bootstrap begin to change this host? */
export function hasOurs({ inventory }: Situation, { files, unfinished }: HostSurvey): boolean {
	return (
		unfinished === "yes" || [...files.values()].some(({ content }) => content.startsWith(header(inventory)))
	);
}
