import type { Command } from "commander";
import { type AccessOptions, accessOf, wholeNumber, withAccess } from "./access-options.ts";
import type { ReportOptions } from "./report.ts";

export type ReportInvocation =
	| {
			readonly command: "report";
			readonly access: AccessOptions;
			readonly options: ReportOptions;
	  }
	| { readonly command: "handover"; readonly access: AccessOptions; readonly hours: number };

export function addReport(program: Command, take: (invocation: ReportInvocation) => void): void {
	withAccess(program.command("report"))
		.description(
			"print the draft of a post-mortem as Markdown: what repmgr, the logs, the timelines and this machine's journal say about a period",
		)
		.argument("[record]", "a record of what a console saw of it")
		.option(
			"--from <time>",
			'UTC: "2026-12-01 06:00", "06:00", or how long ago: "2h" (default: 24 h before --to)',
		)
		.option("--to <time>", "the end of that time (default: now)")
		.option("--out <directory|.zip>", "write report.md there, instead of printing it")
		.option(
			"--bundle",
			"with --out: add configuration, lint, versions, logs and the status, without passwords, and a list of it all",
		)
		.action((file: string | undefined, _, command: Command) => {
			const { from, to, out, bundle } = command.opts<Partial<ReportOptions> & { bundle?: boolean }>();
			if (bundle && out === undefined)
				command.error("error: --bundle needs --out\n(Give a directory, or a file that ends with .zip.)");
			const options = { file, from, to, out, isBundle: bundle === true };
			take({ command: "report", access: accessOf(command.optsWithGlobals()), options });
		});

	withAccess(program.command("handover"))
		.description(
			"print one screen of text to paste into a chat: the state now, the worst finding, what was done in the last hours, what is left",
		)
		.option("--hours <n>", "how far back", wholeNumber, 8)
		.action((_, command: Command) => {
			const { hours } = command.opts<{ hours: number }>();
			take({ command: "handover", access: accessOf(command.optsWithGlobals()), hours });
		});
}
