import type { NodeView } from "../model/snapshot.ts";
import { type Binding, PROGRAMS, type ProgramName, type Reaction, type UiContext } from "./context.ts";
import { NODE } from "./screens/node/screen.ts";
import { TOPOLOGY } from "./screens/topology/screen.tsx";

const KEYS: Readonly<Record<ProgramName, string>> = { psql: "P", ssh: "H", pg_activity: "A" };

/** The keys that suspend the screen for another program on the selected node. */
export const PROGRAM_BINDINGS: readonly Binding[] = PROGRAMS.map((program) => ({
	id: `program.${program}`,
	keys: [KEYS[program]],
	label: program,
	help: `Suspend the screen for ${program} on the selected node; its end brings the console back.`,
	screens: ["topology", "node"],
	isQuiet: true,
	needsCluster: true,
	disabled: (context) =>
		selectedNode(context) === null ? "no node is selected" : unlessPossible(context, program),
	run: (context) => openProgram(context, program, selectedNode(context)?.nodeId ?? null),
}));

/** On the selected node, else on the primary. */
export function programNode(context: UiContext): number | null {
	return selectedNode(context)?.nodeId ?? context.data.snapshot.cluster.primaryNodeId;
}

export function openProgram(context: UiContext, program: ProgramName, nodeId: number | null): Reaction {
	if (nodeId !== null) context.openProgram(program, nodeId);
	return null;
}

export function unlessPossible({ data }: UiContext, program: ProgramName): string | null {
	return program === "ssh" ? data.sshOff : null;
}

function selectedNode(context: UiContext): NodeView | null {
	return TOPOLOGY.shown(context)?.model.node ?? NODE.shown(context)?.model.node ?? null;
}
