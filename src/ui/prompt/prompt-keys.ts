import { confirmationQuestion } from "../../presentation/plan-report.ts";
import { lineFilter } from "../../text/words.ts";
import type { UiContext } from "../context.ts";
import { CLOSE_PROMPT, change, open, openPrompt, problem, say, type UiEvent } from "../reduce.ts";
import { runState } from "../screens/states.ts";
import { currentScreen, type Prompt } from "../ui-state.ts";
import { completions, runCommand } from "./commands.ts";
import { editLine, insertText } from "./edit-line.ts";

/** What a key does while a line is typed. A filter takes effect with every key. */
export function promptKey(
	context: UiContext,
	prompt: Prompt,
	key: string | null,
	input: string,
): readonly UiEvent[] {
	switch (key) {
		case "esc":
		case "ctrl+c":
			return [...filtered(context, prompt, prompt.before), CLOSE_PROMPT];
		case "enter":
			return enter(context, prompt);
		case "tab":
			return prompt.purpose === "command" ? complete(context, prompt) : [];
		case "up":
			return recall(context, prompt, prompt.recall + 1);
		case "down":
			return recall(context, prompt, prompt.recall - 1);
	}
	const answer = oneKeyAnswer(context, prompt, input);
	if (answer !== null) return answer;
	const edited = key === null ? null : editLine(prompt, key);
	if (edited !== null) return changed(context, edited);
	const isText = key === "space" || (input !== "" && !/^(ctrl|alt)\+/.test(key ?? ""));
	return isText ? promptText(context, prompt, input) : [];
}

/**
 * Questions that one key answers; null: this one is answered by a line, or that is no answer. That about an interrupted operation
 * opens by itself, so one key may have been meant for the screen.
 */
function oneKeyAnswer(context: UiContext, prompt: Prompt, input: string): readonly UiEvent[] | null {
	const { pending } = context.operationStore;
	const key = input.toLowerCase();
	switch (prompt.purpose) {
		case "confirm":
			if (pending?.state === "planned" && pending.plan.confirmation.kind !== "yes") return null;
			return key === "y" || key === "n" ? confirmed(context, key) : [];
		case "leave":
			return key === "d" || key === "s" ? left(context, key) : [];
		default:
			return null;
	}
}

/** Text that was typed or pasted. */
export function promptText(context: UiContext, prompt: Prompt, text: string): readonly UiEvent[] {
	return changed(context, insertText(prompt, text));
}

function changed(context: UiContext, prompt: Prompt): readonly UiEvent[] {
	return [{ event: "prompt", prompt }, ...filtered(context, prompt, prompt.text)];
}

function filtered(context: UiContext, { purpose, subject }: Prompt, filter: string): readonly UiEvent[] {
	const screen = currentScreen(context.ui);
	if (purpose === "search") return found(context, filter, Number(subject));
	return purpose === "filter" && "filter" in screen ? [change({ ...screen, filter })] : [];
}

/** The text scrolled to the first line from there on that matches. */
function found(context: UiContext, text: string, from: number): readonly UiEvent[] {
	const reaction = context.screens[currentScreen(context.ui).screen].find?.(context, text, from) ?? null;
	return reaction === null ? [] : [reaction];
}

function enter(context: UiContext, prompt: Prompt): readonly UiEvent[] {
	if (prompt.purpose === "search") {
		const screen = currentScreen(context.ui);
		const last = "search" in screen ? (screen.search ?? "") : "";
		// Without a text as less(1) does: the next line that matches the last one.
		return [CLOSE_PROMPT, ...(prompt.text === "" ? found(context, last, Number(prompt.subject) + 1) : [])];
	}
	if (prompt.purpose === "filter") {
		return lineFilter(prompt.text) === null
			? [problem(`"${prompt.text}" is not a valid regular expression`)]
			: [CLOSE_PROMPT];
	}
	if (prompt.purpose === "answer") return answered(context, prompt);
	if (prompt.purpose === "confirm") return confirmed(context, prompt.text.trim());
	if (prompt.purpose === "resume") return resumed(context, prompt);
	if (prompt.purpose === "leave") return left(context, prompt.text.trim());
	if (prompt.purpose === "note") {
		context.session.store.acknowledge(prompt.subject ?? "", prompt.text.trim());
		return [CLOSE_PROMPT];
	}
	const reaction = runCommand(context, prompt.text);
	const line = prompt.text.trim();
	return [
		line === "" ? CLOSE_PROMPT : { event: "entered", command: line },
		...(reaction === null ? [] : [reaction]),
	];
}

