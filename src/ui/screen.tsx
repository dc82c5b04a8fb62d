import type { ReactNode } from "react";
import type { Binding, Reaction, ScreenEntry, UiContext } from "./context.ts";
import type { UiEvent } from "./reduce.ts";
import type { ScreenName, ScreenState } from "./screens/states.ts";
import { currentScreen } from "./ui-state.ts";

/** The screen that is shown: the operator's choices, and the model derived from these and the data. */
export interface Shown<State, Model> {
	readonly context: UiContext;
	readonly state: State;
	readonly model: Model;
}

/** A binding that works on one screen and acts on what that screen shows. */
export interface ScreenBinding<State, Model> extends Omit<Binding, "screens" | "disabled" | "run"> {
	readonly screens?: undefined;
	readonly disabled?: (shown: Shown<State, Model>) => string | null;
	readonly run: (shown: Shown<State, Model>) => Reaction;
}

/** A binding that belongs to a screen's subject but works on the screens it names, such as the key that opens it. */
export interface SharedBinding extends Binding {
	readonly screens: readonly ScreenName[];
}

interface ScreenSpec<State extends ScreenState, Model extends object> {
	readonly name: State["screen"];
	readonly title: string;
	readonly hasFilter?: true;
	/** Pure: everything that is drawn, and what keys and the mouse act on. */
	readonly derive: (context: UiContext, state: State) => Model;
	readonly View: (shown: Shown<State, Model>) => ReactNode;
	readonly bindings: readonly (ScreenBinding<State, Model> | SharedBinding)[];
	readonly click?: (shown: Shown<State, Model>, line: number) => UiEvent | "open" | null;
	readonly find?: (shown: Shown<State, Model>, text: string, from: number) => Reaction;
}

export interface Screen<State, Model> extends ScreenEntry {
	/** Null while another screen is shown. */
	readonly shown: (context: UiContext) => Shown<State, Model> | null;
}

/** Makes a screen. Its model is derived once for each context: drawing, footer, keys and mouse get the same one. */
export function defineScreen<State extends ScreenState, Model extends object>(
	spec: ScreenSpec<State, Model>,
): Screen<State, Model> {
	const { name, title, hasFilter = false, derive, View, click, find } = spec;
	const models = new WeakMap<UiContext, Model>();
	const shown = (context: UiContext): Shown<State, Model> | null => {
		const current = currentScreen(context.ui);
		if (current.screen !== name) return null;
		const state = current as State;
		const model = models.get(context) ?? derive(context, state);
		models.set(context, model);
		return { context, state, model };
	};
	return {
		name,
		title,
		hasFilter,
		shown,
		bindings: spec.bindings.map((binding): Binding => {
			if (binding.screens !== undefined) return binding;
			const { disabled, run, ...rest } = binding;
			return {
				...rest,
				screens: [name],
				...(disabled && {
					disabled: (context) => {
						const here = shown(context);
						return here && disabled(here);
					},
				}),
				run: (context) => {
					const here = shown(context);
					return here && run(here);
				},
			};
		}),
		...(find && {
			find: (context: UiContext, text: string, from: number) => {
				const here = shown(context);
				return here && find(here, text, from);
			},
		}),
		draw: (context) => {
			const here = shown(context);
			return here && <View key={name} {...here} />;
		},
		click: (context, line) => {
			const here = shown(context);
			return here && (click?.(here, line) ?? null);
		},
	};
}
