import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Outcome } from "../model/fault.ts";
import { unfitPassword } from "../operation/change/unfit-password.ts";
import { systemMessage } from "../text/message.ts";
import type { Interaction } from "./terminal.ts";

/** Where a new password comes from: never the command line, which every user of this machine can see. */
export type NewPasswordSource =
	| { readonly from: "terminal" }
	/** "-": standard input. */
	| { readonly from: "file"; readonly path: string };

/** The new password; null: none is given. */
export async function readNewPassword(
	source: NewPasswordSource | null,
	interaction: Interaction,
): Promise<Outcome<string | null>> {
	if (source === null) return { value: null };
	const read = source.from === "terminal" ? await typed(interaction) : await firstLine(source.path);
	if (read.fault !== undefined) return read;
	const why = unfitPassword(read.value);
	return why === null ? read : refusal("the new password is not accepted", why);
}

async function typed({ isInteractive, ask }: Interaction): Promise<Outcome<string>> {
	if (!isInteractive) {
		return refusal(
			"the new password can't be asked for: standard input or standard error is not a terminal",
			"",
			"Use --password-file.",
		);
	}
	const first = await ask("New password: ", "hidden");
	const second = first === null ? null : await ask("The same again: ", "hidden");
	if (first === null || second === null) return refusal("no new password was typed");
	return first === second ? { value: first } : refusal("the two passwords are not the same");
}

async function firstLine(path: string): Promise<Outcome<string>> {
	try {
		const content = path === "-" ? await text(process.stdin) : await readFile(path, "utf8");
		return { value: content.split(/\r?\n/, 1)[0] ?? "" };
	} catch (error) {
		return refusal("the file with the new password can't be read", `${systemMessage(error)}.`);
	}
}

function refusal(message: string, detail = "", hint = ""): Outcome<never> {
	return {
		fault: { kind: "command", message, ...(detail !== "" && { detail }), ...(hint !== "" && { hint }) },
	};
}
