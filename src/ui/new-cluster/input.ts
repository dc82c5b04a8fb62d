import { editLine, insertAsIs, insertText } from "../prompt/edit-line.ts";
import { bindingsHere } from "./bindings.ts";
import { askHosts } from "./moves.ts";
import { type Here, lineOf, type NewClusterUi, stageOf } from "./state.ts";

/** The text in front of what is typed at the bottom of the screen. */
export function promptLabel({ ui, state }: Here): string {
	if (ui.asks === "leave") return " Stop here? What runs on a host goes on; run it again to continue. (y/N) ";
	if (ui.asks === "sudo password") return " Password for sudo on the hosts (it is not shown): ";
	const { work } = state;
	const prepared = work.state === "planned" ? work.prepared : work.state === "refused" ? work.locked : null;
	return ` Type ${prepared?.plan.cluster ?? ""} to ${work.state === "refused" ? "take over" : "carry this out"}: `;
}

/** What a key changes of the screen; what it does to the cluster goes to `cluster`. */
export function takeKey(here: Here, name: string | null, input: string): Partial<NewClusterUi> {
	const { ui } = here;
	if (ui.showsTask && name !== "ctrl+c") {
		if (name === "?") here.practice?.askHint();
		return { showsTask: name === "?" };
	}
	if (ui.showsHelp && name !== "ctrl+c") return { showsHelp: false };
	if (ui.asks !== null) return promptKey(here, name, input);
	const binding = name === null ? undefined : bindingsHere(here).find(({ keys }) => keys.includes(name));
	if (binding !== undefined) {
		const change = binding.run(here);
		// A prompt begins with an empty line.
		return { message: null, ...change, ...(change.asks !== undefined && { line: lineOf("") }) };
	}
	if (stageOf(here) !== "text") return { message: null };
	const edited = name === null ? null : editLine(ui.line, name);
	if (edited !== null) return { line: edited, problem: null };
	const isText = name === "space" || (input !== "" && !/^(ctrl|alt)\+/.test(name ?? ""));
	return isText && name !== "enter" ? { line: insertText(ui.line, input), problem: null } : {};
}

export function takePaste(here: Here, text: string): Partial<NewClusterUi> {
	if (here.ui.asks === null && stageOf(here) !== "text") return {};
	// A password is what it is, but for the line break that is copied with it.
	if (here.ui.asks === "sudo password")
		return { line: insertAsIs(here.ui.line, text.replace(/\r?\n$|\r$/, "")), problem: null };
	return { line: insertText(here.ui.line, text), problem: null };
}

function promptKey(here: Here, name: string | null, input: string): Partial<NewClusterUi> {
	const { ui, cluster, state } = here;
	const close = { asks: null, line: lineOf("") };
	if (name === "esc" || name === "ctrl+c") return close;
	if (ui.asks === "leave") {
		if (input.toLowerCase() === "y") cluster.stop();
		return close;
	}
	if (name === "enter" && ui.asks === "sudo password") {
		if (!cluster.giveSudoPassword(ui.line.text)) return { ...close, message: "that can't be a password" };
		askHosts(here);
		return { ...close, message: null };
	}
	if (name === "enter") {
		const { work } = state;
		const prepared = work.state === "planned" ? work.prepared : work.state === "refused" ? work.locked : null;
		if (prepared === null) return close;
		if (ui.line.text.trim() !== prepared.plan.cluster)
			return { line: lineOf(""), message: "not confirmed: nothing was changed" };
		cluster.carryOut(work.state === "refused");
		return { ...close, cell: null, offset: 0, message: null };
	}
	const edited = name === null ? null : editLine(ui.line, name);
	if (edited !== null) return { line: edited };
	const isText = name === "space" || (input !== "" && !/^(ctrl|alt)\+/.test(name ?? ""));
	const insert = ui.asks === "sudo password" ? insertAsIs : insertText;
	return isText ? { line: insert(ui.line, input) } : {};
}
