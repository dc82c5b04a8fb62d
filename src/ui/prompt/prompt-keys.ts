import { confirmationQuestion } from "../../presentation/plan-report.ts";
import { lineFilter } from "../../text/words.ts";
import type { UiContext } from "../context.ts";
import type { UiEvent } from "../reduce.ts";
import { currentScreen, type Prompt } from "../ui-state.ts";
import { completions, runCommand } from "./commands.ts";
import { editLine, insertText } from "./edit-line.ts";

const OPEN_RUN: UiEvent = { event: "open", screen: { screen: "run", foot: null, showsAll: false } };

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
			return [...filtered(context, prompt, prompt.before), { event: "prompt", prompt: null }];
		case "enter":
			return enter(context, prompt);
		case "tab":
			return prompt.purpose === "command" ? complete(context, prompt) : [];
		case "up":
			return recall(context, prompt, prompt.recall + 1);
		case "down":
			return recall(context, prompt, prompt.recall - 1);
	}
	const edited = key === null ? null : editLine(prompt, key);
	if (edited !== null) return changed(context, edited);
	const isText = key === "space" || (input !== "" && !/^(ctrl|alt)\+/.test(key ?? ""));
	return isText ? promptText(context, prompt, input) : [];
}

/** Text that was typed or pasted. */
export function promptText(context: UiContext, prompt: Prompt, text: string): readonly UiEvent[] {
	return changed(context, insertText(prompt, text));
}

function changed(context: UiContext, prompt: Prompt): readonly UiEvent[] {
	return [{ event: "prompt", prompt }, ...filtered(context, prompt, prompt.text)];
}

function filtered({ ui }: UiContext, { purpose }: Prompt, filter: string): readonly UiEvent[] {
	const screen = currentScreen(ui);
	return purpose === "filter" && "filter" in screen
		? [{ event: "change", screen: { ...screen, filter } }]
		: [];
}

function enter(context: UiContext, prompt: Prompt): readonly UiEvent[] {
	if (prompt.purpose === "filter") {
		return lineFilter(prompt.text) === null
			? [{ event: "say", text: `"${prompt.text}" is not a valid regular expression`, isProblem: true }]
			: [{ event: "prompt", prompt: null }];
	}
	if (prompt.purpose === "answer") return answered(context, prompt);
	if (prompt.purpose === "confirm") return confirmed(context, prompt.text.trim());
	if (prompt.purpose === "takeUp") return takenUp(context, prompt);
	if (prompt.purpose === "leave") return left(context, prompt.text.trim());
	if (prompt.purpose === "note") {
		context.session.store.acknowledge(prompt.subject ?? "", prompt.text.trim());
		return [{ event: "prompt", prompt: null }];
	}
	const reaction = runCommand(context, prompt.text);
	const line = prompt.text.trim();
	return [
		line === "" ? { event: "prompt", prompt: null } : { event: "entered", command: line },
		...(reaction === null ? [] : [reaction]),
	];
}

function answered({ ui }: UiContext, { subject = "", text }: Prompt): readonly UiEvent[] {
	const screen = currentScreen(ui);
	if (screen.screen !== "wizard") return [{ event: "prompt", prompt: null }];
	const answers = { ...screen.answers, [subject]: text.trim() };
	return [
		{ event: "prompt", prompt: null },
		{ event: "change", screen: { ...screen, answers } },
	];
}

/** Only the very words of the plan's confirmation carry it out. */
function confirmed({ operationStore: { wish }, session }: UiContext, answer: string): readonly UiEvent[] {
	const closed: UiEvent = { event: "prompt", prompt: null };
	if (wish?.state !== "planned" || !confirmationQuestion(wish.plan.confirmation).isRight(answer)) {
		return [closed, { event: "say", text: "not confirmed: nothing was changed", isProblem: true }];
	}
	session.operationStore.approve();
	return [closed, OPEN_RUN];
}

/** Looks after what was begun, undoes what must not stay, and begins nothing new. */
function takenUp({ session }: UiContext, { subject, text }: Prompt): readonly UiEvent[] {
	const closed: UiEvent = { event: "prompt", prompt: null };
	if (subject === undefined || !/^y/i.test(text.trim())) return [closed];
	session.operationStore.resume(subject);
	return [closed, OPEN_RUN];
}

/** What becomes of the operation that runs here when the operator wants to leave. */
function left({ session, exit }: UiContext, answer: string): readonly UiEvent[] {
	const closed: UiEvent = { event: "prompt", prompt: null };
	if (/^d/i.test(answer)) {
		void session.operationStore.detach();
		exit();
		return [closed];
	}
	if (!/^s/i.test(answer)) return [closed];
	session.operationStore.stopAfterStep();
	return [closed, { event: "say", text: "no further step will be begun", isProblem: false }];
}

/** As far as all candidates agree; with several left they are shown. */
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
