import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { type CommandOption, type CommandWord, type Values, wordUsage } from "../operation/command-line.ts";
import { OPERATIONS } from "../operation/index.ts";
import type { Operation } from "../operation/operation.ts";
import { type AccessOptions, accessOf, withAccess } from "./access-options.ts";
import type { OperateOptions } from "./operate.ts";
import type { RunsAction } from "./runs.ts";

/** Invocations of what may change a cluster. */
export type OperationInvocation =
	| {
			readonly command: "operate";
			readonly access: AccessOptions;
			readonly operation: Operation;
			/** As they were typed: nodes by their name or id. */
			readonly values: Values;
			readonly options: OperateOptions;
	  }
	| {
			readonly command: "runs";
			readonly access: AccessOptions;
			readonly action: RunsAction;
			readonly json: boolean;
	  };

/** Adds the commands that change a cluster: one for each operation, and "runs". */
export function addOperations(program: Command, take: (invocation: OperationInvocation) => void): void {
	for (const operation of OPERATIONS) {
		const { kind, commandLine } = operation;
		const options = (commandLine.options ?? []).map((option) => ({
			...option,
			made: commanderOption(option),
		}));
		const words = commandLine.takesNode ? [NODE_WORD] : (commandLine.words ?? []);
		const command = withAccess(program.command(kind))
			.description(commandLine.about)
			.option("--dry-run", "show the plan and run repmgr's dry run, and change nothing")
			.option("--runbook", "print the plan as Markdown, to carry it out by hand")
			.option("--yes", "skip prompts (does not accept data loss)")
			.option("--json", "print JSON (schema 1)")
			.action(() => {
				const given = command.optsWithGlobals<Record<string, string | number | boolean | undefined>>();
				const values = options.flatMap(({ key, made }): [string, string | number | boolean][] => {
					const value = given[made.attributeName()];
					return value === undefined ? [] : [[key, value]];
				});
				const typed = words.flatMap(({ key }, position): [string, string][] => {
					const word = command.args[position];
					return word === undefined ? [] : [[key, word]];
				});
				take({
					command: "operate",
					access: accessOf(given),
					operation,
					values: Object.fromEntries([...typed, ...values]),
					options: {
						json: given.json === true,
						runbook: given.runbook === true,
						dryRun: given.dryRun === true,
						yes: given.yes === true,
						acceptLoss: (given.acceptLoss ?? null) as OperateOptions["acceptLoss"],
						newPassword:
							given.askPassword === true
								? { from: "terminal" }
								: typeof given.passwordFile === "string"
									? { from: "file", path: given.passwordFile }
									: null,
						reportFile: typeof given.report === "string" ? given.report : null,
					},
				});
			});
		for (const word of words) command.addArgument(commanderArgument(word));
		for (const { made } of options) command.addOption(made);
	}

	const runs = withAccess(program.command("runs [action] [id]"))
		.description("list operations; `runs resume ID` resumes an interrupted one")
		.option("--json", "print JSON (schema 1)")
		.option(
			"--break-lock <cluster>",
			"remove the cluster lock, whoever holds it; give the cluster's name to confirm",
		)
		.action((action: string | undefined, id: string | undefined, _: unknown, command: Command) => {
			const options = command.optsWithGlobals<Record<string, unknown>>();
			if (action !== undefined && (action !== "resume" || id === undefined)) {
				runs.error('error: use "runs" or "runs resume ID"', { exitCode: 64 });
			}
			take({
				command: "runs",
				access: accessOf(options),
				json: options.json === true,
				action:
					typeof options.breakLock === "string"
						? { kind: "break lock", clusterName: options.breakLock }
						: id === undefined
							? { kind: "list" }
							: { kind: "resume", operationId: id },
			});
		});
}

const NODE_WORD: CommandWord = { key: "node", about: "", isRequired: true };

function commanderArgument(word: CommandWord): Argument {
	const argument = new Argument(wordUsage(word), word.about);
	return word.choices === undefined ? argument : argument.choices(word.choices);
}

function commanderOption({ flags, about, takes, isRequired, choices, ...rest }: CommandOption): Option {
	const option = new Option(flags, about).makeOptionMandatory(isRequired === true);
	if (takes === "bytes") option.argParser(byteNumber);
	if (takes === "days") option.argParser(dayNumber);
	if (choices !== undefined) option.choices(choices);
	if (rest.excludes !== undefined) option.conflicts(rest.excludes);
	return rest.default === undefined ? option : option.default(rest.default);
}

function byteNumber(text: string): number | "unknown" {
	if (text === "unknown") return text;
	if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a number of bytes, or "unknown".');
	return Number(text);
}

function dayNumber(text: string): number {
	if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError("It must be a number of days.");
	return Number(text);
}
