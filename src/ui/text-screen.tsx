import { Box } from "ink";
import type { ReactNode } from "react";
import { Rule } from "./components/rule.tsx";
import { StyledLines } from "./components/styled-lines.tsx";
import type { UiContext } from "./context.ts";
import { change } from "./reduce.ts";
import { defineScreen, type Screen, type ScreenBinding, type SharedBinding, type Shown } from "./screen.tsx";
import type { ScreenState } from "./screens/states.ts";
import { clampOffset, movingBindings } from "./scrolling.ts";
import type { StyledLine } from "./text/styled-line.ts";

/** A text of any length that is scrolled. */
export interface Text {
	/** Above the text, which does not scroll; null draws no rule. */
	readonly heading: string | null;
	/** At the right end of the rule, after the position in the text. */
	readonly note?: string;
	readonly lines: readonly StyledLine[];
}

type TextState = ScreenState & { readonly offset: number };

interface TextScreenSpec<State extends TextState, Model extends Text> {
	readonly name: State["screen"];
	readonly title: string;
	readonly derive: (context: UiContext, state: State) => Model;
	readonly bindings: readonly (ScreenBinding<State, Model> | SharedBinding)[];
}

/** A screen that is one text: scrolling and drawing are the same for all of them. */
export function textScreen<State extends TextState, Model extends Text>(
	spec: TextScreenSpec<State, Model>,
): Screen<State, Model> {
	return defineScreen<State, Model>({
		...spec,
		View: TextView,
		bindings: [
			...movingBindings<State, Model>({
				id: spec.name,
				unit: "line",
				move: ({ context, state, model }, by) => {
					const [count, height] = [model.lines.length, context.bodyRows - 1];
					const offset = clampOffset(clampOffset(state.offset, count, height) + by, count, height);
					const scrolled: State = { ...state, offset };
					return change(scrolled);
				},
			}),
			...spec.bindings,
		],
	});
}

export function TextView({ context, state, model }: Shown<TextState, Text>): ReactNode {
	const { heading, note = "", lines } = model;
	const height = context.bodyRows - 1;
	const top = clampOffset(state.offset, lines.length, height);
	const visible = lines.slice(top, top + height);
	const position =
		visible.length === lines.length ? "" : `lines ${top + 1} to ${top + visible.length} of ${lines.length}`;
	const notes = [position, note].filter((part) => part !== "").join(", ");
	return (
		<Box flexDirection="column" flexShrink={0}>
			{heading !== null && (
				<Rule columns={context.columns} title={heading} note={note === "" ? notes : [notes, note]} />
			)}
			<StyledLines lines={visible} />
		</Box>
	);
}
