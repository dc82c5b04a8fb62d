import { OPERATIONS } from "../../operation/index.ts";
import type { Operation } from "../../operation/operation.ts";
import { SORTABLE_COLUMNS } from "../../presentation/topology.ts";
import { sentence } from "../../text/words.ts";
import { PROGRAMS, type Reaction, type UiContext } from "../context.ts";
import { clusterForbidden, freeze, leave, setInterval } from "../everywhere.ts";
import { openProgram, programNode, unlessPossible } from "../programs.ts";
import { change, open, problem, say } from "../reduce.ts";
import { goToTime } from "../replay/bindings.ts";
import { openLint } from "../screens/lint-results/screen.tsx";
import { openRuns } from "../screens/runs/screen.tsx";
import {
	eventsState,
	logsState,
	nodeState,
	topologyState,
	viewpointsState,
	wizardState,
} from "../screens/states.ts";
import { openTimelines } from "../screens/timelines/screen.ts";
import { currentScreen } from "../ui-state.ts";

/** A command typed after ":". */
export interface Command {
	readonly name: string;
	/** For help: what comes after the name. */
	readonly argument?: string;
	readonly help: string;
	/** What the argument may be, for completion. */
	readonly candidates?: (context: UiContext) => readonly string[];
	readonly run: (context: UiContext, argument: string) => Reaction;
}

export const COMMANDS: readonly Command[] = [
	{
		name: "topology",
		help: "Show the nodes.",
		run: () => open(topologyState()),
	},
	{
		name: "events",
		argument: "[NODE]",
		help: "Show the event log, of one node or of all.",
		candidates: nodeNames,
		run: (context, argument) =>
			argument === ""
				? open(eventsState(null))
				: withNode(context, argument, (nodeId) => open(eventsState(nodeId))),
	},
	{
		name: "goto",
		argument: "TIME",
		help: "In a replay: go to a time of the record, in UTC.",
		run: goToTime,
	},
	{
		name: "node",
		argument: "NODE",
		help: "Show everything known about a node.",
		candidates: nodeNames,
		run: (context, argument) => withNode(context, argument, (nodeId) => open(nodeState(nodeId))),
	},
	{
		name: "logs",
		argument: "NODE",
		help: "Follow a node's logs.",
		candidates: nodeNames,
		run: (context, argument) =>
			context.data.sshOff === null
				? withNode(context, argument, (nodeId) => open(logsState(nodeId)))
				: problem(context.data.sshOff),
	},
	...PROGRAMS.map(
		(program): Command => ({
			name: program,
			argument: "[NODE]",
			help: `Suspend the screen for ${program} on the selected node, on the primary, or on the one named.`,
			candidates: nodeNames,
			run(context, argument) {
				const reason = unlessPossible(context, program);
				if (reason !== null) return problem(reason);
				if (argument !== "")
					return withNode(context, argument, (nodeId) => openProgram(context, program, nodeId));
				const nodeId = programNode(context);
				return nodeId === null ? problem("name a node") : openProgram(context, program, nodeId);
			},
		}),
	),
	{
		name: "viewpoints",
		help: "Compare each node's own metadata with the observed state.",
		run: () => open(viewpointsState()),
	},
	{
		name: "failover",
		help: "Show what repmgrd would do if the primary failed now.",
		run: () => open({ screen: "election", offset: 0 }),
	},
	{
		name: "timelines",
		help: "Show every promotion, and the end of each node's WAL.",
		run: openTimelines,
	},
	{
		name: "lint",
		help: "Check the configuration of all nodes.",
		run: openLint,
	},
	{
		name: "operations",
		help: "List the operations.",
		run: () => open({ screen: "operations", kind: null, nodeId: null }),
	},
	...OPERATIONS.map(operationCommand),
	{
		name: "runs",
		help: "Show past and interrupted operations on this cluster.",
		run: openRuns,
	},
	{
		name: "freeze",
		help: "Freeze the display, or let it go on; polling never stops.",
		run: freeze,
	},
	{
		name: "filter",
		argument: "[EXPRESSION]",
		help: "Show only lines that match.",
		run: ({ ui }, argument) => {
			const screen = currentScreen(ui);
			return "filter" in screen
				? change({ ...screen, filter: argument })
				: problem("this screen has no filter");
		},
	},
	{
		name: "sort",
		argument: "[COLUMN [reverse]]",
		help: "Sort the nodes by a column, the worst first or, with reverse, last; or as a tree.",
		candidates: () => SORTABLE_COLUMNS,
		run: ({ ui }, argument) => {
			const screen = currentScreen(ui);
			const [word = "", order = ""] = argument.split(/\s+/);
			const column = SORTABLE_COLUMNS.find((name) => name === word) ?? null;
			if (order !== "" && order !== "reverse") return problem(`the order is "reverse" or nothing`);
			if (screen.screen !== "topology") return problem("only the table of nodes can be sorted");
			if (column === null && argument !== "") return problem(`nodes can't be sorted by "${argument}"`);
			return change({ ...screen, sort: column, isReversed: order === "reverse" });
		},
	},
	{
		name: "interval",
		argument: "SECONDS",
		help: "Poll every node this often (0.2 to 3600).",
		run: (context, argument) => {
			const seconds = Number(argument);
			return argument !== "" && seconds >= 0.2 && seconds <= 3600
				? setInterval(context, seconds * 1000)
				: problem("it must be a number of seconds, from 0.2 to 3600");
		},
	},
	{
		name: "cluster",
		argument: "NAME",
		help: "Go to another cluster of the configuration file.",
		candidates: ({ clusters }) => clusters,
		run(context, name) {
			const reason = clusterForbidden(context);
			if (reason !== null) return problem(reason);
			if (!context.clusters.includes(name)) return problem(`the clusters are ${context.clusters.join(", ")}`);
			context.openCluster(name);
			return null;
		},
	},
	{
		name: "theme",
		argument: "NAME",
		help: "Use another theme.",
		candidates: ({ themeNames }) => themeNames,
		run: ({ themeNames }, argument) =>
			themeNames.includes(argument)
				? { event: "theme", name: argument }
				: problem(`there is no theme "${argument}": ${themeNames.join(", ")}`),
	},
	{
		name: "mouse",
		argument: "on|off",
		help: "Turn the mouse on or off: click to select and open; hold Shift to select text.",
		candidates: () => ["on", "off"],
		run: ({ setMouse }, argument) => {
			if (argument !== "on" && argument !== "off") return problem("on or off?");
			setMouse(argument === "on");
			return say(`the mouse is ${argument}`);
		},
	},
	{
		name: "help",
		help: "Show all keys, marks and commands.",
		run: () => open({ screen: "help", offset: 0 }),
	},
	{
		name: "quit",
		help: "Quit.",
		run: leave,
	},
];

