import { Box } from "ink";
import type { ReactNode } from "react";
import { lineFilter } from "../text/words.ts";
import { Rule } from "./components/rule.tsx";
import { StyledLines } from "./components/styled-lines.tsx";
import type { UiContext } from "./context.ts";
import { change, problem } from "./reduce.ts";
import { defineScreen, type Screen, type ScreenBinding, type SharedBinding, type Shown } from "./screen.tsx";
import type { ScreenState, Scrolled } from "./screens/states.ts";
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

type TextState = ScreenState & Scrolled;

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
		find: ({ state, model: { lines } }, text, from) => {
			const matches = lineMatcher(text);
			if (matches === null) return null;
			const order = [...lines.slice(from), ...lines.slice(0, from)];
			const at = order.findIndex(matches);
			if (at < 0) return problem(`no line matches "${text}"`);
			const scrolled: State = { ...state, search: text, offset: (from + at) % lines.length };
			return change(scrolled);
		},
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

/** Null: nothing is searched, or that is half an expression. */
function lineMatcher(text: string): ((line: StyledLine) => boolean) | null {
	const matches = text === "" ? null : lineFilter(text);
	return matches && (({ spans }) => matches(spans.map((span) => span.text).join("")));
}

/** A line in the accent of keys. */
function marked(line: StyledLine): StyledLine {
	return { ...line, spans: line.spans.map(({ text }) => ({ text, role: "key" })) };
}

export function TextView({ context, state, model }: Shown<TextState, Text>): ReactNode {
	const { heading, note = "", lines } = model;
	const height = context.bodyRows - 1;
	const top = clampOffset(state.offset, lines.length, height);
	const matches = lineMatcher(state.search ?? "");
	const visible = lines.slice(top, top + height).map((line) => (matches?.(line) ? marked(line) : line));
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
