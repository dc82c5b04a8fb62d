import { Text } from "ink";
import type { ReactNode } from "react";
import stringWidth from "string-width";
import { OPERATIONS } from "../../operation/index.ts";
import { confirmationQuestion } from "../../presentation/plan-report.ts";
import { bindingFor, bindingsOn, type UiContext } from "../context.ts";
import { keyLabel } from "../keys.ts";
import { fitText, textWidth } from "../text/fit-text.ts";
import { useTheme } from "../theme/theme.ts";
import { currentScreen, type Prompt } from "../ui-state.ts";

/** The text in front of the line being typed. */
function promptLabel({ purpose, subject }: Prompt, context: UiContext): string {
	const { pending, run, runs } = context.operationStore;
	switch (purpose) {
		case "filter":
		case "search":
			return "/";
		case "command":
			return ":";
		case "note":
			return " acknowledge with a note: ";
		case "answer":
			return ` ${questionOf(subject, context) ?? ""}: `;
		case "confirm":
			return pending?.state === "planned"
				? ` ${confirmationQuestion(pending.plan.confirmation).question} `
				: " ";
		case "resume": {
			const title = runs?.find(({ operationId }) => operationId === subject)?.title ?? "an operation";
			return ` ${title} was interrupted. Resume it now? (y/N) `;
		}
		case "leave":
			if (pending?.state === "starting" || pending?.state === "resuming") {
				const title = pending.state === "resuming" ? pending.operationId : pending.plan.title;
				return ` ${title} is starting. d: detach and quit, esc: stay: `;
			}
			return ` ${run?.plan.title ?? "an operation"} is running. d: detach and quit, s: stop after this step, esc: stay: `;
	}
}

/** The title of a question of the form that is open, by its key. */
function questionOf(key: string | undefined, { ui, data }: UiContext): string | undefined {
	const screen = currentScreen(ui);
	if (screen.screen !== "wizard") return undefined;
	const questions = OPERATIONS.find(({ kind }) => kind === screen.kind)?.questions(data.snapshot);
	return questions?.find((question) => question.key === key)?.title;
}

/** The last line: the prompt, otherwise the last key's message, otherwise the keys that work here. */
export function Footer({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const { prompt, themeBefore, themeName } = context.ui;
	const message = isOver(context) ? null : context.ui.message;
	if (message !== null && prompt === null) {
		return (
			<Text {...theme[message.isProblem ? "warning" : "plain"]} wrap="truncate">
				{` ${message.text}`}
			</Text>
		);
	}
	if (prompt !== null)
		return (
			<PromptLine
				prompt={prompt}
				label={promptLabel(prompt, context)}
				note={message?.text ?? ""}
				columns={context.columns}
			/>
		);
	if (themeBefore !== null) {
		return <ThemeLine names={context.themeNames} chosen={themeName} />;
	}
	return <KeyLine keys={footerKeys(context)} />;
}

/** Keys with what they do; those that do nothing now in brackets. */
export function KeyLine({ keys }: { readonly keys: readonly FooterKey[] }): ReactNode {
	const theme = useTheme();
	return (
		<Text wrap="truncate">
			{keys.map(({ id, key, label, isDisabled }) => (
				<Text key={id}>
					<Text {...theme[isDisabled ? "muted" : "key"]}>{` ${key}`}</Text>
					<Text {...theme.muted}>{` ${isDisabled ? `(${label})` : label} `}</Text>
				</Text>
			))}
		</Text>
	);
}

/** The message of a disabled key goes once the key is enabled. */
function isOver(context: UiContext): boolean {
	const id = context.ui.message?.whileDisabled ?? null;
	const binding = id === null ? undefined : context.bindings.find((one) => one.id === id);
	return binding !== undefined && (binding.disabled?.(context) ?? null) === null;
}

/** The themes, with the current one in brackets. */
function ThemeLine({
	names,
	chosen,
}: {
	readonly names: readonly string[];
	readonly chosen: string;
}): ReactNode {
	const theme = useTheme();
	return (
		<Text wrap="truncate">
			<Text {...theme.title}>{" theme"}</Text>
			<Text {...theme.muted}>{" ←→ "}</Text>
			{names.map((name) => (
				<Text key={name} {...(name === chosen ? { ...theme.selection, bold: true } : theme.muted)}>
					{name === chosen ? `[${name}]` : ` ${name} `}
				</Text>
			))}
			<Text {...theme.muted}>{"  enter keep  esc back"}</Text>
		</Text>
	);
}

/** The cursor is drawn as a block. The terminal's own stays hidden: it would blink in the wrong position on slow lines. */
export function PromptLine({
	prompt,
	label,
	note,
	columns,
}: {
	readonly prompt: Prompt;
	readonly label: string;
	readonly note: string;
	readonly columns: number;
}): ReactNode {
	const theme = useTheme();
	const { text, cursor } = prompt;
	const [at = " "] = [...text.slice(cursor)];
	// The typed text matters more than the note, so the note is cut.
	const room = columns - textWidth(label + text) - (cursor === text.length ? 1 : 0);
	const shownNote = note === "" ? "" : fitText(`   ${note}`, room);
	return (
		<Text wrap="truncate-start">
			<Text {...theme.key}>{label}</Text>
			{text.slice(0, cursor)}
			<Text inverse>{at}</Text>
			{text.slice(cursor + at.length)}
			<Text {...theme.muted}>{shownNote.trimEnd()}</Text>
		</Text>
	);
}

interface FooterKey {
	readonly id: string;
	readonly key: string;
	readonly label: string;
	readonly isDisabled: boolean;
}

/** As many as fit, always with help, quit and, except on the first screen, back. */
function footerKeys(context: UiContext): readonly FooterKey[] {
	const isBack = (id: string): boolean => id === "screen.back" && context.ui.screens.length > 1;
	const all = bindingsOn(context.bindings, currentScreen(context.ui).screen)
		.filter(({ id, isQuiet }) => !isQuiet || isBack(id))
		.map((binding) => ({
			binding,
			// A key that another binding takes on this screen is not shown.
			key: binding.keys.find((key) => bindingFor(context, key) === binding),
		}))
		.filter(({ key }) => key !== undefined)
		.map(({ binding, key }) => ({
			id: binding.id,
			key: keyLabel(key ?? ""),
			label:
				binding.id === "operations.open" && context.data.isReadOnly ? "plans (read-only)" : binding.label,
			isDisabled: (binding.disabled?.(context) ?? null) !== null,
			isOccasional: binding.isOccasional === true,
		}))
		.filter(({ isDisabled, isOccasional }) => !(isDisabled && isOccasional));
	const widthOf = ({ key, label, isDisabled }: FooterKey): number =>
		stringWidth(key) + stringWidth(label) + 3 + (isDisabled ? 2 : 0);
	const always = all.filter(({ id }) => id === "help.open" || id === "quit" || isBack(id));
	let left = context.columns - always.reduce((sum, item) => sum + widthOf(item), 0);
	return all.filter((item) => {
		if (always.includes(item)) return true;
		left -= widthOf(item);
		return left >= 0;
	});
}
