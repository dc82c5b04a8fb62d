import { Box } from "ink";
import type { PracticeFault, PracticeState } from "../../../model/practice.ts";
import { Rule } from "../../components/rule.tsx";
import { StyledLines } from "../../components/styled-lines.tsx";
import type { Binding, UiContext } from "../../context.ts";
import { keyLabel } from "../../keys.ts";
import { type List, type ListScreen, listBindings, listOf, positionOf } from "../../list.ts";
import { change, open, problem, say } from "../../reduce.ts";
import { defineScreen } from "../../screen.tsx";
import type { StyledLine } from "../../text/styled-line.ts";
import { currentScreen } from "../../ui-state.ts";
import type { PracticeScreenState, ScreenName } from "../states.ts";
import { cutStory, faultLine, pace, storyLines } from "./practice-view.ts";

interface PracticeModel {
	/** Null: this is no practice. */
	readonly state: PracticeState | null;
	readonly story: readonly StyledLine[];
	readonly nodeName: string;
	readonly list: List<PracticeFault>;
}

const LIST: ListScreen<PracticeScreenState, PracticeModel, PracticeFault> = {
	unit: "fault",
	list: ({ list }) => list,
	select: ({ state }, { id }) => ({ ...state, fault: id }),
};

const SPEEDS = [1, 2, 5, 10, 20];
const LEAST_FAULTS = 4;

export const PRACTICE = defineScreen<PracticeScreenState, PracticeModel>({
	name: "practice",
	title: "practice",
	derive(context, { nodeId, fault }) {
		const { practice, data, bodyRows, columns, bindings } = context;
		const state = practice?.state() ?? null;
		const hintKey = keyLabel(bindings.find(({ id }) => id === "practice.hint")?.keys[0] ?? "");
		const story = state === null ? [] : storyLines(state, columns, hintKey);
		const faults = state === null ? [] : (practice?.faultsOn(nodeId) ?? []);
		const height = Math.max(LEAST_FAULTS, bodyRows - story.length - 2);
		return {
			state,
			story: cutStory(story, Math.max(1, bodyRows - LEAST_FAULTS - 2), columns),
			nodeName: data.registrations.find((one) => one.nodeId === nodeId)?.nodeName ?? "",
			list: listOf(
				faults,
				positionOf(faults, fault, ({ id }) => id),
				height,
			),
		};
	},
	View: ({ context: { columns }, model: { state, story, nodeName, list } }) => (
		<Box flexDirection="column" flexShrink={0}>
			<Rule
				columns={columns}
				title={`PRACTICE: ${state?.title ?? "none"}`}
				note={state === null ? "" : pace(state.speed)}
			/>
			<StyledLines lines={story} />
			<Rule columns={columns} title={`BREAK OR REPAIR ${nodeName}`} />
			<StyledLines lines={list.visible.map((fault) => faultLine(fault, fault === list.item, columns))} />
		</Box>
	),
	bindings: [
		...listBindings("practice", LIST),
		{
			id: "practice.make",
			keys: ["enter"],
			label: "do it",
			help: "In practice: break or repair the selected thing on the node.",
			disabled: ({ model: { list } }) => (list.item === null ? "nothing is selected" : list.item.unfit),
			run({ context: { practice }, state, model: { list } }) {
				const made = list.item && practice?.make(state.nodeId, list.item.id);
				if (!made) return null;
				return made.problem === undefined ? say(made.done) : problem(made.problem);
			},
		},
		{
			id: "practice.node",
			keys: ["n"],
			label: "next node",
			help: "In practice: choose the next node.",
			run({ context: { data }, state }) {
				const ids = data.registrations.map((one) => one.nodeId);
				return change({
					...state,
					nodeId: ids[(ids.indexOf(state.nodeId) + 1) % ids.length] ?? state.nodeId,
				});
			},
		},
		{
			id: "practice.speed",
			keys: ["f"],
			label: "faster",
			help: "In practice: 1, 2, 5, 10 or 20 times as fast as real.",
			run({ context: { practice } }) {
				const speed = practice?.state().speed ?? 1;
				const next = SPEEDS.find((one) => one > speed) ?? 1;
				practice?.setSpeed(next);
				return say(`practice passes ${pace(next)}`);
			},
		},
	],
});

const OPENS: Binding = {
	id: "practice.open",
	keys: ["!"],
	label: "practice",
	help: "In practice: the task, hints, and what can be broken on the selected node.",
	screens: ["topology", "node"],
	run({ ui, data }) {
		const state = currentScreen(ui);
		const chosen = state.screen === "topology" || state.screen === "node" ? state.nodeId : null;
		const nodeId = chosen ?? data.registrations[0]?.nodeId ?? 1;
		return open({ screen: "practice", nodeId, fault: null });
	},
};

const HINTS: Binding = {
	id: "practice.hint",
	keys: ["?"],
	label: "hint",
	help: "In practice: show a hint.",
	screens: ["practice"],
	disabled: ({ practice }: UiContext) => (practice?.state().hasMoreHints ? null : "there is no further hint"),
	run({ practice }) {
		practice?.askHint();
		return say("a hint is shown");
	},
};

/** The keys of a practice, which take "!" and "?" from others on their screens. */
export function withPractice(bindings: readonly Binding[], all: readonly ScreenName[]): readonly Binding[] {
	const without = (binding: Binding, taken: Binding): Binding => ({
		...binding,
		screens: (binding.screens ?? all).filter((name) => !taken.screens?.includes(name)),
	});
	const rest = bindings.map((binding) => {
		if (binding.id === "errors.only") return without(binding, OPENS);
		return binding.id === "help.open" ? without(binding, HINTS) : binding;
	});
	return [OPENS, HINTS, ...rest];
}
