import type { Command } from "commander";
import { type AccessOptions, accessOf, withAccess } from "./access-options.ts";

export type RecordInvocation =
	| {
			readonly command: "record";
			readonly access: AccessOptions;
			/** Undefined: into the state directory. */
			readonly file: string | undefined;
	  }
	| {
			readonly command: "replay";
			/** A file, a directory, or the name of a recorded cluster. */
			readonly what: string | undefined;
			/** Only prints what happened. */
			readonly lists: boolean;
			readonly theme: string | undefined;
	  };

export function addRecord(program: Command, take: (invocation: RecordInvocation) => void): void {
	withAccess(program.command("record"))
		.description("record the cluster without a screen, until interrupted: for a service")
		.argument("[file]", "everything into this file, instead of the ring in the state directory")
		.action((file: string | undefined, _, command: Command) => {
			take({ command: "record", access: accessOf(command.optsWithGlobals()), file });
		});
	program
		.command("replay")
		.description(
			"show a record on the same screens, with a time bar; without a terminal, print what happened",
		)
		.argument("[record]", "a file, a directory of them, or the name of a recorded cluster")
		.option("--list", "only print what happened")
		.action((what: string | undefined, _, command: Command) => {
			const { list, theme } = command.optsWithGlobals<{ list?: boolean; theme?: string }>();
			take({ command: "replay", what, lists: list === true, theme });
		});
}
