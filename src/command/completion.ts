import { Command, type Option } from "commander";
import { cachedNodes } from "../config/cluster-cache.ts";
import { readClustersFile } from "../config/clusters-file.ts";
import { type Client, clustersFilePath, stateDirectory } from "../config/paths.ts";
import { withAccess } from "./access-options.ts";
import type { Invocation } from "./arguments.ts";
import {
	bashScript,
	type CommandShape,
	type Completes,
	fishScript,
	type OptionShape,
	zshScript,
} from "./completion-scripts.ts";
import { EXIT_CODE } from "./exit-code.ts";
import type { Output } from "./terminal.ts";

/** Prints a completion script, or names that are known without a connection, one a line. */
export async function completionCommand(
	{ what, path, cluster }: Extract<Invocation, { command: "completion" }>,
	program: Command,
	client: Client,
	{ out }: Output,
): Promise<number> {
	switch (what) {
		case "bash":
		case "zsh":
		case "fish":
			out(completionScript(what, program));
			break;
		case "clusters": {
			const file = readClustersFile(path ?? clustersFilePath(client), client.home);
			for (const name of namesToComplete([...(file.value?.clusters.keys() ?? [])])) out(name);
			break;
		}
		case "nodes": {
			const nodes = await cachedNodes(stateDirectory(client), cluster);
			for (const name of namesToComplete(nodes.map(({ nodeName }) => nodeName))) out(name);
		}
	}
	return EXIT_CODE.ok;
}

/** Names that mean themselves in every shell: nodes are named by whoever can write to repmgr.nodes. */
function namesToComplete(names: readonly string[]): readonly string[] {
	return [...new Set(names)].filter((name) => /^[\p{L}\p{N}_][\p{L}\p{N}_.:@-]*$/u.test(name)).sort();
}

export function completionScript(shell: "bash" | "zsh" | "fish", program: Command): string {
	const access = withAccess(new Command()).options.map(optionShape);
	const commands = [...program.commands.map((command) => commandShape(command, access)), helpShape(program)];
	const shapes = { access, options: ownOptions(program, access), commands };
	return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](shapes);
}

function commandShape(command: Command, access: readonly OptionShape[]): CommandShape {
	const [argument] = command.registeredArguments;
	const subcommands = command.commands.map((one) => one.name());
	const ofArgument =
		argument?.argChoices ??
		(argument?.name() === "node" ? "nodes" : argument?.name() === "action" ? ["resume"] : "text");
	return {
		name: command.name(),
		about: firstClause(command.description()),
		takes: subcommands.length > 0 ? subcommands : ofArgument,
		hasAccess: command.options.some(({ long }) => long === "--dbname"),
		options: ownOptions(command, access),
	};
}

function helpShape({ commands }: Command): CommandShape {
	const names = commands.map((command) => command.name());
	return { name: "help", about: "print the help of a command", takes: names, hasAccess: false, options: [] };
}

/** The options of a command, those of a "config init" included, without those for access. */
function ownOptions(command: Command, access: readonly OptionShape[]): readonly OptionShape[] {
	const hasAccess = command.options.some(({ long }) => long === "--dbname");
	const inner = hasAccess ? [] : command.commands.flatMap((one) => one.options);
	const shapes = [...command.options, ...inner].map(optionShape);
	const key = ({ names }: OptionShape): string => names.join();
	const general = new Set(hasAccess ? access.map(key) : []);
	return [...new Map([...shapes, HELP].map((shape) => [key(shape), shape])).values()].filter(
		(shape) => !general.has(key(shape)),
	);
}

const HELP: OptionShape = { names: ["-h", "--help"], about: "print this help", takes: null };

function optionShape(option: Option): OptionShape {
	const names = [option.short, option.long].flatMap((name) => name ?? []);
	return { names, about: firstClause(option.description), takes: takenBy(option) };
}

function takenBy(option: Option): Completes | null {
	const [, placeholder] = /<(.*)>/.exec(option.flags) ?? [];
	if (placeholder === undefined) return null;
	if (option.argChoices !== undefined) return option.argChoices;
	if (placeholder === "cluster" || option.long === "--cluster") return "clusters";
	if (placeholder === "node" || option.long === "--node") return "nodes";
	return ["file", "path", "name|path", "repmgr.conf"].includes(placeholder) ? "files" : "text";
}

function firstClause(text: string): string {
	return text.split("; ")[0] ?? text;
}
