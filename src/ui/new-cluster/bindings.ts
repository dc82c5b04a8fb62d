import type { StepGrid } from "../../session/step-grid.ts";
import { clampOffset } from "../scrolling.ts";
import { movedCell, shownCell } from "./grid-view.ts";
import { askHosts, goBack, goOn, goTo, gridOfWork, toSummary } from "./moves.ts";
import {
	asksForSudoPassword,
	choiceRow,
	GO_ON,
	summaryRow,
	summaryRows,
	unknownKeys,
} from "./question-view.ts";
import { type Here, type NewClusterUi, questionOf, type Stage, stageOf } from "./state.ts";
import { nextHost, textOf } from "./text-views.ts";

/** One thing that a key does on the screens of a new cluster. */
export interface NewClusterBinding {
	readonly id: string;
	readonly keys: readonly string[];
	/** One or two words for the footer. */
	readonly label: string;
	/** A sentence for help and reference. */
	readonly help: string;
	readonly stages: readonly Stage[];
	/** Not in the footer. */
	readonly isQuiet?: true;
	/** False: it does not work now, and is not shown. */
	readonly isPossible?: (here: Here) => boolean;
	/** @returns what changes of the screen. */
	readonly run: (here: Here) => Partial<NewClusterUi>;
}

const TEXTS: readonly Stage[] = ["refused", "plan", "surveying", "proving", "ended"];
const GRIDS: readonly Stage[] = ["running", "stopped"];
const LISTS: readonly Stage[] = ["choice", "summary"];

const move = (name: string, keys: readonly string[], help: string, by: number): NewClusterBinding => ({
	...{ id: `new-cluster.${name}`, keys, label: name, help, isQuiet: true },
	stages: [...LISTS, ...TEXTS, ...GRIDS],
	run: (here) => moved(here, by, 0),
});

const PAGE = 10;

/** All keys of the screens of a new cluster, but those that type an answer. */
export const NEW_CLUSTER_BINDINGS: readonly NewClusterBinding[] = [
	{
		...{ id: "new-cluster.next", keys: ["enter"], label: "next", stages: ["choice", "text"] },
		help: "Take the answer, and go to the next question.",
		run: goOn,
	},
	{
		...{ id: "new-cluster.edit", keys: ["enter"], label: "change / go on", stages: ["summary"] },
		help: "Change the selected answer; on the last row, write the inventory and survey the hosts.",
		run: (here) => {
			const row = summaryRow(here);
			if (row !== GO_ON) return { ...goTo(here, row), isEdit: true };
			const open = here.cluster.openQuestion();
			if (open !== null) return { ...goTo(here, open), isEdit: true };
			here.cluster.survey();
			return { offset: 0 };
		},
	},
	{
		...{ id: "new-cluster.again", keys: ["enter", "r"], label: "survey again", stages: ["refused"] },
		help: "Survey the hosts again, after the cause was corrected.",
		run: ({ cluster }) => {
			cluster.survey();
			return { offset: 0 };
		},
	},
	{
		...{ id: "new-cluster.carry-out", keys: ["enter"], label: "carry out", stages: ["plan"] },
		help: "Carry out the plan, after the cluster's name was typed.",
		run: (here) => {
			const { work } = here.state;
			if (work.state === "planned" && work.prepared.left > 0) return { asks: "confirm" };
			here.cluster.carryOut(false);
			return { offset: 0 };
		},
	},
	{
		...{ id: "new-cluster.continue", keys: ["enter", "r"], label: "go on", stages: ["stopped"] },
		help: "Survey the hosts again, and plan what is not done yet.",
		run: ({ cluster }) => {
			cluster.survey();
			return { offset: 0, cell: null };
		},
	},
	{
		...{ id: "new-cluster.watch", keys: ["enter"], label: "watch the cluster", stages: ["ended"] },
		help: "Open the console on the new cluster.",
		isPossible: ({ state: { work } }) => work.state === "ended" && work.conninfo !== null,
		run: ({ state: { work }, watch }) => {
			if (work.state === "ended" && work.conninfo !== null) watch(work.conninfo);
			return {};
		},
	},
	{
		...{ id: "new-cluster.take-over", keys: ["o"], label: "take over", stages: ["refused"] },
		help: "Continue what another console has begun, if it does not run any more.",
		isPossible: ({ state: { work } }) => work.state === "refused" && work.locked !== null,
		run: () => ({ asks: "confirm" }),
	},
	{
		...{ id: "new-cluster.correct", keys: ["e"], label: "change the answer", stages: ["refused"] },
		help: "Go to the question whose answer the first refusal is about.",
		isPossible: (here) => refusedQuestion(here) !== null,
		run: (here) => {
			here.cluster.ask();
			return { ...goTo(here, refusedQuestion(here)), isEdit: true };
		},
	},
	{
		...{ id: "new-cluster.accept-keys", keys: ["a"], label: "accept host keys" },
		stages: ["choice", "refused"],
		help: "Accept the keys whose fingerprints are shown, of hosts that were not seen before; no other key, and never a changed one.",
		isPossible: (here) => unknownKeys(here.state).length > 0 && showsHosts(here),
		run: (here) => {
			const shown = unknownKeys(here.state);
			here.cluster.acceptHostKeys(shown);
			askHosts(here);
			return { message: `${shown.length === 1 ? "this key is" : `these ${shown.length} keys are`} accepted` };
		},
	},
	{
		...{ id: "new-cluster.sudo-password", keys: ["p"], label: "sudo password" },
		stages: ["choice", "refused"],
		help: "Type the password that sudo on the hosts asks for; it is kept in memory only.",
		isPossible: (here) => asksForSudoPassword(here.state) && showsHosts(here),
		run: () => ({ asks: "sudo password" }),
	},
	{
		...{ id: "new-cluster.summary", keys: ["tab"], label: "all answers", stages: ["choice", "text"] },
		help: "Take the answer, and go to the summary of all answers; each can be changed there.",
		run: toSummary,
	},
	{
		...{ id: "new-cluster.host", keys: ["tab"], label: "next host", stages: ["plan"] },
		help: "Go to the next host's part of the plan.",
		run: (here) => ({ offset: nextHost(textOf(here) ?? [], here.ui.offset) }),
	},
	{
		...{ id: "new-cluster.follow", keys: ["f"], label: "follow", stages: ["running"] },
		help: "Show the step that runs longest again, instead of the one that was chosen.",
		isPossible: ({ ui }) => ui.cell !== null,
		run: () => ({ cell: null }),
	},
	move("up", ["up", "k"], "One row or line up.", -1),
	move("down", ["down", "j"], "One row or line down.", 1),
	move("pageup", ["pageup"], "One page up.", -PAGE),
	move("pagedown", ["pagedown", "space"], "One page down.", PAGE),
	move("first", ["home", "g"], "To the beginning.", Number.NEGATIVE_INFINITY),
	move("last", ["end", "G"], "To the end.", Number.POSITIVE_INFINITY),
	{
		...{ id: "new-cluster.left", keys: ["left", "h"], label: "left", stages: GRIDS, isQuiet: true },
		help: "The host to the left.",
		run: (here) => moved(here, 0, -1),
	},
	{
		...{ id: "new-cluster.right", keys: ["right", "l"], label: "right", stages: GRIDS, isQuiet: true },
		help: "The host to the right.",
		run: (here) => moved(here, 0, 1),
	},
	{
		...{ id: "new-cluster.back", keys: ["esc"], label: "back", stages: ["text"] },
		help: "Back to the question before, with all answers kept.",
		run: goBack,
	},
	{
		...{ id: "new-cluster.leave", keys: ["esc", "q", "left", "h"], label: "back" },
		stages: ["choice", "summary", "surveying", "refused", "plan"],
		help: "Back to what was before, with all answers kept; from the first question, quit.",
		run: goBack,
	},
	{
		...{ id: "new-cluster.stop", keys: ["q", "ctrl+c"], label: "stop", stages: ["running"] },
		help: "Begin no further step, after a question; what runs on a host goes on.",
		run: () => ({ asks: "leave" }),
	},
	{
		...{ id: "new-cluster.help", keys: ["?"], label: "help" },
		stages: [...LISTS, ...TEXTS, ...GRIDS],
		help: "Show all keys of this screen.",
		run: ({ ui }) => ({ showsHelp: !ui.showsHelp }),
	},
	{
		...{ id: "new-cluster.practice", keys: ["!"], label: "task, hints", isQuiet: true },
		stages: [...LISTS, "text", ...TEXTS, ...GRIDS],
		help: "In practice: show the task, at the end the debrief; there ? shows a hint, and any other key goes back.",
		isPossible: ({ practice }) => practice !== undefined,
		run: () => ({ showsTask: true }),
	},
	{
		...{ id: "new-cluster.quit", keys: ["q", "esc"], label: "quit", stages: ["stopped", "ended"] },
		help: "Quit.",
		run: quit,
	},
	{
		...{ id: "new-cluster.interrupt", keys: ["ctrl+c"], label: "quit" },
		stages: ["choice", "text", "summary", "surveying", "refused", "plan", "stopped", "proving", "ended"],
		help: "Quit. Hosts are as they are then; run it again to go on.",
		run: quit,
	},
];

