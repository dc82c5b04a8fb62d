import type { InventoryNode } from "../../model/inventory.ts";
import type { Message } from "../../text/message.ts";
import { listed } from "../../text/words.ts";
import { operationRefusals, placeRefusals } from "../ownership.ts";
import { hasOurs, isTakenBack, recorded, recordedCluster } from "../record.ts";
import { surveyOf } from "../situation.ts";
import type { UndoSituation } from "./survey.ts";

/** Everything that keeps a bootstrap from being undone; nothing has been changed. */
export function undoRefusals(situation: UndoSituation): readonly Message[] {
	const { inventory, surveys } = situation;
	return [
		...operationRefusals(inventory, surveys),
		...inventory.nodes.flatMap((node) => hostRefusals(situation, node)),
		...strangerRefusals(situation),
	];
}

function hostRefusals(situation: UndoSituation, node: InventoryNode): readonly Message[] {
	const survey = surveyOf(situation, node);
	const { cluster } = situation.inventory;
	const of = recordedCluster(survey);
	if (of === null && hasOurs(situation, survey))
		return [
			{
				message: `the host of "${node.name}" has no record of what was there before`,
				detail: "It was set up by a version that kept none; what was there could only be guessed.",
				hint: "Remove by hand what the report of the bootstrap lists.",
			},
		];
	if (of !== null && of !== cluster)
		return [
			{
				message: `the host of "${node.name}" was set up for the cluster "${of}", not for "${cluster}"`,
				hint: "Use the inventory of that cluster.",
			},
		];
	if (of === null) return [];
	const undo = situation.undo.get(node.name);
	const { needs = [], tablespace = [], place: places = [] } = undo ?? {};
	if (isTakenBack(survey))
		return places
			.filter(([state]) => state !== "gone")
			.map(([, , data]) => ({
				message: `there is a cluster on "${node.name}" again: ${data}`,
				detail: "Everything that was recorded there was taken back already; what came later is not touched.",
				hint: "If it was made by hand, remove the record on that host: ~root/.local/state/repmgr-console/bootstrap.",
			}));
	const own = recorded(survey, "place").map((line) => `/etc/postgresql/${line.split(" ")[0]}/main`);
	const others =
		recorded(survey, "package").length > 0 ? survey.other.filter((path) => !own.includes(path)) : [];
	return [
		...placeRefusals(node, survey),
		...(others.length > 0
			? [
					{
						message: `PostgreSQL has another cluster on "${node.name}": ${listed(others)}`,
						detail: "The packages were installed for this one, and the other one needs them now.",
						hint: "If nothing in it is needed, remove it there with pg_dropcluster.",
					},
				]
			: []),
		...(needs.length > 0
			? [
					{
						message: `packages on "${node.name}" need what was installed: ${listed(needs)}`,
						hint: "Remove them first, if they are not needed.",
					},
				]
			: []),
		...(tablespace.length > 0
			? [
					{
						message: `tablespaces on "${node.name}" lie elsewhere: ${listed(tablespace)}`,
						hint: "Drop them on the primary first, with what is in them.",
					},
				]
			: []),
	];
}

/** Nodes that were added later would lose their primary. */
function strangerRefusals({ inventory, surveys }: UndoSituation): readonly Message[] {
	const known = new Set(inventory.nodes.map(({ name }) => name));
	const names = [...surveys.values()].flatMap(({ node }) => node.map(({ name }) => name));
	const strangers = [...new Set(names)].filter((name) => !known.has(name));
	if (strangers.length === 0) return [];
	return [
		{
			message: `the cluster has ${strangers.length === 1 ? "a node" : "nodes"} that the inventory does not have: ${listed(strangers)}`,
			detail: "They would be left without a primary.",
			hint: 'Remove them from the cluster first: "repmgr-console unregister".',
		},
	];
}
