import stringWidth from "string-width";
import type { Binding, UiContext } from "../../context.ts";
import { keyLabel } from "../../keys.ts";
import { COMMANDS } from "../../prompt/commands.ts";
import type { Span, StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { currentScreen } from "../../ui-state.ts";
import type { HelpState, ScreenName } from "../states.ts";
import { COLOUR_LEGEND, type LegendEntry, MARK_LEGEND, STATUS_LEGEND } from "./legend.ts";

/** From this width on, keys are on the left and the legend on the right. */
const TWO_COLUMNS_FROM = 110;

/** What a tired reader takes in at a glance. */
const FIRST_KEYS = 5;

const GAP = "  ";

interface Group {
	readonly title: string;
	readonly entries: readonly LegendEntry[];
}

/** All keys and commands, and the meaning of words, marks and colours. */
export const HELP = textScreen<HelpState, Text>({
	name: "help",
	title: "help",
	derive: (context) => ({ heading: "HELP", lines: helpView(context) }),
	bindings: [],
});

/** The keys of the screen that help was opened from come first, and before all those that do something there now. */
export function helpView(context: UiContext): readonly StyledLine[] {
	const { bindings, screens } = context;
	const [first = context.ui.screens[0], ...rest] = context.ui.screens.filter(
		({ screen }) => screen !== "help",
	);
	// Disabled keys give the reasons of the screen that help was opened from.
	const under: UiContext = { ...context, ui: { ...context.ui, screens: [first, ...rest] } };
	const here = currentScreen(under.ui).screen;
	const ownBindings = keysOf(bindings, here);
	const taken = new Set(ownBindings.flatMap(({ keys }) => keys));
	const now: Group = {
		title: "FIRST, HERE AND NOW",
		entries: ownBindings
			.filter(({ isQuiet, disabled }) => !isQuiet && (disabled?.(under) ?? null) === null)
			.slice(0, FIRST_KEYS)
			.map((binding) => keyEntry(binding, under)),
	};
	const own: Group = {
		title: `KEYS ON THIS SCREEN (${screens[here].title})`,
		entries: ownBindings.map((binding) => keyEntry(binding, under)),
	};
	// The screen may give such a key another meaning.
	const everywhere: Group = {
		title: "KEYS EVERYWHERE",
		entries: bindings
			.filter(({ screens }) => screens === undefined)
			.map((binding) => ({ ...binding, keys: binding.keys.filter((key) => !taken.has(key)) }))
			.map((binding) => keyEntry(binding, under)),
	};
	const others = Object.values(screens)
		.filter(({ name }) => name !== here)
		.map(({ name, title }) => ({
			title: `KEYS ON THE SCREEN ${title.toUpperCase()}`,
			entries: keysOf(bindings, name).map((binding) => keyEntry(binding)),
		}));
	const legend: readonly Group[] = [
		{ title: "COMMANDS", entries: COMMAND_ENTRIES },
		{ title: "STATUS OF A NODE", entries: STATUS_LEGEND },
		{ title: "MARKS", entries: MARK_LEGEND },
		{ title: "COLOURS", entries: COLOUR_LEGEND },
	];
	return context.columns < TWO_COLUMNS_FROM
		? linesOf([now, own, everywhere, ...legend, ...others], context.columns - 4)
		: sideBySide([now, own, everywhere, ...others], legend, Math.floor((context.columns - 6) / 2));
}

function keysOf(bindings: readonly Binding[], screen: ScreenName): readonly Binding[] {
	return bindings.filter(({ screens }) => screens?.includes(screen));
}

function keyEntry({ keys, help, disabled }: Binding, context?: UiContext): LegendEntry {
	const reason = context === undefined ? null : (disabled?.(context) ?? null);
	return {
		sign: keys.length === 0 ? "no key" : keys.map(keyLabel).join(" "),
		role: keys.length === 0 || reason !== null ? "muted" : "key",
		meaning: reason === null ? help : `${help} Not now: ${reason}.`,
	};
}

const COMMAND_ENTRIES: readonly LegendEntry[] = COMMANDS.map(({ name, argument, help }) => ({
	sign: `:${name}${argument === undefined ? "" : ` ${argument}`}`,
	role: "key",
	meaning: help,
}));

function sideBySide(left: readonly Group[], right: readonly Group[], width: number): readonly StyledLine[] {
	const [lefts, rights] = [linesOf(left, width), linesOf(right, width)];
	return Array.from({ length: Math.max(lefts.length, rights.length) }, (_, position) => {
		const spans = lefts[position]?.spans ?? [];
		const used = spans.reduce((sum, { text }) => sum + stringWidth(text), 0);
		const space: Span = { text: " ".repeat(Math.max(0, width + 2 - used)), role: "plain" };
		const beside = rights[position]?.spans ?? [];
		return { key: String(position), spans: beside.length === 0 ? spans : [...spans, space, ...beside] };
	});
}

function linesOf(groups: readonly Group[], width: number): readonly StyledLine[] {
	return groups
		.filter(({ entries }) => entries.length > 0)
		.flatMap((group, position) => [...(position === 0 ? [] : [[]]), ...groupLines(group, width)])
		.map((spans, position) => ({ key: String(position), spans }));
}

function groupLines({ title, entries }: Group, width: number): readonly (readonly Span[])[] {
	const signWidth = Math.max(...entries.map(({ sign }) => stringWidth(sign)));
	const meaningWidth = Math.max(1, width - 2 - signWidth - GAP.length);
	const heading: Span = { text: `  ${title}`, role: "title" };
	return [
		[heading],
		...entries.flatMap(({ sign, role, meaning }) =>
			wrapText(meaning, meaningWidth).map((text, line) => {
				const shown = line === 0 ? sign : "";
				return [
					{ text: `  ${shown}`, role },
					{ text: `${" ".repeat(signWidth - stringWidth(shown))}${GAP}${text}`, role: "plain" as const },
				];
			}),
		),
	];
}