/** What the hosts say is on the screen. */
function showsHosts(here: Here): boolean {
	return stageOf(here) === "refused" || here.ui.question === "postgresql.version";
}

/** The question that the first refusal is about, or null. */
function refusedQuestion({ cluster, state: { work } }: Here): string | null {
	if (work.state !== "refused" || !cluster.canAsk) return null;
	const keys = new Set(cluster.questions().map(({ key }) => key));
	return work.refusals.find(({ key = "" }) => keys.has(key))?.key ?? null;
}

function quit({ exit }: Here): Partial<NewClusterUi> {
	exit();
	return {};
}

/** The bindings that work now, in the order of the footer. */
export function bindingsHere(here: Here): readonly NewClusterBinding[] {
	const stage = stageOf(here);
	return NEW_CLUSTER_BINDINGS.filter(
		({ stages, isPossible }) => stages.includes(stage) && (isPossible?.(here) ?? true),
	);
}

function moved(here: Here, down: number, right: number): Partial<NewClusterUi> {
	const { ui, state } = here;
	const question = questionOf(here);
	const stage = stageOf(here);
	const inList = (rows: readonly string[], row: string): Partial<NewClusterUi> => {
		const to = Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + down));
		return { row: rows[to] ?? null, problem: null };
	};
	if (stage === "choice" && question !== null) {
		const can = (question.choices ?? []).filter(({ unfit }) => unfit === null);
		return inList(
			can.map(({ value }) => value),
			choiceRow(here, question),
		);
	}
	if (stage === "summary") return inList(summaryRows(here), summaryRow(here));
	const grid: StepGrid | null = gridOfWork(state.work);
	if (GRIDS.includes(stage) && grid !== null)
		return { cell: movedCell(grid, shownCell(grid, ui.cell), down, right)?.key ?? null };
	const count = textOf(here)?.length ?? 0;
	return { offset: clampOffset(clampOffset(ui.offset, count, here.bodyRows) + down, count, here.bodyRows) };
}
