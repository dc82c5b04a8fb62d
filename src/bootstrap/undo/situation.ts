import type { Message } from "../../text/message.ts";
import { listed, sentence } from "../../text/words.ts";
import { recordedCluster } from "../record.ts";
import { type Shells, type Situation, surveyOf } from "../situation.ts";
import { readHosts, type Surveyed } from "../survey.ts";
import { undoRefusals } from "./refusals.ts";
import { surveyForUndo, type UndoSituation, type UndoSurvey } from "./survey.ts";

const DEADLINE_MS = 60_000;

/** Reads all hosts at once; changes nothing. */
export async function surveyForUndoing(
	inventory: Situation["inventory"],
	shells: Shells,
	passwords: Situation["passwords"] | null,
): Promise<Surveyed<UndoSituation>> {
	const read = await readHosts(inventory, shells, passwords);
	if (read.refusals !== undefined) return read;
	const { situation } = read;
	const undo = new Map<string, UndoSurvey>();
	const faults = await Promise.all(
		inventory.nodes.map(async (node): Promise<readonly Message[]> => {
			const survey = surveyOf(situation, node);
			const shell = shells.get(node.name);
			if (shell === undefined || recordedCluster(survey) === null) return [];
			const words = [String(inventory.postgresql.port), inventory.repmgr.database];
			const outcome = await surveyForUndo(shell, words, DEADLINE_MS);
			if (outcome.value !== undefined) undo.set(node.name, outcome.value);
			const { fault } = outcome;
			return fault === undefined ? [] : [{ message: `host of "${node.name}": ${sentence(fault)}` }];
		}),
	);
	const made = { ...situation, undo };
	const refusals = faults.flat().length > 0 ? faults.flat() : undoRefusals(made);
	return refusals.length > 0 ? { refusals } : { situation: made };
}

/** Is there data that would be deleted? */
export function hasData({ undo }: UndoSituation): boolean {
	return [...undo.values()].some(({ place }) => place.some(([state]) => state === "data"));
}

/** What would be lost, in words. */
export function lossOf(situation: UndoSituation): readonly string[] {
	const { inventory, undo } = situation;
	if (!hasData(situation)) return [];
	const databases = new Map([...undo.values()].flatMap(({ database }) => database));
	const answers = inventory.nodes.some((node) => surveyOf(situation, node).sql !== undefined);
	const named = [...databases].map(([name, bytes]) => `${name} (${Math.ceil(bytes / 1_048_576)} MB)`);
	return [
		`all data of the cluster "${inventory.cluster}" is deleted, on every host; only a backup brings it back.`,
		answers
			? `databases besides repmgr's and PostgreSQL's own: ${listed(named) || "none"}.`
			: "no server answers: what its databases hold is not known.",
	];
}