function answered({ ui }: UiContext, { subject = "", text }: Prompt): readonly UiEvent[] {
	const screen = currentScreen(ui);
	if (screen.screen !== "wizard") return [CLOSE_PROMPT];
	const answers = { ...screen.answers, [subject]: text.trim() };
	return [CLOSE_PROMPT, change({ ...screen, answers })];
}

/** Only the exact confirmation of the plan executes it. */
function confirmed({ operationStore: { pending }, session }: UiContext, answer: string): readonly UiEvent[] {
	if (pending?.state !== "planned") return [CLOSE_PROMPT, problem("not confirmed: nothing was changed")];
	const { confirmation } = pending.plan;
	if (!confirmationQuestion(confirmation).isRight(answer)) {
		const said = problem("not confirmed: nothing was changed");
		// What is typed next is another attempt, and no key.
		return confirmation.kind === "yes" ? [CLOSE_PROMPT, said] : [openPrompt("confirm"), said];
	}
	session.operationStore.approve();
	return [CLOSE_PROMPT, open(runState())];
}

/** Verifies the steps that have begun, runs the cleanup steps, and begins nothing new. */
function resumed({ session }: UiContext, { subject, text }: Prompt): readonly UiEvent[] {
	if (subject === undefined || !/^y/i.test(text.trim())) return [CLOSE_PROMPT];
	session.operationStore.resume(subject);
	return [CLOSE_PROMPT, open(runState())];
}

/** Quitting while an operation is running here. */
function left({ session, exit }: UiContext, answer: string): readonly UiEvent[] {
	if (/^d/i.test(answer)) {
		void session.operationStore.detach();
		exit();
		return [CLOSE_PROMPT];
	}
	if (!/^s/i.test(answer)) return [CLOSE_PROMPT];
	session.operationStore.stopAfterStep();
	return [CLOSE_PROMPT, say("stopping after the current step")];
}

/** Up to the longest common prefix; several candidates are shown. */
function complete(context: UiContext, prompt: Prompt): readonly UiEvent[] {
	const candidates = completions(context, prompt.text);
	const [first = ""] = candidates;
	const common = candidates.reduce((prefix, candidate) => {
		let length = 0;
		while (length < prefix.length && prefix[length] === candidate[length]) length++;
		return prefix.slice(0, length);
	}, first);
	if (candidates.length === 0) return [];
	const text = candidates.length === 1 && !first.includes(" ") ? `${first} ` : common;
	const line: UiEvent = { event: "prompt", prompt: { ...prompt, text, cursor: text.length } };
	return candidates.length === 1
		? [line]
		: [
				line,
				{
					event: "say",
					text: candidates.map((candidate) => candidate.split(" ").at(-1)).join("  "),
					isProblem: false,
				},
			];
}

function recall({ ui }: UiContext, prompt: Prompt, back: number): readonly UiEvent[] {
	if (prompt.purpose !== "command" || back < 0 || back > ui.commands.length) return [];
	const before = prompt.recall === 0 ? prompt.text : prompt.before;
	const text = back === 0 ? before : (ui.commands.at(-back) ?? "");
	return [{ event: "prompt", prompt: { ...prompt, before, text, cursor: text.length, recall: back } }];
}
