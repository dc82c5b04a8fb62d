import { Argument, Command, CommanderError, Option } from "commander";
import { didYouMean } from "../text/nearest.ts";
import { type AccessOptions, accessOf, speedUp, wholeNumber, withAccess } from "./access-options.ts";
import { addBootstrap, type BootstrapInvocation } from "./bootstrap-arguments.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { addOperations, type OperationInvocation } from "./operation-arguments.ts";
import { addRecord, type RecordInvocation } from "./record-arguments.ts";
import { addReport, type ReportInvocation } from "./report-arguments.ts";
import type { StatusFormat } from "./status.ts";
import type { Output } from "./terminal.ts";

export type Invocation =
	| OperationInvocation
	| BootstrapInvocation
	| RecordInvocation
	| ReportInvocation
	| {
			readonly command: "screen";
			readonly access: AccessOptions;
			/** A file to record into, or false: nothing is recorded. */
			readonly record?: string | false;
	  }
	| {
			readonly command: "status";
			readonly access: AccessOptions;
			readonly format: StatusFormat;
			readonly watch: boolean;
	  }
	| {
			readonly command: "events";
			readonly access: AccessOptions;
			readonly json: boolean;
			readonly follow: boolean;
			readonly limit: number;
	  }
	| {
			readonly command: "lint";
			readonly access: AccessOptions;
			readonly json: boolean;
			/** Name of a node: only results about it. */
			readonly node: string | undefined;
	  }
	| {
			readonly command: "viewpoints" | "crosscheck" | "timelines" | "failover";
			readonly access: AccessOptions;
			readonly json: boolean;
	  }
	| { readonly command: "config init" | "config check"; readonly path: string | undefined }
	| {
			readonly command: "completion";
			readonly what: Completed;
			/** Of the configuration file, and a cluster in it: whose names are completed. */
			readonly path: string | undefined;
			readonly cluster: string | undefined;
	  }
	| PracticeInvocation;

export const SHELLS = ["bash", "zsh", "fish"] as const;

const COMPLETED = [...SHELLS, "clusters", "nodes"] as const;

type Completed = (typeof COMPLETED)[number];

const FORMATS = ["json", "csv", "nagios", "prometheus"] as const satisfies readonly StatusFormat[];

/** A cluster inside this program. */
export interface PracticeInvocation {
	readonly command: "practice";
	readonly scenario: string;
	/** Only prints the scenarios. */
	readonly lists: boolean;
	/** It solves itself. */
	readonly plays: boolean;
	/** How many times faster than real. */
	readonly speed: number;
	readonly theme: string | undefined;
	/** A file to record into. */
	readonly record?: string;
}

/** The invocation, or the exit code after a usage error, --help or --version. */
export function parseArguments(
	words: readonly string[],
	version: string,
	output: Output,
): Invocation | number {
	let invocation: Invocation | null = null;
	const program = programOf(version, output, (taken) => {
		invocation = taken;
	});
	const [first = "-"] = words;
	const names = ["help", ...program.commands.map((command) => command.name())];
	if (!first.startsWith("-") && !names.includes(first)) {
		const { hint = 'Try "repmgr-console --help".' } = didYouMean(first, names);
		output.err(`repmgr-console: error: unknown command "${first}"\nHINT:  ${hint}`);
		return EXIT_CODE.usage;
	}
	try {
		program.parse(words, { from: "user" });
	} catch (error) {
		if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
		throw error;
	}
	return invocation ?? EXIT_CODE.usage;
}