/** Opens the form of an operation, with the node chosen. What makes it impossible may pass: the form says so, and makes no plan then. */
function operationCommand({ kind, commandLine }: Operation): Command {
	const takesNode = commandLine.takesNode || commandLine.options?.some(({ takes }) => takes === "node");
	return {
		name: kind,
		...(takesNode && { argument: "[NODE]", candidates: nodeNames }),
		help: sentence({ message: commandLine.about }),
		run: (context, argument) =>
			argument === "" || !takesNode
				? open(wizardState(kind, null))
				: withNode(context, argument, (nodeId) => open(wizardState(kind, nodeId))),
	};
}

/** Runs a typed line; a command may be abbreviated to an unambiguous prefix. */
export function runCommand(context: UiContext, line: string): Reaction {
	const { name, argument } = splitLine(line);
	if (name === "") return null;
	const found = COMMANDS.filter((command) => command.name.startsWith(name));
	const command =
		found.find((candidate) => candidate.name === name) ?? (found.length === 1 ? found[0] : undefined);
	if (command !== undefined) return command.run(context, argument);
	return problem(
		found.length === 0
			? `there is no command "${name}"; ? shows all`
			: `"${name}" may be ${found.map((candidate) => candidate.name).join(" or ")}`,
	);
}

/** Completions of the typed line. */
export function completions(context: UiContext, line: string): readonly string[] {
	const { name, argument, hasArgument } = splitLine(line);
	if (!hasArgument) {
		return COMMANDS.filter((command) => command.name.startsWith(name)).map((command) => command.name);
	}
	const command = COMMANDS.find((candidate) => candidate.name === name);
	return (command?.candidates?.(context) ?? [])
		.filter((candidate) => candidate.startsWith(argument))
		.map((candidate) => `${name} ${candidate}`);
}

function splitLine(line: string): {
	readonly name: string;
	readonly argument: string;
	readonly hasArgument: boolean;
} {
	const match = /^\s*(\S*)(\s+)?(.*?)\s*$/.exec(line);
	return { name: match?.[1] ?? "", argument: match?.[3] ?? "", hasArgument: match?.[2] !== undefined };
}

function nodeNames({ data }: UiContext): readonly string[] {
	return data.snapshot.nodes.map(({ nodeName }) => nodeName);
}

function withNode({ data }: UiContext, name: string, react: (nodeId: number) => Reaction): Reaction {
	const node = data.snapshot.nodes.find(
		({ nodeName, nodeId }) => nodeName === name || String(nodeId) === name,
	);
	return node === undefined
		? problem(name === "" ? "name a node" : `there is no node "${name}"`)
		: react(node.nodeId);
}