/** All commands and options: --help, completion and the man page are made of this. */
export function programOf(version: string, output: Output, take: (invocation: Invocation) => void): Command {
	const program = new Command("repmgr-console")
		.description("Interactive terminal console for PostgreSQL high-availability clusters managed by repmgr")
		.version(version, "-V, --version", "print the version")
		.helpOption("-h, --help", "print this help")
		.helpCommand("help [command]", "print the help of a command")
		.configureOutput({
			writeOut: (text) => output.out(text.trimEnd()),
			writeErr: (text) => output.err(text.trimEnd()),
			outputError: (text, write) => write(usageError(text)),
		})
		.showSuggestionAfterError()
		.exitOverride();

	withAccess(program).action(() => {
		const { record } = program.opts<{ record: string | boolean }>();
		const access = accessOf(program.opts());
		take({ command: "screen", access, ...(record !== true && { record }) });
	});
	program.option("--record <file>", "record everything into this file, to keep");
	program.option("--no-record", "record nothing, not even into the state directory");
	program.option("--theme <name|path>", "theme of the screen: a name, or the path of a theme file (JSON)");

	withAccess(program.command("status"))
		.description("print the status of every node; exit code 0 ok, 1 warning, 2 critical, 3 unknown")
		.option("--json", "print JSON (schema 1)")
		.addOption(new Option("--csv", "print CSV").conflicts("json"))
		.addOption(
			new Option("--nagios", "print one line with performance data, as a check plugin").conflicts([
				"json",
				"csv",
			]),
		)
		.addOption(
			new Option("--prometheus", "print metrics in Prometheus' text format").conflicts([
				"json",
				"csv",
				"nagios",
			]),
		)
		.addOption(
			new Option("--watch", "print the status again at each change, until interrupted").conflicts([
				"nagios",
				"prometheus",
			]),
		)
		.action((_, command: Command) => {
			const options = command.opts<Partial<Record<StatusFormat | "watch", boolean>>>();
			take({
				command: "status",
				access: accessOf(command.optsWithGlobals()),
				format: FORMATS.find((format) => options[format]) ?? "text",
				watch: options.watch === true,
			});
		});

	withAccess(program.command("events"))
		.description("print repmgr's events of all nodes; with --follow also what this console sees change")
		.option("--json", "print one JSON document per line (schema 1)")
		.option("--follow", "continue with new events, until interrupted")
		.option("--limit <n>", "print the newest N events", wholeNumber, 20)
		.action((_, command: Command) => {
			const { json, follow, limit } = command.opts<{ json?: boolean; follow?: boolean; limit: number }>();
			take({
				command: "events",
				access: accessOf(command.optsWithGlobals()),
				json: json === true,
				follow: follow === true,
				limit,
			});
		});

	for (const [name, description] of [
		[
			"viewpoints",
			"print each node's copy of repmgr.nodes beside what is observed; exit code 0 they agree, 1 some differ, 3 unknown",
		],
		[
			"crosscheck",
			"have every host try SQL and SSH to all nodes, as repmgr does; exit code 0 all succeed, 1 some fail, 3 unknown",
		],
		[
			"timelines",
			"print every promotion in the cluster's history and the end of each node's WAL; exit code 0 all WAL is in the primary's history, 1 a node has WAL of its own, 2 several primaries, 3 unknown",
		],
	] as const) {
		withAccess(program.command(name))
			.description(description)
			.option("--json", "print JSON (schema 1)")
			.action((_, command: Command) => {
				const { json } = command.opts<{ json?: boolean }>();
				take({ command: name, access: accessOf(command.optsWithGlobals()), json: json === true });
			});
	}

	withAccess(program.command("lint"))
		.description(
			"check the configuration of all nodes; exit code 0 nothing worse than a notice, 1 warnings, 2 errors, 3 nothing could be read",
		)
		.option("--json", "print JSON (schema 1)")
		.option("--node <name>", "print only results about this node")
		.action((_, command: Command) => {
			const { json, node } = command.opts<{ json?: boolean; node?: string }>();
			take({
				command: "lint",
				access: accessOf(command.optsWithGlobals()),
				json: json === true,
				node,
			});
		});

	withAccess(program.command("failover"))
		.description(
			"predict what repmgrd would do if the primary failed now; exit code 0 it promotes a standby and all others follow, 1 less than that, 2 several are promoted or there is no single primary, 3 unknown",
		)
		.option("--preview", "required: the command only predicts, and changes nothing")
		.option("--json", "print JSON (schema 1)")
		.action((_, command: Command) => {
			if (!command.opts<{ preview?: boolean }>().preview) {
				command.error(
					'error: "failover" needs --preview: it only predicts what repmgrd would do\n(To promote a standby because the primary is lost: promote NODE. To swap roles while the primary runs: switchover --to NODE. To rehearse a failover: drill.)',
				);
			}
			take({
				command: "failover",
				access: accessOf(command.optsWithGlobals()),
				json: command.opts<{ json?: boolean }>().json === true,
			});
		});

	addReport(program, take);
	addOperations(program, take);
	addBootstrap(program, take);
	addRecord(program, take);

	program
		.command("practice")
		.description(
			"practise on a simulated cluster inside this program; touches no server, and notes only what you have solved",
		)
		.argument("[scenario]", "what happens in it: a name, or a file of your own", "calm")
		.option("--list", "print the scenarios, and which of them are solved")
		.option("--play", "it solves itself, and explains each key")
		.option("--speed <n>", "how many times faster than real it passes (1 to 20)", speedUp, 1)
		.action((scenario: string, _, command: Command) => {
			const { list, play, speed, theme, record } = command.optsWithGlobals<{
				record?: string | boolean;
				list?: boolean;
				play?: boolean;
				speed: number;
				theme?: string;
			}>();
			take({
				command: "practice",
				scenario,
				lists: list === true,
				plays: play === true,
				speed,
				theme,
				...(typeof record === "string" && { record }),
			});
		});

	const config = program.command("config").description("write or check the configuration file");
	for (const [name, description] of [
		["init", "write a commented configuration file to start from"],
		["check", "print what is wrong with the configuration file, line by line"],
	] as const) {
		config
			.command(name)
			.description(description)
			.option("--config <file>", "configuration file, instead of $XDG_CONFIG_HOME/repmgr-console/config.yaml")
			.action((_, command: Command) => {
				take({
					command: `config ${name}`,
					path: command.optsWithGlobals<{ config?: string }>().config,
				});
			});
	}

	program
		.command("completion")
		.description("print a completion script for a shell, or the names of clusters or nodes that it completes")
		.addArgument(new Argument("<what>", "what to print").choices(COMPLETED))
		.option("--config <file>", "configuration file, instead of $XDG_CONFIG_HOME/repmgr-console/config.yaml")
		.option("--cluster <name>", "only the nodes of this cluster of the configuration file")
		.action((what: Completed, _, command: Command) => {
			const { config: path, cluster } = command.optsWithGlobals<{ config?: string; cluster?: string }>();
			take({ command: "completion", what, path, cluster });
		});
	return program;
}

/** Commander prints "error: …" and a suggestion in brackets; PostgreSQL's programs print HINT on its own line. */
function usageError(text: string): string {
	const [message = "", ...suggestions] = text.trim().split("\n");
	const hint =
		suggestions
			.join(" ")
			.trim()
			.replace(/^\((.*)\)$/, "$1") || 'Try "repmgr-console --help".';
	return `repmgr-console: ${message}\nHINT:  ${hint}`;
}
